"""Requests of other sites, headers of every response, and requests that are no requests."""

import re
from pathlib import Path

import httpx
import pytest

from serve.guard import MAX_API_BODY, MAX_BODY, WRITE_PATHS
from tests.serve.asking import HOST, Asking, ask_app, send_bytes
from tests.serve.test_guard import published

ROUTES = sorted((method, re.sub(r"\{[^}]*\}", "nothing", path)) for method, path in published())
SITES = [
    "https://evil.example", "http://evil.example", "null", "", "https://127.0.0.1.evil.example",
    "http://localhost.evil.example:7860", "https://evil.example#127.0.0.1", "file://",
    "http://evil@127.0.0.1.evil", "http://[::2]:7860", "http://0.0.0.0:7860", "http://127.1:7860",
    "http://2130706433", "chrome-extension://abc", "http://LOCALHOST.evil", "http://",
]  # fmt: skip
FOREIGN = [
    *[{"Origin": site} for site in SITES],
    *[{"Origin": site, "Cookie": "masthead_editor=x; session=1"} for site in SITES],
    {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Sec-Fetch-Site": "x"},
    {"Sec-Fetch-Site": "cross-site", "Origin": f"http://{HOST}"},
    {"Sec-Fetch-Site": "cross-site", "Cookie": "masthead_editor=x"},
]  # fmt: skip


@pytest.mark.parametrize("path", sorted(WRITE_PATHS))
def test_another_site_can_send_nothing_to_any_route_that_changes_something(page_app, path):
    asked = [
        Asking(path, "POST", (("content-length", "2"), *headers.items())) for headers in FOREIGN
    ]
    told = ask_app(page_app, asked)

    assert {one.status for one in told} == {403}
    assert len(told) == 37
    own = Asking(path, "POST", (("content-length", "0"), ("origin", f"http://{HOST}")))
    assert ask_app(page_app, [own])[0].status in (400, 403, 422)
    assert "other sites" not in ask_app(page_app, [own])[0].body


@pytest.mark.parametrize("method", ["OPTIONS", "GET"])
def test_no_site_is_ever_allowed_to_read_what_a_browser_fetched_for_it(page_app, method):
    paths = [path for verb, path in ROUTES if verb == "GET" or method == "OPTIONS"]
    asked = [
        Asking(path, method, (("origin", site), ("access-control-request-method", "POST")))
        for path in paths
        for site in [*SITES, f"http://{HOST}"]
    ]
    told = ask_app(page_app, asked)

    allowing = [n for one in told for n in one.headers if n.startswith("access-control-")]
    assert allowing == []
    assert len(told) == len(paths) * 17
    if method == "OPTIONS":
        assert {one.status for one in told} == {404}


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_every_route_sends_the_headers_whatever_it_answers(page_app, method, path):
    more = [[], [("host", "evil.example")], [("origin", "null")]]
    told = ask_app(page_app, [Asking(path, method, tuple(one)) for one in more])

    for one in told:
        assert one.headers["x-content-type-options"] == "nosniff"
        assert one.headers["referrer-policy"] in ("no-referrer", "same-origin")
        assert "frame-ancestors 'none'" in one.headers["content-security-policy"]
        assert "default-src 'none'" in one.headers["content-security-policy"]


def start(line: str, *headers: bytes) -> bytes:
    return b"\r\n".join([f"{line} HTTP/1.1".encode(), f"Host: {HOST}".encode(), *headers, b"", b""])


RANGES = b",".join(b"%d-%d" % (n, n) for n in range(10_000))
MANY = [b"X-%d: a" % n for n in range(100_000)]
CHUNKS = b"5\r\nabcde\r\n" * 3
OVERLONG = {
    "10,000 ranges": (start("GET /static/nothing", b"Range: bytes=" + RANGES), (400, 404)),
    "ranges of a file": (start("GET /theme.css", b"Range: bytes=" + b"0-,0-1," * 5_000), (200,)),
    "100,000 cookies": (start("GET /", b"Cookie: " + b"a=1;" * 100_000), (400,)),
    "100,000 headers": (start("GET /", *MANY), (400,)),
    "a header of a megabyte": (start("GET /", b"X-A: " + b"a" * 2**20), (400,)),
    "an address of 8 MB": (start(f"GET /brand/{'a' * 2**23}"), (400,)),
    "an address of 30 kB": (start(f"GET /brand/{'a' * 30_000}"), (404,)),
}  # fmt: skip
for path, most in WRITE_PATHS.items():
    post = f"POST {path}"
    for name, headers, statuses in [
        ("one byte too many", [b"Content-Length: %d" % (most + 1)], (413,)),
        ("a gigabyte", [b"Content-Length: 1073741824"], (413,)),
        ("400 digits", [b"Content-Length: " + b"9" * 400], (400, 413)),
        ("a negative length", [b"Content-Length: -1"], (400,)),
        ("two lengths", [b"Content-Length: 2", b"Content-Length: 3"], (400,)),
        ("no length", [], (411,)),
        ("chunks", [b"Transfer-Encoding: chunked"], (411,)),
        ("chunks and a length", [b"Transfer-Encoding: chunked", b"Content-Length: 5"], (400, 411)),
    ]:
        OVERLONG[f"{name} at {path}"] = (start(post, *headers) + CHUNKS, statuses)


def test_what_is_too_long_is_turned_away_before_it_was_read(page_url):
    assert {*WRITE_PATHS.values()} == {MAX_BODY, MAX_API_BODY}
    seconds = []
    for name, (sent, statuses) in OVERLONG.items():
        status, took = send_bytes(page_url, sent.replace(HOST.encode(), page_url[7:].encode()))
        assert status in statuses, name
        seconds.append(took)

    assert len(OVERLONG) == 47
    assert sorted(seconds)[len(seconds) // 2] < 0.1


FORM = b'--b\r\nContent-Disposition: form-data; name="files"; filename="%s"\r\n\r\nx\r\n--b--\r\n'
BROKEN = [
    b"", b"--b", b"--b\r\n", b"--b--", b"\r\n" * 5_000, b"-" * 20_000, FORM % b"../../etc/passwd",
    FORM % b"a\0b", FORM % (b"n" * 5_000), FORM.replace(b"\r\n", b"\n"), FORM[:20], FORM * 50,
    b"--b\r\n" + b"A: b\r\n" * 3_000,
    b'--b\r\nContent-Disposition: form-data; name="' + b"\\" * 9_000,
    b"--b\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" * 200,
]  # fmt: skip
UPLOADS = ["/gradio_api/upload", "/gradio_api/upload?upload_id=x", "/upload", *sorted(WRITE_PATHS)]


def test_nothing_is_uploaded_and_a_broken_form_stops_nobody(page_url, tmp_path, monkeypatch):
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    kind = {"Content-Type": "multipart/form-data; boundary=b"}
    seconds = []
    with httpx.Client(base_url=page_url, timeout=20, headers=kind) as client:
        for path in UPLOADS:
            for content in BROKEN:
                told = client.post(path, content=content)
                assert told.status_code in ((404,) if "upload" in path else (400, 403, 413, 422))
                seconds.append(told.elapsed.total_seconds())
        assert client.get("/healthz").status_code == 200

    assert list(Path(tmp_path).iterdir()) == []
    assert max(seconds) < 5
    assert len(seconds) == 120
