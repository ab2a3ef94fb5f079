"""Every field of a request, what it may hold, and how quickly the rest is turned away."""

import inspect
import json
import time

import pytest
from openai.resources.chat.completions import Completions
from pydantic import ValidationError

from assistant.length import Length
from assistant.records import Message
from serve.api.schema import HISTORY, MAX_MESSAGES, ChatRequest
from tests.serve.fake_assistant import FakeAssistant

USER = {"role": "user", "content": "Why?"}
OF_THE_CLIENT = {"self", "extra_headers", "extra_query", "extra_body", "timeout"}


def read(**fields):
    return ChatRequest.model_validate({"messages": [USER], **fields})


def test_every_parameter_of_the_official_client_is_known():
    sent = set(inspect.signature(Completions.create).parameters) - OF_THE_CLIENT

    assert sent - set(ChatRequest.model_fields) == set()


HARMLESS = {
    "temperature": 0.2, "top_p": 0.9, "frequency_penalty": -2, "presence_penalty": 2.0, "seed": 7,
    "n": 1, "logprobs": False, "logit_bias": {"50256": -100}, "user": "u", "metadata": {"a": "b"},
    "stop": None, "tools": [], "tool_choice": "none", "response_format": {"type": "text"},
    "modalities": ["text"], "reasoning_effort": "low", "service_tier": "auto", "store": True,
    "parallel_tool_calls": True, "max_tokens": 50, "max_completion_tokens": 20,
}  # fmt: skip


def test_what_clients_send_by_habit_is_accepted():
    assert read(**HARMLESS).most_tokens == 20


HUGE = [10**400, 1e308, -1, -1e308]
BAD = {
    "messages": [
        [], "x", None, [USER] * (MAX_MESSAGES + 1), [{"role": "tool", "content": "x"}],
        [{"role": "user"}], [{"role": "user", "content": ""}], [{"role": "user", "content": 5}],
        [{"role": "user", "content": "x" * 2_001}], [{"role": "assistant", "content": "x"}],
        [{"role": "user", "content": "x" * 32_001}, USER],
        [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "http://a"}}]}],
        [{"role": "user", "content": [{"type": "text", "text": "x"}] * 33}],
        [{**USER, "tool_calls": [{}]}], [{**USER, "prompt_embeds": "x"}],
    ],
    "model": [5, None, "x" * 257, ["base"]],
    "n": [0, 2, 10**6, -1, 1.5, "1", True],
    "max_tokens": [0, 1.5, "5", 10**7, *HUGE],
    "max_completion_tokens": [0, -1, 10**400],
    "temperature": [-0.1, 2.1, "1", *HUGE],
    "top_p": [-0.1, 1.1, *HUGE],
    "frequency_penalty": [-2.1, 2.1, "x"],
    "presence_penalty": [-2.1, 2.1],
    "seed": [2**63, 0.5, "x"],
    "stop": ["x", ["x"], ["x"] * 5, "x" * 10_000, 5],
    "logit_bias": [{"1": 101}, {str(n): 1 for n in range(301)}, {"1": "x"}, []],
    "logprobs": [True, 1],
    "top_logprobs": [1, -1, 10**9],
    "metadata": [{str(n): "x" for n in range(17)}, {"k" * 65: "x"}, "x"],
    "response_format": [{"type": "json_object"}, {"type": "json_schema", "json_schema": {}}],
    "tools": [[{"type": "function"}], "x"],
    "tool_choice": ["required", {"type": "function"}],
    "modalities": [["audio"], ["text", "audio"]],
    "audio": [{"voice": "a"}],
    "stream": ["yes", 1, "true"],
    "stream_options": [{"include_usage": "yes"}, {"x": 1}, {"include_usage": True}],
    "verbosity": ["lots", 1],
    "user": ["x" * 257, 5],
    "strem": [True],
    "prompt_embeds": ["gASV"],
    "lora_path": ["/etc/passwd"],
}  # fmt: skip
CASES = [(field, value) for field, values in BAD.items() for value in values]


@pytest.mark.parametrize(("field", "value"), CASES, ids=lambda v: str(v)[:40])
def test_a_value_out_of_bounds_is_refused(field, value):
    with pytest.raises(ValidationError) as raised:
        read(**{field: value})
    assert raised.value.error_count() >= 1


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    from contextlib import contextmanager

    import httpx

    from tests.serve.building import build_api_for_test, running

    @contextmanager
    def started():
        built = build_api_for_test(FakeAssistant(), tmp_path_factory.mktemp("w"))
        with running(built) as url, httpx.Client(base_url=url, timeout=20) as http:
            yield http
        built.state.desk.store.dispose()

    with started() as http:
        yield http


def test_each_is_told_in_openais_shape_and_quickly(server):
    seconds = []
    for field, value in CASES:
        body = json.dumps({"messages": [USER], field: value})
        began = time.perf_counter()
        reply = server.post("/v1/chat/completions", content=body)
        seconds.append(time.perf_counter() - began)

        assert reply.status_code in (400, 422), (field, value)
        error = reply.json()["error"]
        assert set(error) == {"message", "type", "param", "code"}
        assert error["type"] == "invalid_request_error"
        assert "\n" not in error["message"]
        assert len(error["message"]) < 300

    assert sorted(seconds)[len(seconds) // 2] < 0.05


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"null", b"[]", b'"x"', b"[" * 100_000, b'{"a":' * 50_000, b"\xff\xfe",
        b'{"messages": [{"role": "user", "content": "x"}], "temperature": NaN}',
        b'{"messages": [{"role": "user", "content": "x"}], "temperature": Infinity}',
        b'{"messages": [{"role": "user", "content": "x"}], "temperature": 1e999}',
        b'{"messages": [{"role": "user", "content": "\\ud800"}]}',
    ],
    ids=lambda body: body[:24],
)  # fmt: skip
def test_a_body_that_is_no_request_is_refused(server, body):
    reply = server.post("/v1/chat/completions", content=body)

    assert reply.status_code in (400, 422)
    assert reply.json()["error"]["type"] == "invalid_request_error"


def test_a_misspelt_parameter_names_the_nearest(server):
    reply = server.post("/v1/chat/completions", json={"messages": [USER], "strem": True})

    assert reply.json()["error"]["message"] == "strem is not a parameter; did you mean stream?"


def test_a_body_may_have_half_a_megabyte_and_no_more(server):
    reply = server.post("/v1/chat/completions", content=b" " * 524_289)

    assert (reply.status_code, reply.json()["error"]["code"]) == (413, "too_long")


def test_history_is_the_newest_turns_without_system_messages():
    turns = [{"role": r, "content": f"{r}{n}"} for n in range(20) for r in ("user", "assistant")]

    request = read(messages=[{"role": "system", "content": "s"}, *turns, USER])

    assert len(request.history) == HISTORY
    assert request.history[-1] == Message("assistant", "assistant19")


@pytest.mark.parametrize(
    ("verbosity", "length"),
    [(None, Length.NORMAL), ("low", Length.SHORT), ("high", Length.DETAILED)],
)
def test_verbosity_is_a_length(verbosity, length):
    assert read(verbosity=verbosity).length is length
