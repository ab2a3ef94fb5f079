import base64
import hashlib
import re
from pathlib import Path

import gradio.routes
import pytest
from fastapi.testclient import TestClient

from serve.guard import MAX_BODY, find_refusal
from serve.policy import inline_scripts
from tests.serve.building import build_for_test
from tests.serve.fake_assistant import FakeAssistant

BASE = "http://127.0.0.1:7860"


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    server = build_for_test(FakeAssistant(), tmp_path_factory.mktemp("workspace"))
    with TestClient(server, base_url=BASE) as opened:
        yield opened


def test_health_says_what_is_being_served(client):
    assert client.get("/healthz").json() == {
        "status": "ok",
        "generation": 7,
        "adapter": "base",
        "engine": "fake engine",
    }


CLOSED = [
    "/gradio_api/file=https://example.org/",
    "/gradio_api/file=http://169.254.169.254/latest",
    "/gradio_api/file=/etc/passwd",
    "/gradio_api/file/etc/passwd",
    "/gradio_api//file=https://example.org/",
    "/gradio_api/proxy=https://example.org/",
    "/gradio_api/%66ile=https://example.org/",
    "/gradio_api/upload_progress",
    "/gradio_api/openapi.json",
    "/gradio_api/runs",
    "/gradio_api/custom_component/x/client/component/index.js",
    "/gradio_api/dev/reload",
    "/gradio_api/vibe-code/",
    "/monitoring",
    "/monitoring/summary",
    "/docs",
    "/openapi.json",
    "/login",
    "/pwa_icon",
    "/manifest.json",
    "/assets/../../routes.py",
    "/assets/%2e%2e/%2e%2e/routes.py",
    "/static/..%5c..%5croutes.py",
    "/brand/../server.py",
    "/brand/page.css%00.png",
]


@pytest.mark.parametrize("path", CLOSED)
def test_what_the_page_does_not_need_does_not_exist(client, path):
    response = client.get(path)

    assert (response.status_code, response.text) == (404, "not found\n")


@pytest.mark.parametrize(
    "path", ["/gradio_api/upload", "/gradio_api/run/predict", "/gradio_api/call/ask", "/login", "/"]
)
def test_nothing_may_be_written_but_a_question(client, path):
    assert client.post(path, json={}).status_code == 404


@pytest.mark.parametrize("path", ["/v1/files", "/v1/embeddings", "/v1/chat/completions/x"])
def test_of_openais_routes_there_are_two_and_no_others(client, path):
    response = client.post(path, json={})

    assert response.status_code == 404
    assert response.json()["error"]["type"] == "invalid_request_error"


def test_of_gradios_own_routes_these_are_open_and_no_others():
    source = Path(gradio.routes.__file__).read_text(encoding="utf-8")
    declared = re.findall(r'@(app|router)\.(get|post)\(\s*f?"(/[^"]*)"', source)
    paths = {("/gradio_api" if on == "router" else "") + path: verb for on, verb, path in declared}
    scopes = [
        {
            "type": "http",
            "headers": [(b"content-length", b"2")],
            "path": path,
            "method": verb.upper(),
        }
        for path, verb in paths.items()
    ]

    opened = {scope["path"] for scope in scopes if find_refusal(scope, frozenset()) is None}

    assert len(paths) > 50
    assert opened == {
        "/",
        "/assets/{path:path}",
        "/config",
        "/gradio_api/app_id",
        "/gradio_api/cancel",
        "/gradio_api/heartbeat/{session_hash}",
        "/gradio_api/info",
        "/gradio_api/queue/data",
        "/gradio_api/queue/join",
        "/gradio_api/reset",
        "/gradio_api/startup-events",
        "/robots.txt",
        "/static/{path:path}",
        "/svelte/{path:path}",
        "/theme.css",
    }


@pytest.mark.parametrize("path", ["/", "/healthz", "/nothing", "/brand/page.css", "/theme.css"])
def test_every_response_carries_the_headers(client, path):
    headers = client.get(path).headers

    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "'unsafe-inline'" not in headers["content-security-policy"].split("script-src")[1]


def test_the_page_is_the_brands_and_its_scripts_are_allowed_one_by_one(client):
    response = client.get("/")
    allowed = response.headers["content-security-policy"]

    assert "<title>The Low Rank</title>" in response.text
    assert "gradio.app" not in response.text
    assert "githubusercontent" not in response.text
    for script in inline_scripts(response.text):
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in allowed


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "x/healthz?", ""])
def test_another_host_name_is_turned_away(client, host):
    assert client.get("/healthz", headers={"Host": host}).status_code == 421


@pytest.mark.parametrize("path", ["/gradio_api/queue/join", "/v1/chat/completions"])
@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "null"},
        {"Origin": "https://evil.example"},
        {"Origin": "http://127.0.0.1.evil.example:7860"},
        {"Origin": "https://evil.example", "Cookie": "session=1"},
    ],
    ids=str,
)
def test_another_site_may_not_ask_in_a_visitors_name(client, path, headers):
    assert client.post(path, json={}, headers=headers).status_code == 403


def test_a_body_is_bounded_and_says_its_length(client):
    long = client.post("/gradio_api/queue/join", content=b"x" * (MAX_BODY + 1))
    unknown = client.post("/gradio_api/queue/join", content=(b"x" for _ in range(3)))

    assert (long.status_code, unknown.status_code) == (413, 411)


def test_a_brand_without_a_logo_has_its_initial_as_icon(client):
    response = client.get("/brand/icon")

    assert response.headers["content-type"].startswith("image/svg+xml")
    assert ">T</text>" in response.text
