"""Question writers: paced, tried again, remembered; over a stub and over real llama.cpp."""

import json

import httpx
import pytest

from assistant.engines.llamacpp import LlamaCppEngine
from assistant.errors import AssistantError
from assistant.pair_settings import QuestionSettings
from assistant.records import Passage
from ingest.pairs.openai_writer import OpenAIWriter
from ingest.pairs.writers import CachedWriter, GeneratorWriter, make_request, read_questions
from tests.fakes import FakeTokenizer, ScriptedGenerator
from tests.tiny_gguf import write_tiny_gguf


@pytest.fixture(scope="module")
def tiny_gguf(tmp_path_factory):
    return write_tiny_gguf(tmp_path_factory.mktemp("model") / "tiny.gguf")


@pytest.fixture(scope="module")
def llama_server(tiny_gguf):
    """The address of llama.cpp's own server, whose key is `right`."""
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path, params.model_alias = str(tiny_gguf), {"tiny"}
    params.n_ctx, params.n_parallel, params.port = 2048, 1, 0
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
    params.api_keys, params.verbosity = ["right"], -1
    server = xllamacpp.Server(params)
    yield f"{server.listening_address}/v1"
    del server


@pytest.fixture
def over_http(llama_server, monkeypatch):
    """A function that opens a writer with a key, as masthead.yaml would have it."""

    opened = []

    def open_writer(key):
        monkeypatch.setenv("MY_KEY", key)
        settings = QuestionSettings(
            writer="openai", url=llama_server, model="tiny", key_variable="MY_KEY", per_minute=6000
        )
        opened.append(OpenAIWriter.from_settings(settings, reply_tokens=4))
        return opened[-1]

    yield open_writer
    for one in opened:
        one.client.close()


class Server:
    """Gives its replies in turn and keeps what it was asked."""

    def __init__(self, *replies):
        self.replies = list(replies)
        self.asked = []

    def __call__(self, request):
        self.asked.append(json.loads(request.content))
        reply = self.replies.pop(0)
        if isinstance(reply, Exception):
            raise reply
        return reply


class Clock:
    def __init__(self):
        self.now, self.slept = 0.0, []

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.now += seconds


def answer(text):
    body = {"choices": [{"message": {"content": text}}], "usage": {"total_tokens": 12}}
    return httpx.Response(200, json=body)


@pytest.fixture
def clock():
    return Clock()


def writer(server, clock, per_minute=6000):
    client = httpx.Client(base_url="http://x/v1/", transport=httpx.MockTransport(server))
    return OpenAIWriter(client, "m", per_minute, sleep=clock.sleep, clock=lambda: clock.now)


def test_a_busy_server_is_asked_again_as_late_as_it_says(clock):
    busy = httpx.Response(429, headers={"retry-after": "7"})
    server = Server(busy, httpx.ConnectError("gone"), answer("Why is it so?"))
    one = writer(server, clock)

    assert one.write("ask") == "Why is it so?"
    assert clock.slept == [7.0, 2.0]
    assert (one.requests, one.tokens) == (1, 12)


def test_a_server_that_stays_busy_ends_the_run_and_says_how_to_go_on(clock):
    server = Server(*[httpx.Response(503) for _ in range(5)])

    with pytest.raises(AssistantError, match="status 503.*run the same command again"):
        writer(server, clock).write("ask")


@pytest.mark.parametrize(
    ("response", "match"),
    [
        (httpx.Response(401, text="no"), "says 401"),
        (httpx.Response(200, json={"x": 1}), "no chat completion"),
        (httpx.Response(200, text="<html>"), "no chat completion"),
    ],
    ids=["key", "shape", "page"],
)
def test_a_wrong_server_is_told_at_once(clock, response, match):
    with pytest.raises(AssistantError, match=match):
        writer(Server(response), clock).write("ask")


def test_requests_keep_their_pace(clock):
    one = writer(Server(*[answer("q") for _ in range(3)]), clock, per_minute=30)

    for _ in range(3):
        one.write("ask")

    assert clock.slept == [2.0, 2.0]


def test_a_stopped_run_goes_on_from_the_cache(tmp_path, clock):
    path = tmp_path / "questions.jsonl"
    first = writer(Server(answer("One?"), *[httpx.Response(500) for _ in range(5)]), clock)
    cached = CachedWriter(first, path)
    cached.write("a")
    with pytest.raises(AssistantError, match="status 500"):
        cached.write("b")
    with open(path, "ab") as handle:
        handle.write(b'{"key": "cut')

    server = Server(answer("Two?"))
    again = CachedWriter(writer(server, clock), path)

    assert [again.write("a"), again.write("b")] == ["One?", "Two?"]
    assert [asked["messages"][0]["content"] for asked in server.asked] == ["b"]


def test_llama_cpp_answers_over_http_and_its_tokens_are_counted(over_http, tmp_path):
    one = over_http("right")
    cached = CachedWriter(one, tmp_path / "questions.jsonl")

    reply = cached.write("Why?")

    assert reply
    # A token is a byte, a mark of a role one ("<", ">"); the reply takes the 4 it may.
    prompt = "<user\nWhy?>\n<assistant\n"
    assert (one.requests, one.tokens) == (1, len(prompt) + 4)
    assert CachedWriter(over_http("right"), tmp_path / "questions.jsonl").write("Why?") == reply


def test_llama_cpp_refuses_a_wrong_key_and_the_key_is_not_told(over_http):
    with pytest.raises(AssistantError, match="says 401.*Invalid API Key.*correct url") as refused:
        over_http("wrong-key").write("Why?")
    assert "wrong-key" not in str(refused.value)


def test_a_real_engine_writes_as_the_base_and_the_same_twice(tiny_gguf):
    engine = LlamaCppEngine(tiny_gguf, ByteTokens(), {}, context_tokens=256, threads=1)

    first, second = (GeneratorWriter(engine, reply_tokens=4).write("Why?") for _ in range(2))

    assert first
    assert first == second
    assert GeneratorWriter(engine).name == "base:llamacpp"


class ByteTokens(FakeTokenizer):
    """The ids of the tiny model: a printable byte is its place in the sorted alphabet."""

    def render(self, messages):
        return [ord(c) - ord("!") for m in messages for c in m.content if "!" <= c <= "~"]


def test_the_base_model_writes_without_an_adapter():
    engine = ScriptedGenerator(["Why ", "is it?"])

    assert GeneratorWriter(engine).write("ask") == "Why is it?"
    assert engine.adapters == [None]


def test_only_questions_that_stand_alone_are_taken():
    reply = (
        "1. What does a flat index keep?\n- Why is the index flat?\nWhat does the passage say?\n"
        "Flat indexes are old.\nWhy?\nHow are cats fed here?"
    )

    assert read_questions(reply, "A flat index keeps every vector.") == [
        "What does a flat index keep?",
        "Why is the index flat?",
    ]


def test_a_request_holds_the_passage_and_its_place():
    passage = Passage("p", "a", "Text of it.", ("Heading",))

    assert make_request(passage, "Title").endswith("Title > Heading\n\nText of it.")
