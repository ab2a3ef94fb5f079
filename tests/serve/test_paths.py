"""Paths that climb, and addresses in paths: nothing outside is read, and no other host is asked."""

import pytest

from serve.guard import READ_FOLDERS, Guard
from tests.serve.asking import Asking, ask_app

CLIMBS = [
    "../", "..%2f", "%2e%2e/", "%2e%2e%2f", ".%2e/", "%2e./", "..\\", "..%5c", "%2e%2e%5c",
    "%252e%252e%252f", "..%252f", "%25252e%25252e%25252f", "..%c0%af", "%c0%ae%c0%ae/",
    "..%ef%bc%8f", "%ef%bc%8e%ef%bc%8e/", "....//", "..././", "..;/", "..%00/", "%00../",
    "./../", "/../", "%2f../", "x/../../", "..%09/", "..%20/", "%u002e%u002e/",
]  # fmt: skip
TARGETS = ["etc/passwd", "masthead.db", "masthead.yaml", "routes.py"]
ABSOLUTE = [
    "/etc/passwd", "//etc/passwd", "%2fetc%2fpasswd", "%252fetc%252fpasswd", "file:///etc/passwd",
    "file:%2f%2f%2fetc%2fpasswd", "C:%5cwindows%5cwin.ini", "%5c%5chost%5cshare", "~root/.bashrc",
    "/proc/self/environ", "%2fproc%2fself%2fcwd%2fmasthead.db", "etc/passwd%00.png",
    "page.css/../../etc/passwd", "page.css%00", "./page.css/..;/x", "CON", "x" * 300,
    "%e2%82%ac" * 150,
]  # fmt: skip
FORMS = [climb * n + to for climb in CLIMBS for n in (1, 6) for to in TARGETS] + ABSOLUTE
PLACES = [
    *READ_FOLDERS, "/gradio_api/file=", "/gradio_api/file/", "/gradio_api/custom_component/",
    "/gradio_api/stream/", "/file=",
]  # fmt: skip
INSIDE = ("root:x:", "SQLite format", "sources:", "import ", "PATH=", "[fonts]")


def test_there_are_hundreds_of_forms_for_each_place():
    assert (len(set(FORMS)), len(PLACES)) == (242, 12)


@pytest.mark.parametrize("place", PLACES)
def test_a_path_that_climbs_is_told_what_any_unknown_name_is_told(page_app, place):
    plain = ask_app(page_app, [Asking(f"{place}{name}") for name in ("nothing", "no/thing", "..")])
    allowed = {(one.status, one.body) for one in plain}

    told = ask_app(page_app, [Asking(f"{place}{form}") for form in FORMS])

    assert {(one.status, one.body) for one in told} - allowed == set()
    assert [one.body for one in told if any(mark in one.body for mark in INSIDE)] == []


ADDRESSES = [
    "http://evil.example/", "https://evil.example/a.png", "HTTP://EVIL.EXAMPLE", "//evil.example/",
    "http:/evil.example", "http:%2f%2fevil.example", "http%3a%2f%2fevil.example", "ftp://evil/",
    "gopher://127.0.0.1:6379/_x", "file:///etc/passwd", "data:text/html,x", "http://127.0.0.1/",
    "http://localhost:7860/metrics", "http://[::1]/", "http://[::ffff:127.0.0.1]/",
    "http://169.254.169.254/latest/meta-data/", "http://2130706433/", "http://0x7f000001/",
    "http://0177.0.0.1/", "http://127.1/", "http://0/", "http://user@127.0.0.1/",
    "http://evil.example%23@127.0.0.1/", "http://evil.example%5c@127.0.0.1/", "%09http://evil/",
]  # fmt: skip
FETCHING = [
    "/gradio_api/file=", "/gradio_api/file/", "/gradio_api//file=", "/gradio_api/%66ile=",
    "/gradio_api/proxy=", "/gradio_api//proxy=", "/file=", "/proxy=", "/gradio_api/FILE=",
    "/gradio_api/upload?path=",
]  # fmt: skip


def test_an_address_in_a_path_is_refused_before_anything_could_fetch_it():
    reached = []

    async def inside(scope, receive, send):
        reached.append(scope["path"])

    guard = Guard(inside, hosts=frozenset({"127.0.0.1"}), dress=str)
    asked = [Asking(f"{route}{address}") for route in FETCHING for address in ADDRESSES]
    told = ask_app(guard, asked)

    assert {(one.status, one.body) for one in told} == {(404, "not found\n")}
    assert len(told) == 250
    assert reached == []
