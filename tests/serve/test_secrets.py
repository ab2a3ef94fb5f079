"""Twelve secrets planted, every place looked at; then every route broken from inside."""

import logging
from dataclasses import dataclass

import pytest
from fastapi.testclient import TestClient

from assistant.config import Workspace
from assistant.store.keys import create_key
from assistant.store.looking import describe_store
from tests.serve.building import build_for_test
from tests.serve.fake_assistant import FakeAssistant, make_settings

BASE = "http://127.0.0.1:7860"
CANARIES = {
    name: f"canary-{name}-7f3a"
    for name in (
        "environment", "model-key", "database", "prompt", "workspace", "visitor", "question",
        "hub-token", "history", "better", "bug", "header",
    )
}  # fmt: skip
PAGES = [
    "/", "/config", "/gradio_api/info", "/gradio_api/app_id", "/gradio_api/startup-events",
    "/healthz", "/metrics", "/robots.txt", "/theme.css", "/brand/page.css",
    "/brand/page.js", "/brand/icon", "/brand/none", "/v1/models", "/v1/models/base",
    "/v1/models/none", "/v1/none", "/docs", "/openapi.json", "/gradio_api/openapi.json",
    "/gradio_api/queue/data", "/static/none", "/assets/none.js", "/svelte/none",
]  # fmt: skip


@dataclass
class Fragile(FakeAssistant):
    """An assistant every part of which fails with a secret in its message, once told to."""

    broken: bool = False

    def __getattribute__(self, name):
        get = object.__getattribute__
        if name in ("settings", "generation_number", "promoted", "adapters", "engine") and get(
            self, "__dict__"
        ).get("broken"):
            raise RuntimeError(CANARIES["bug"])
        return get(self, name)


@pytest.fixture(scope="module")
def planted(tmp_path_factory):
    """A served workspace with a secret in each of its corners; and its client."""
    root = tmp_path_factory.mktemp(CANARIES["workspace"])
    base = make_settings()
    models = base.models.model_copy(
        update={"api_key": type(base.models.api_key)(CANARIES["model-key"])}
    )
    url = f"sqlite:///{root}/{CANARIES['database']}.db"
    store = base.store.model_copy(update={"url": type(base.store.url)(url)})
    brand = base.brand.model_copy(update={"system_prompt": f"{CANARIES['prompt']} {{refusal}}"})
    settings = base.model_copy(update={"models": models, "store": store, "brand": brand})
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOME_SECRET", CANARIES["environment"])
        patch.setenv("HF_TOKEN", CANARIES["hub-token"])
        server = build_for_test(Fragile(settings), root)
        with TestClient(server, base_url=BASE, raise_server_exceptions=False) as client:
            yield client, server.state.desk, Workspace(root, settings)
        server.state.desk.store.dispose()


def found_in(*texts):
    whole = "\n".join(texts)
    return [name for name, canary in CANARIES.items() if canary in whole]


def ask(client, **more):
    messages = [
        {"role": "user", "content": f"Before: {CANARIES['history']}"},
        {"role": "user", "content": f"Should I merge {CANARIES['question']}?"},
    ]
    return client.post("/v1/chat/completions", json={"messages": messages, **more})


def test_no_secret_is_on_a_page_in_an_error_in_the_log_or_in_the_settings(planted, caplog):
    client, desk, workspace = planted
    caplog.set_level(logging.INFO)  # below it is what a person who looks for a fault turns on
    told = {"X-Secret": CANARIES["header"]}
    answers = [ask(client), ask(client, stream=True), ask(client, n=5), ask(client, model="none")]
    seen = [client.get(path, headers=told).text for path in PAGES]
    seen += [answer.text for answer in answers]
    token, key = create_key(desk.store, "site")
    told = {"Authorization": f"Bearer {token}x"}
    seen += [client.get(path, headers=told).text for path in PAGES]
    seen += [repr(workspace.settings), workspace.settings.model_dump_json(exclude={"brand"})]
    seen.append(describe_store(workspace))
    with desk.store.begin() as connection:
        connection.exec_driver_sql("DELETE FROM api_keys")

    assert answers[0].status_code == 200
    assert found_in(caplog.text) == []
    assert [name for name in found_in(*seen) if name != "prompt"] == []
    assert found_in(*seen[: 2 * len(PAGES) + len(answers)]) == []
    assert token not in "".join(seen) + caplog.text
    assert key.hint not in "".join(seen)


def test_the_database_holds_a_keys_hash_and_no_setting(planted):
    _, desk, workspace = planted
    token, _ = create_key(desk.store, "other")
    written = b"".join(path.read_bytes() for path in workspace.root.glob("*.db*"))
    with desk.store.begin() as connection:
        connection.exec_driver_sql("DELETE FROM api_keys")

    for secret in (token, CANARIES["model-key"], CANARIES["environment"], CANARIES["hub-token"]):
        assert secret.encode() not in written


BREAKABLE = [
    "/healthz",
    "/metrics",
    "/v1/models",
    "/v1/models/base",
    "/brand/page.css",
    "/embed.js",
    "/",
]


@pytest.mark.parametrize("path", BREAKABLE)
def test_a_bug_on_any_route_is_told_by_an_id_alone(planted, caplog, path):
    client, desk, _ = planted
    desk.assistant.broken = True
    try:
        response = client.get(path)
    finally:
        desk.assistant.broken = False

    assert found_in(response.text) == []
    assert not any(mark in response.text for mark in ("Traceback", "RuntimeError", ".py", "/tmp"))
    assert response.status_code == 500
    if path != "/":  # it breaks while it is dressed, outside the error pages, and says less
        (bug,) = [r for r in caplog.records if r.getMessage().endswith("broke off")]
        assert bug.getMessage().split()[1] in response.text


@pytest.mark.parametrize("stream", [False, True])
def test_a_bug_in_an_answer_is_told_by_its_id_alone(planted, stream):
    client, desk, _ = planted
    desk.assistant.broken = True
    try:
        response = ask(client, stream=stream)
    finally:
        desk.assistant.broken = False

    assert found_in(response.text) == []
    assert "Traceback" not in response.text
