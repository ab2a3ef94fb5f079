import pytest

from serve.rates import Rates, find_client, name_address, parse_networks

PROXIES = parse_networks(["10.0.0.0/8", "::1/128"])


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def test_in_any_minute_there_are_never_more_than_the_limit():
    clock, passed = Clock(), []
    rates = Rates(clock)
    for second in range(600):
        clock.now = second / 4
        if rates.take("a", 7) == 0:
            passed.append(clock.now)

    counts = [sum(start <= t < start + 60 for t in passed) for start in passed]
    assert max(counts) == 7
    assert len(passed) == 21  # 7 in each of the minutes from 0, 60 and 120 s


@pytest.mark.parametrize(
    ("peer", "proxies"),
    [
        ("203.0.113.{n}", ()),
        ("2001:db8:1:2::{n:x}", ()),
        ("::ffff:203.0.113.9", ()),
        ("203.0.113.9", ()),
        ("10.0.0.1", PROXIES),
    ],
    ids=["250 addresses", "an IPv6 network", "IPv4 as IPv6", "a stranger", "behind our proxy"],
)
def test_a_thousand_sessions_and_forged_addresses_get_what_one_caller_gets(peer, proxies):
    clock = Clock()
    rates = Rates(clock)
    passed = 0
    for n in range(1_000):
        clock.now = n / 1_000
        # Behind our own proxy its word comes last; everything before it is the visitor's.
        forwarded = f"198.51.100.{n % 250}, 192.0.2.7" if proxies else f"198.51.100.{n % 250}"
        client = find_client(peer.format(n=n % 250), forwarded, proxies)
        passed += rates.take(name_address(client), 20) == 0

    assert passed == (1_000 if "{n}" in peer else 20)


def test_the_wait_is_until_the_oldest_is_a_minute_old():
    clock = Clock()
    rates = Rates(clock)
    rates.take("a", 1)
    clock.now = 20.0

    assert (rates.take("a", 1), rates.take("b", 1)) == (40.0, 0.0)


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("203.0.113.9", "", "203.0.113.9"),
        ("203.0.113.9", "1.2.3.4", "203.0.113.9"),
        ("10.0.0.1", "1.2.3.4", "1.2.3.4"),
        ("10.0.0.1", "6.6.6.6, 1.2.3.4", "1.2.3.4"),
        ("10.0.0.1", "6.6.6.6, 1.2.3.4, 10.0.0.2", "1.2.3.4"),
        ("10.0.0.1", "6.6.6.6, nonsense", "10.0.0.1"),
        ("10.0.0.1", "6.6.6.6, ", "10.0.0.1"),
        ("::1", "2001:db8::5", "2001:db8::5"),
        ("::ffff:10.0.0.1", "1.2.3.4", "1.2.3.4"),
        ("10.0.0.1", "127.0.0.1", "127.0.0.1"),
    ],
)
def test_a_forwarded_address_is_believed_only_from_our_own_proxies(peer, forwarded, client):
    assert find_client(peer, forwarded, PROXIES) == client


@pytest.mark.parametrize(
    ("client", "name"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1%eth0", "2001:db8:1:2::/64"),
        ("", "unknown"),
        ("testclient", "unknown"),
    ],
)
def test_an_ipv6_network_counts_as_one_caller(client, name):
    assert name_address(client) == name
