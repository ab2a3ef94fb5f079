import re
from pathlib import Path

import pytest
from starlette.routing import Mount, Route

from serve.guard import READ_FOLDERS, READ_PATHS, WRITE_PATHS, as_sent, find_refusal
from serve.rates import parse_networks
from tests.serve.building import build_for_test
from tests.serve.fake_assistant import FakeAssistant

TABLE = Path(__file__).parents[2] / "docs" / "http.md"
PROXIES = parse_networks(["10.0.0.0/8"])


def published():
    rows = re.findall(r"^\| (GET|POST) \| `(/[^`]*)`", TABLE.read_text(encoding="utf-8"), re.M)
    assert len(rows) == len(set(rows))
    return set(rows)


def without_names(path):
    return re.sub(r"\{[^}]*\}", "{}", path)


def walk(routes, prefix=""):
    for route in routes:
        if isinstance(route, Mount):
            yield from walk(route.routes, prefix + route.path)
        elif hasattr(route, "original_router"):  # FastAPI keeps an included router whole
            inner = prefix + route.include_context.prefix
            yield from walk(route.original_router.routes, inner)
        elif isinstance(route, Route):
            for method in route.methods or ():
                yield method, prefix + route.path


def test_every_route_that_is_open_is_published_and_every_published_one_is_there(tmp_path):
    server = build_for_test(FakeAssistant(), tmp_path)
    scope = {"type": "http", "headers": [(b"content-length", b"2")]}
    opened = {
        (method, without_names(path))
        for method, path in walk(server.routes)
        if method in ("GET", "POST", "PUT", "PATCH", "DELETE")
        and find_refusal({**scope, "method": method, "path": path}, frozenset()) is None
    }

    assert opened == {(method, without_names(path)) for method, path in published()}


def test_the_guard_opens_what_is_published_and_no_more():
    folders = {path.partition("{")[0] for _, path in published() if "{" in path}
    plain = {(method, path) for method, path in published() if "{" not in path}

    assert folders == set(READ_FOLDERS)
    assert plain == {("GET", p) for p in READ_PATHS} | {("POST", p) for p in WRITE_PATHS}


def sent(peer, **headers):
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = as_sent({"type": "http", "client": (peer, 5), "headers": raw}, PROXIES)
    return scope["client"][0], {name.decode() for name, _ in scope["headers"]}


def test_from_a_stranger_no_forwarded_header_comes_in():
    client, headers = sent(
        "203.0.113.9",
        x_forwarded_for="127.0.0.1",
        x_forwarded_host="evil.example",
        x_forwarded_proto="https",
        forwarded="for=127.0.0.1",
        x_real_ip="127.0.0.1",
        accept="*/*",
    )

    assert (client, headers) == ("203.0.113.9", {"accept"})


def test_from_our_proxy_the_address_and_https_are_believed_and_nothing_else():
    client, headers = sent(
        "10.0.0.1",
        x_forwarded_for="6.6.6.6, 198.51.100.7",
        x_forwarded_host="evil.example",
        x_forwarded_proto="https",
    )

    assert (client, headers) == ("198.51.100.7", {"x-forwarded-proto"})


HOSTILE_HOSTS = [
    "evil.example", "127.0.0.1.evil.example", "evil.example#127.0.0.1", "x/healthz?",
    "x@127.0.0.1", "", " ", "127.0.0.1 evil", "[::1", "[::2]", "localhost.", "LOCALHOST.evil",
    "0.0.0.0", "2130706433", "127.1", "[::ffff:7f00:1]", "localhost\t", "\x00",
    "127.0.0.1,evil.example", "..",
]  # fmt: skip


@pytest.mark.parametrize("host", HOSTILE_HOSTS, ids=repr)
@pytest.mark.parametrize("path", ["/", "/v1/chat/completions", "/v1/models", "/metrics"])
def test_a_host_that_is_not_ours_is_turned_away_everywhere(host, path):
    method = "POST" if "chat" in path else "GET"
    headers = [(b"host", host.encode()), (b"content-length", b"2")]
    scope = {"type": "http", "method": method, "path": path, "headers": headers}

    refusal = find_refusal(scope, frozenset({"127.0.0.1", "::1", "localhost"}))

    assert refusal is not None
    assert refusal.status_code == 421


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:7860", "[::1]:7860", "LOCALHOST:1"])
def test_our_own_names_are_served(host):
    scope = {"type": "http", "method": "GET", "path": "/", "headers": [(b"host", host.encode())]}

    assert find_refusal(scope, frozenset({"127.0.0.1", "::1", "localhost"})) is None
