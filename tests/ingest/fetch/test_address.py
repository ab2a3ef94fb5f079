"""No form of a private address is ever connected to: fakes of the resolver and of the sockets."""

import httpcore
import pytest

from ingest.fetch.address import is_public
from ingest.fetch.cache import ResponseCache
from ingest.fetch.client import Fetcher
from ingest.fetch.errors import FetchError, Reason
from ingest.fetch.transport import GuardedTransport

PUBLIC = "93.184.216.34"
# What a name server could say; the last label decides nothing here, the answers do.
NAMES = {
    "public.example": [PUBLIC],
    "also-public.example": ["2606:4700::1111"],
    "localhost": ["127.0.0.1", "::1"],
    "localhost.localdomain": ["127.0.0.1"],
    "127.0.0.1.nip.example": ["127.0.0.1"],
    "two.example": [PUBLIC, "10.0.0.7"],
    "two-the-other-way.example": ["10.0.0.7", PUBLIC],
    "mixed-families.example": [PUBLIC, "::1"],
    "alias-of-private.example": ["192.168.1.1"],  # what a CNAME to an internal name comes to
    "metadata.google.internal": ["169.254.169.254"],
    "xn--lcalhost-n4a.example": ["127.0.0.1"],
}
PRIVATE_URLS = """
http://127.0.0.1/ http://127.0.0.1:8080/ http://127.1/ http://127.0.1/ http://127.255.255.254/
http://0.0.0.0/ http://0/ http://2130706433/ http://017700000001/ http://0177.0.0.1/ http://0x7f000001/
http://0x7f.0x0.0x0.0x1/ http://0x7f.1/ http://127.0x1/ http://127.000.000.001/ http://3232235777/
http://10.0.0.1/ http://10.255.255.255/ http://172.16.0.1/ http://172.31.255.255/ http://192.168.0.1/
http://169.254.169.254/latest/meta-data/ http://2852039166/ http://0xa9fea9fe/ http://100.64.0.1/
http://100.100.100.200/ http://168.63.129.16/ http://192.0.0.8/ http://198.18.0.1/ http://224.0.0.1/
http://239.255.255.250/ http://240.0.0.1/ http://255.255.255.255/ http://192.0.2.1/
http://[::1]/ http://[::]/ http://[0:0:0:0:0:0:0:1]/ http://[::ffff:127.0.0.1]/ http://[::ffff:7f00:1]/
http://[::ffff:10.0.0.1]/ http://[::127.0.0.1]/ http://[64:ff9b::7f00:1]/ http://[64:ff9b:1::7f00:1]/
http://[2002:7f00:1::]/ http://[2001:0:4136:e378:8000:63bf:80ff:fffe]/ http://[fe80::1]/
http://[fe80::1%25eth0]/ http://[fe80::1%eth0]/ http://[fc00::1]/ http://[fd00:ec2::254]/ http://[fec0::1]/
http://[ff02::1]/ http://[2001:db8::1]/ http://[100::1]/
http://localhost/ http://localhost./ http://LOCALHOST/ http://localhost.localdomain/ http://127.0.0.1./
http://127.0.0.1.nip.example/ http://metadata.google.internal/ http://alias-of-private.example/
http://two.example/ http://two-the-other-way.example/ http://mixed-families.example/
https://127.0.0.1/ https://localhost/ https://[::1]/
file:///etc/passwd file://localhost/etc/passwd ftp://public.example/ gopher://127.0.0.1:70/
data:text/html,hi
javascript:alert(1) dict://127.0.0.1:11211/ ldap://public.example/ unix:///run/docker.sock jar:http://a!/b
\\\\127.0.0.1\\share //127.0.0.1/ /etc/passwd ../x 127.0.0.1 localhost:80 http:127.0.0.1
http:/127.0.0.1/
http:///127.0.0.1/ http://:80/ http://127.0.0.1:0/
""".split()
DIFFERENTIALS = [
    "http://public.example@127.0.0.1/",
    "http://127.0.0.1@public.example/",
    "http://@127.0.0.1/",
    "http://user:pass@public.example/",
    "http://public.example\\@127.0.0.1/",
    "http://127.0.0.1\\@public.example/",
    "http://public.example\\.127.0.0.1/",
    "http:\\\\127.0.0.1\\",
    "http://127.0.0.1:80\\@public.example:80/",
    "http://127.0.0.1#@public.example/",
    "http://127.0.0.1?@public.example/",
    "http://127.0.0.1/@public.example",
    "http://127.0.0.1:80:80/",
    "http://public.example:80@127.0.0.1:80/",
    "http://public.example:80:127.0.0.1/",
    "http://127.0.0.1\t.public.example/",
    "http://127.0.0.1\n/",
    "http://127.0.0.1\r\nHost: public.example/",
    "ht\ntp://127.0.0.1/",
    " http://127.0.0.1/",
    "http://127.0.0.1/ ",
    "http:// 127.0.0.1/",
    "http://127.0.0.1 public.example/",
    "http://127.0.0.1%00.public.example/",
    "http://127.0.0.1\x00.public.example/",
    "http://%31%32%37.0.0.1/",
    "http://%6c%6f%63alhost/",
    "http://①②⑦.⓪.⓪.①/",
    "http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ/",
    "http://localhost\uff0fpublic.example/",
    "http://127。0。0。1/",
    "http://lоcalhost.example/",  # a Cyrillic о
    "http://[::1]public.example/",
    "http://[::1/",
    "http://[127.0.0.1]/",
    "http://[::ffff:127.0.0.1]:80@public.example/",
    "http://public.example..127.0.0.1/",
    "http://-127.0.0.1/",
    "http://127.0.0.1;public.example/",
    "http://127.0.0.1,public.example/",
    "http://{127.0.0.1}/",
    "http://127.0.0.1:99999/",
    "http://127.0.0.1:-80/",
    "http://127.0.0.1:eighty/",
    "http://" + "a" * 64 + ".example/",
    "http://public.example/" + "a" * 70_000,
]
REFUSALS = {Reason.BAD_ADDRESS, Reason.PRIVATE_ADDRESS}


class Sockets(httpcore.NetworkBackend):
    """Answers on every address with the bytes given, and writes the addresses down."""

    def __init__(self, *answers: bytes) -> None:
        self.connected: list[str] = []
        self._answers = list(answers)

    def connect_tcp(self, host, port, timeout=None, local_address=None, socket_options=None):
        self.connected.append(host)
        return httpcore.MockStream([self._answers.pop(0) if self._answers else OK, b""])


class Names:
    """A name server; a name may have one answer after another."""

    def __init__(self, **changing: list[list[str]]) -> None:
        self.asked: list[str] = []
        self._changing = changing

    def __call__(self, host: str, port: int) -> list[str]:
        self.asked.append(host)
        if host.split(".")[0] in self._changing:
            return self._changing[host.split(".")[0]].pop(0)
        return NAMES.get(host, [])


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"


def redirect_to(target: str) -> bytes:
    return b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: " + target.encode() + b"\r\n\r\n"


def make_client(tmp_path, sockets, names=None, allowed=()):
    transport = GuardedTransport(allowed, resolve=names or Names(), backend=sockets)
    return Fetcher(transport, ResponseCache(tmp_path), delay_s=0)


@pytest.mark.parametrize("url", PRIVATE_URLS + DIFFERENTIALS, ids=lambda url: ascii(url)[:60])
def test_a_private_or_doubtful_address_is_refused_before_any_connection(tmp_path, url):
    sockets = Sockets()

    with pytest.raises(FetchError, match=r".") as refused:
        make_client(tmp_path, sockets).get(url)

    # A name that nobody knows leads nowhere either.
    assert refused.value.reason in REFUSALS | {Reason.NO_CONNECTION}
    assert sockets.connected == []


def test_the_collection_is_as_large_as_promised():
    assert len(set(PRIVATE_URLS)) + len(set(DIFFERENTIALS)) >= 120


def printable(urls):
    """What can stand in a Location header, and is no path of the page that redirects."""
    return [
        url
        for url in urls
        if url.isprintable() and url.isascii() and len(url) < 1000 and "://" in url
    ]


@pytest.mark.parametrize("url", printable(PRIVATE_URLS + DIFFERENTIALS), ids=lambda u: u[:60])
def test_a_redirect_to_one_is_refused_too(tmp_path, url):
    sockets = Sockets(redirect_to(url))

    with pytest.raises(FetchError, match=r".") as refused:
        make_client(tmp_path, sockets).get("http://public.example/")

    assert refused.value.reason in REFUSALS | {Reason.NO_CONNECTION}
    assert sockets.connected == [PUBLIC]  # the first hop, and no more


@pytest.mark.parametrize(
    "target",
    ["//127.0.0.1/", "\\\\127.0.0.1/", "/\\127.0.0.1/", "http:127.0.0.1", "", "ftp:/x"],
    ids=ascii,
)
def test_a_relative_redirect_leads_nowhere_private(tmp_path, target):
    sockets = Sockets(redirect_to(target))

    with pytest.raises(FetchError, match=r"."):
        make_client(tmp_path, sockets).get("http://public.example/")

    assert set(sockets.connected) == {PUBLIC}


def test_a_name_that_changes_its_answer_is_asked_once_and_the_checked_address_used(tmp_path):
    sockets = Sockets()
    names = Names(rebinding=[[PUBLIC], ["127.0.0.1"]])

    make_client(tmp_path, sockets, names).get("http://rebinding.example/")

    assert names.asked == ["rebinding.example"]
    assert sockets.connected == [PUBLIC]


def test_the_next_request_to_a_name_that_turned_private_is_refused(tmp_path):
    sockets = Sockets()
    client = make_client(tmp_path, sockets, Names(rebinding=[[PUBLIC], ["127.0.0.1"]]))
    client.get("http://rebinding.example/")

    with pytest.raises(FetchError, match=r"rebinding.example is the private address 127.0.0.1"):
        client.get("http://rebinding.example/again")

    assert sockets.connected == [PUBLIC]


def test_a_redirect_to_itself_with_a_private_answer_is_refused(tmp_path):
    sockets = Sockets(redirect_to("/again"))
    names = Names(rebinding=[[PUBLIC], ["169.254.169.254"]])

    with pytest.raises(FetchError, match=r"private address 169.254.169.254"):
        make_client(tmp_path, sockets, names).get("http://rebinding.example/")

    assert sockets.connected == [PUBLIC]


def test_five_redirects_are_followed(tmp_path):
    sockets = Sockets(*[redirect_to(f"/{n}") for n in range(5)], OK)

    assert make_client(tmp_path, sockets).get("http://public.example/").body == b"hi"
    assert len(sockets.connected) == 6


def test_the_sixth_redirect_is_not(tmp_path):
    sockets = Sockets(*[redirect_to(f"/{n}") for n in range(20)])

    with pytest.raises(FetchError, match="leads on more than 5 times"):
        make_client(tmp_path, sockets).get("http://public.example/")

    assert len(sockets.connected) == 6


def test_a_host_that_masthead_yaml_names_may_be_private(tmp_path):
    sockets = Sockets()

    client = make_client(tmp_path, sockets, allowed=["LOCALHOST"])

    assert client.get("http://localhost/").body == b"hi"
    assert sockets.connected == ["127.0.0.1"]
    with pytest.raises(FetchError, match=r"allow_private_hosts"):
        client.get("http://localhost.localdomain/")


def test_a_host_that_is_named_may_not_redirect_to_another_private_one(tmp_path):
    sockets = Sockets(redirect_to("http://10.0.0.1/"))

    with pytest.raises(FetchError, match=r"10.0.0.1 is the private address"):
        make_client(tmp_path, sockets, allowed=["localhost"]).get("http://localhost/")

    assert sockets.connected == ["127.0.0.1"]


def test_the_second_address_is_tried_when_the_first_does_not_answer(tmp_path):
    class FirstIsDown(Sockets):
        def connect_tcp(self, host, port, **options):
            if host == "2606:4700::1111":
                self.connected.append(host)
                raise httpcore.ConnectError("no route to host")
            return super().connect_tcp(host, port, **options)

    sockets = FirstIsDown()
    names = Names(both=[["2606:4700::1111", PUBLIC]])

    assert make_client(tmp_path, sockets, names).get("http://both.example/").body == b"hi"
    assert sockets.connected == ["2606:4700::1111", PUBLIC]


@pytest.mark.parametrize("name", ["also-public.example", "public.example"])
def test_public_names_are_read(tmp_path, name):
    sockets = Sockets()

    make_client(tmp_path, sockets).get(f"http://{name}/")

    assert sockets.connected == NAMES[name]


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True),
        ("2606:4700::1111", True),
        ("::ffff:8.8.8.8", True),
        ("64:ff9b::808:808", True),  # 8.8.8.8 seen from a network without IPv4
        ("64:ff9b::a00:1", False),
        ("::8.8.8.8", False),
        ("2002:808:808::", False),
    ],
)
def test_embedded_addresses_are_judged_by_what_they_embed(address, public):
    assert is_public(address) is public
