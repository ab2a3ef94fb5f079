"""Files in the events of a page: refused in every form, at every event, before anything is read."""

import json

import httpx
import pytest

from serve.events import EVENTS, is_plain

PATHS = [
    "/etc/passwd", "/proc/self/environ", "/dev/zero", "masthead.yaml", "../masthead.db", "~/.ssh",
    "C:\\windows\\win.ini", "\\\\host\\share", "file:///etc/passwd", "http://127.0.0.1:7860/metrics",
    "https://evil.example/a.png", "http://169.254.169.254/latest", "logo.svg", "", "a\0b",
]  # fmt: skip


def file(path, **more):
    return {"path": path, "meta": {"_type": "gradio.FileData"}, **more}


FILES = [
    *map(file, PATHS),
    *[file(PATHS[0], **more) for more in (
        {"url": "https://evil.example/"}, {"is_stream": True}, {"orig_name": "../a"}, {"size": -1},
        {"mime_type": "image/svg+xml"}, {"meta": {}}, {"meta": None},
    )],
    [file(PATHS[0])], {"text": "x", "files": [file(PATHS[0])]}, {"a": {"b": [[file(PATHS[0])]]}},
    {"path": "/etc/passwd"}, {"video": file(PATHS[0]), "subtitles": None},
]  # fmt: skip


@pytest.fixture(scope="module")
def events(page_url):
    with httpx.Client(base_url=page_url, timeout=20) as client:
        found = client.get("/config").json()["dependencies"]
        assert len(found) == 7
        yield client, [(event["id"], len(event["inputs"])) for event in found]


@pytest.mark.parametrize("place", ["data", "event_data"])
def test_an_event_that_names_a_file_is_refused_at_every_event(events, place):
    client, known = events
    tried = 0
    for number, n_inputs in known:
        for named in FILES:
            data = [named] * max(1, n_inputs) if place == "data" else ["x"] * n_inputs
            body = {"data": data, "fn_index": number, "session_hash": "s", "event_data": None}
            told = client.post(EVENTS, json={**body, **({place: named} if place != "data" else {})})
            assert (told.status_code, told.text) == (422, "an event holds no files\n")
            tried += 1

    assert tried == 7 * 27


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"\xff", b"[" * 60_000, b'{"a": 1} x', b'{"\\u0070ath": "/etc/passwd"}',
        '{"path": "/etc/passwd"}'.encode("utf-16"), '{"path": "/etc/passwd"}'.encode("utf-32"),
        b'{"a": [{"path": 1, "path": 2}]}', b'\xef\xbb\xbf{"path": "x"}',
    ],
    ids=lambda body: body[:16],
)  # fmt: skip
def test_what_is_no_json_or_hides_the_word_is_no_plain_event(body):
    assert not is_plain(body)


def test_words_numbers_and_lists_are():
    data = ["What path is there?", None, 3, {"do": "thumb", "turn": 1, "text": '{"path": 1}'}]

    assert is_plain(json.dumps({"data": data, "fn_index": 1}).encode())
