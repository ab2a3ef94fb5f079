"""The fetch client against a real server on the loopback: what was asked, what came of it."""

import gzip
import time
import zlib

import pytest

from ingest.fetch.errors import FetchError, Reason
from ingest.fetch.transport import Limits
from tests.web import Reply, make_fetcher, serving

MB = 1024 * 1024


@pytest.fixture
def site():
    with serving() as site:
        yield site


def reason_of(fetcher, url, **options):
    with pytest.raises(FetchError, match=r".") as error:
        fetcher.get(url, **options)
    return error.value.reason


def test_a_page_comes_as_bytes_with_its_address_and_a_clear_user_agent(site, tmp_path):
    site.pages["/a"] = Reply(b"\xff\x00body", headers={"Content-Type": "text/html"})

    found = make_fetcher(tmp_path).get(site.url + "/a")

    assert (found.body, found.url, found.content_type) == (
        b"\xff\x00body",
        site.url + "/a",
        "text/html",
    )
    assert site.sent_headers[0]["user-agent"].startswith("Masthead/")
    assert site.sent_headers[0]["accept-encoding"] == "gzip, identity"


@pytest.mark.parametrize(
    ("name", "value"), [("ETag", '"v1"'), ("Last-Modified", "Mon, 05 Jan 2026 10:00:00 GMT")]
)
def test_an_unchanged_page_is_asked_for_and_not_sent_again(site, tmp_path, name, value):
    site.pages["/a"] = Reply("first", headers={name: value})
    make_fetcher(tmp_path).get(site.url + "/a")

    again = make_fetcher(tmp_path).get(site.url + "/a")

    assert (again.body, again.unchanged) == (b"first", True)
    asked = {"ETag": "if-none-match", "Last-Modified": "if-modified-since"}[name]
    assert site.sent_headers[1][asked] == value


def test_a_changed_page_replaces_the_copy(site, tmp_path):
    site.pages["/a"] = Reply("first", headers={"ETag": '"v1"'})
    make_fetcher(tmp_path).get(site.url + "/a")
    site.pages["/a"] = Reply("second", headers={"ETag": '"v2"'})

    assert make_fetcher(tmp_path).get(site.url + "/a").body == b"second"
    assert make_fetcher(tmp_path).get(site.url + "/a").unchanged


def test_a_copy_newer_than_the_last_change_costs_no_request(site, tmp_path):
    site.pages["/a"] = Reply("first")
    fetcher = make_fetcher(tmp_path)
    fetcher.get(site.url + "/a")
    site.take_requests()

    found = fetcher.get(site.url + "/a", unchanged_since=time.time() - 3600)

    assert (found.body, found.unchanged, site.asked) == (b"first", True, [])
    fetcher.get(site.url + "/a", unchanged_since=time.time() + 3600)
    assert site.asked == ["/a"]


@pytest.mark.parametrize("damage", [b"", b"{}\nbody", b"no json", b'{"sha256": 1}\nx'])
def test_a_damaged_copy_is_fetched_anew(site, tmp_path, damage):
    site.pages["/a"] = Reply("first", headers={"ETag": '"v1"'})
    make_fetcher(tmp_path).get(site.url + "/a")
    (copy,) = [path for path in (tmp_path / "http").rglob("*") if path.is_file()]
    copy.write_bytes(damage)

    found = make_fetcher(tmp_path).get(site.url + "/a")

    assert (found.body, found.unchanged) == (b"first", False)


def test_a_copy_whose_body_was_changed_on_disk_is_not_used(site, tmp_path):
    site.pages["/a"] = Reply("first", headers={"ETag": '"v1"'})
    make_fetcher(tmp_path).get(site.url + "/a")
    (copy,) = [path for path in (tmp_path / "http").rglob("*") if path.is_file()]
    copy.write_bytes(copy.read_bytes().replace(b"first", b"forge"))

    assert make_fetcher(tmp_path).get(site.url + "/a").body == b"first"
    assert "if-none-match" not in site.sent_headers[1]


def test_a_redirect_gives_the_last_address_and_its_own_etag(site, tmp_path):
    site.pages["/old"] = Reply(status=301, headers={"Location": "/new"})
    site.pages["/new"] = Reply("body", headers={"ETag": '"n"'})
    fetcher = make_fetcher(tmp_path)
    assert fetcher.get(site.url + "/old").url == site.url + "/new"

    again = fetcher.get(site.url + "/old")

    assert (again.url, again.unchanged) == (site.url + "/new", True)
    assert "if-none-match" not in site.sent_headers[2]  # /old never had one
    assert site.sent_headers[3]["if-none-match"] == '"n"'


def test_a_304_that_nobody_asked_for_is_asked_again_once(site, tmp_path):
    site.pages["/a"] = Reply(status=304)

    with pytest.raises(FetchError, match="says 304 to a plain request"):
        make_fetcher(tmp_path).get(site.url + "/a")

    assert site.asked == ["/a", "/a"]


@pytest.mark.parametrize(
    ("status", "reason", "may_pass"),
    [
        (404, Reason.GONE, False),
        (410, Reason.GONE, False),
        (401, Reason.REFUSED, True),
        (403, Reason.REFUSED, True),
        (429, Reason.SERVER_ERROR, True),
        (500, Reason.SERVER_ERROR, True),
        (503, Reason.SERVER_ERROR, True),
        (204, Reason.PROTOCOL, True),
        (206, Reason.PROTOCOL, True),
    ],
)
def test_what_is_no_body_is_an_error_with_its_status(site, tmp_path, status, reason, may_pass):
    site.pages["/a"] = Reply("part", status)

    with pytest.raises(FetchError, match=f"answers {status}") as error:
        make_fetcher(tmp_path).get(site.url + "/a")

    assert (error.value.reason, error.value.status) == (reason, status)
    assert error.value.may_pass is may_pass


def test_a_busy_server_is_asked_once_more_when_it_says_when(site, tmp_path):
    site.pages["/a"] = Reply("later", 503, headers={"Retry-After": "0"})
    site.pages["/b"] = Reply("later", 503, headers={"Retry-After": "86400"})
    fetcher = make_fetcher(tmp_path)

    assert reason_of(fetcher, site.url + "/a") == Reason.SERVER_ERROR
    assert reason_of(fetcher, site.url + "/b") == Reason.SERVER_ERROR

    assert site.asked == ["/a", "/a", "/b"]


def test_requests_to_one_host_keep_their_distance(site, tmp_path):
    site.pages |= {"/a": Reply("a"), "/b": Reply("b")}
    waits = []
    fetcher = make_fetcher(tmp_path)
    fetcher._sleep, fetcher._now = waits.append, lambda: 1000.0
    fetcher.slow_down(site.url, 3)
    fetcher.get(site.url + "/a")
    fetcher.slow_down(site.url, 3600)
    fetcher.get(site.url + "/b")

    assert waits == [10]  # nothing before the first; an hour is taken to mean ten seconds


def test_a_gzip_body_is_unpacked(site, tmp_path):
    for body in (b"", b"x", b"words " * 200_000):
        site.pages["/a"] = Reply(gzip.compress(body), headers={"Content-Encoding": "gzip"})

        assert make_fetcher(tmp_path).get(site.url + "/a").body == body


def test_several_gzip_members_are_one_body(site, tmp_path):
    packed = gzip.compress(b"a" * 300_000) + gzip.compress(b"") + gzip.compress(b"b") + b"\0" * 9
    site.pages["/a"] = Reply(packed, headers={"Content-Encoding": "gzip"})

    assert make_fetcher(tmp_path).get(site.url + "/a").body == b"a" * 300_000 + b"b"


def bomb(n_bytes):
    """Return that many zero bytes as gzip: one packed block of 16 MB, again and again."""
    return gzip.compress(bytes(16 * MB)) * (n_bytes // (16 * MB))


BROKEN = {
    "a gzip bomb, 1 GB in 1 MB": (Reply(bomb(1024 * MB), headers={"Content-Encoding": "gzip"}),
                                  Reason.TOO_LARGE),
    "gzip within gzip, announced": (Reply(gzip.compress(gzip.compress(b"x")),
                                          headers={"Content-Encoding": "gzip, gzip"}),
                                    Reason.PROTOCOL),
    "brotli": (Reply(b"\x0b\x02\x80hi\x03", headers={"Content-Encoding": "br"}), Reason.PROTOCOL),
    "deflate": (Reply(zlib.compress(b"x"), headers={"Content-Encoding": "deflate"}),
                Reason.PROTOCOL),
    "gzip cut short": (Reply(gzip.compress(b"words " * 9000)[:-30],
                             headers={"Content-Encoding": "gzip"}), Reason.CUT_SHORT),
    "gzip that is none": (Reply(b"plain words", headers={"Content-Encoding": "gzip"}),
                          Reason.CUT_SHORT),
    "a length of 30 MB": (Reply(b"x", headers={"Content-Length": str(30 * MB)}), Reason.TOO_LARGE),
    "a length that promises more": (Reply(b"x" * 50, headers={"Content-Length": "100"}),
                                    Reason.CUT_SHORT),
    "a length of minus one": (Reply(b"x", headers={"Content-Length": "-1"}), Reason.PROTOCOL),
    "two lengths": (Reply(raw=lambda out: out.write(
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 5\r\n\r\nhello")),
        Reason.PROTOCOL),
    "no HTTP at all": (Reply(raw=lambda out: out.write(b"SSH-2.0-OpenSSH_9.6\r\n")),
                       Reason.PROTOCOL),
    "nothing": (Reply(raw=lambda out: None), Reason.PROTOCOL),
    "a million headers": (Reply(raw=lambda out: out.write(
        b"HTTP/1.1 200 OK\r\n" + b"X-A: 1\r\n" * 1_000_000 + b"\r\n")), Reason.PROTOCOL),
    "one header of 10 MB": (Reply(raw=lambda out: out.write(
        b"HTTP/1.1 200 OK\r\nX-A: " + b"a" * 10 * MB + b"\r\n\r\n")), Reason.PROTOCOL),
    "chunks cut short": (Reply(raw=lambda out: out.write(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")), Reason.CUT_SHORT),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_or_boundless_answer_is_one_error_with_its_reason(site, tmp_path, name):
    site.pages["/a"], reason = BROKEN[name]
    began = time.perf_counter()

    assert reason_of(make_fetcher(tmp_path), site.url + "/a") == reason
    assert time.perf_counter() - began < 2
    assert not list((tmp_path / "http").rglob("*"))  # and nothing of it is kept


def test_twenty_layers_of_gzip_are_unpacked_once(site, tmp_path):
    layers = [b"x"]
    for _ in range(20):
        layers.append(gzip.compress(layers[-1]))
    site.pages["/a"] = Reply(layers[-1], headers={"Content-Encoding": "gzip"})

    assert make_fetcher(tmp_path).get(site.url + "/a").body == layers[-2]


def endless(piece, pause_s=0.0, head=b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"):
    def write(out):
        out.write(head)
        ends = time.monotonic() + 20
        while time.monotonic() < ends:
            out.write(piece)
            out.flush()
            time.sleep(pause_s)

    return Reply(raw=write)


def test_endless_chunks_are_left_at_the_limit(site, tmp_path):
    site.pages["/a"] = endless(b"10000\r\n" + b"x" * 65536 + b"\r\n")

    assert reason_of(make_fetcher(tmp_path), site.url + "/a") == Reason.TOO_LARGE


@pytest.mark.parametrize(
    "drip",
    [
        endless(b"1\r\nx\r\n", 0.05),
        endless(b"X-A: b\r\n", 0.05, b"HTTP/1.1 200 OK\r\n"),
        endless(b"HTTP/1.1 100 Continue\r\n\r\n", 0.01, b""),
        endless(b"", 0.05, b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"),
        endless(b"", 0.05, b""),
    ],
    ids=["body", "headers", "100 Continue", "silence in the body", "silence"],
)
def test_a_server_that_drips_is_left_when_the_time_is_up(site, tmp_path, drip):
    site.pages["/a"] = drip
    began = time.perf_counter()

    found = reason_of(make_fetcher(tmp_path, Limits(total_s=0.4)), site.url + "/a")

    assert found == Reason.TOO_SLOW
    assert time.perf_counter() - began < 0.9


def test_interim_answers_without_end_are_left_at_the_limit_of_bytes(site, tmp_path):
    site.pages["/a"] = endless(b"HTTP/1.1 100 Continue\r\n\r\n" * 1000, 0, b"")

    fetcher = make_fetcher(tmp_path, Limits(wire_bytes=MB))

    assert reason_of(fetcher, site.url + "/a") == Reason.TOO_LARGE


def test_a_port_where_nobody_listens_is_one_error(tmp_path):
    with serving() as gone:
        url = gone.url

    assert reason_of(make_fetcher(tmp_path), url) == Reason.NO_CONNECTION


def test_proxies_of_the_environment_are_not_used(site, tmp_path, monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9/")
    site.pages["/a"] = Reply("direct")

    assert make_fetcher(tmp_path).get(site.url + "/a").body == b"direct"


def test_cookies_are_not_kept(site, tmp_path):
    site.pages["/a"] = Reply("a", headers={"Set-Cookie": "who=you; Path=/"})
    fetcher = make_fetcher(tmp_path)

    fetcher.get(site.url + "/a")
    fetcher.get(site.url + "/a")

    assert "cookie" not in site.sent_headers[1]
