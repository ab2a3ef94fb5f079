"""The openai engine against a small server that fails in every way, and a real llama.cpp."""

import json
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from assistant.config import parse_settings
from assistant.engines.openai import OpenAIEngine
from assistant.errors import AssistantError, Busy, ConfigError, ModelMissing
from assistant.records import Message

ASK = [Message("system", "You are helpful."), Message("user", "Count to three.")]


def piece(text=None, finish=None):
    delta = {} if text is None else {"content": text}
    return {"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}


def as_stream(*events, done=True):
    lines = [e if isinstance(e, str) else f"data: {json.dumps(e)}" for e in events]
    return "\n\n".join([*lines, *(["data: [DONE]"] if done else [])]) + "\n\n"


GOOD = as_stream(
    ": hello", piece(""), piece("One, "), piece("two,"), piece(" three."), piece(finish="stop")
)


class Fake(ThreadingHTTPServer):
    """A server that says what it was given, a slice at a time, and keeps what it was asked."""

    daemon_threads = True

    def __init__(self, status, body, models, pause_s):
        super().__init__(("127.0.0.1", 0), Handler)
        self.status, self.body, self.models, self.pause_s = status, body, models, pause_s
        self.asked, self.keys = [], []
        self.left = threading.Event()
        self.url = f"http://127.0.0.1:{self.server_address[1]}/v1"


class Handler(BaseHTTPRequestHandler):
    server: Fake

    def log_message(self, *_):
        pass

    def reply(self, status, kind):
        self.server.keys.append(self.headers.get("Authorization"))
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Connection", "close")
        if status == 302:
            self.send_header("Location", "http://127.0.0.1:1/stolen")
        self.end_headers()

    def do_GET(self):
        self.reply(self.server.status, "application/json")
        self.wfile.write(json.dumps(self.server.models).encode())

    def do_POST(self):
        length = int(self.headers["Content-Length"])
        self.server.asked.append(json.loads(self.rfile.read(length)))
        self.reply(self.server.status, "text/event-stream")
        body = self.server.body.encode()
        try:
            step = 7 if len(body) < 50_000 else 10_000
            for start in range(0, len(body), step):
                self.wfile.write(body[start : start + step])
                self.wfile.flush()
                time.sleep(self.server.pause_s)
        except OSError:
            self.server.left.set()


@contextmanager
def fake(body=GOOD, *, status=200, models=None, pause_s=0.0):
    listed = models or {"data": [{"id": "base"}, {"id": "may"}]}
    with Fake(status, body, listed, pause_s) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def open_engine(server, **settings):
    return OpenAIEngine(server.url, base_model="base", adapters=["may"], **settings)


def write(engine, adapter=None):
    return list(engine.stream(ASK, adapter=adapter, max_tokens=32))


def test_text_comes_piece_by_piece_though_events_are_cut_anywhere():
    with fake() as server:
        assert write(open_engine(server, api_key="sk-1")) == ["One, ", "two,", " three."]

    assert server.asked == [
        {
            "model": "base",
            "messages": [
                {"role": "system", "content": "You are helpful."},
                {"role": "user", "content": "Count to three."},
            ],
            "max_tokens": 32,
            "temperature": 0.0,
            "top_p": 1.0,
            "seed": 7,
            "stream": True,
        }
    ]
    assert server.keys == ["Bearer sk-1"]


def test_an_adapter_is_a_model_of_the_server():
    with fake() as server:
        write(open_engine(server), adapter="may")

        assert server.asked[0]["model"] == "may"
        with pytest.raises(AssistantError, match="adapter june is not loaded; loaded: may"):
            write(open_engine(server), adapter="june")


def test_closing_the_iterator_ends_the_servers_work():
    endless = as_stream(*[piece("word ")] * 500)
    with fake(endless, pause_s=0.005) as server:
        pieces = open_engine(server).stream(ASK, adapter=None, max_tokens=32)
        assert next(pieces) == "word "
        pieces.close()

        assert server.left.wait(3)


FAILURES = {
    "bad key": (401, '{"error": {"message": "Invalid\\nkey"}}', r"answered 401: Invalid key"),
    "no model": (404, '{"error": "no such model"}', "answered 404: no such model"),
    "not JSON": (500, "<html>oops</html>", r"answered 500$"),
    "a list": (500, "[1]", r"answered 500$"),
    "redirect": (302, "", r"answered 302$"),
    "empty": (200, "", "ended before the answer did; ask again"),
    "cut off": (200, as_stream(piece("One, "), done=False), "ended before the answer did"),
    "nonsense": (200, "data: {not json\n\n", "something else than a chat completion"),
    "other JSON": (200, as_stream({"text": "x"}), "something else than a chat completion"),
    "a number": (200, "data: 5\n\n", "something else than a chat completion"),
    "error inside": (200, as_stream({"error": {"message": "CUDA out"}}), "broke off: CUDA out"),
    "endless line": (200, "x" * 70_000, "a line without end"),
}  # fmt: skip


@pytest.mark.parametrize(("status", "body", "says"), FAILURES.values(), ids=FAILURES)
def test_a_server_that_fails_is_one_line_that_names_it(status, body, says):
    with fake(body, status=status) as server, pytest.raises(AssistantError, match=says) as raised:
        write(open_engine(server, api_key="sk-secret"))

    assert "\n" not in str(raised.value)
    assert "sk-secret" not in str(raised.value)


@pytest.mark.parametrize("status", [429, 503])
def test_a_server_that_is_busy_is_told_from_one_that_is_broken(status):
    with fake("{}", status=status) as server, pytest.raises(Busy, match=f"answered {status}"):
        write(open_engine(server))


def test_a_server_that_says_nothing_is_given_up():
    with fake(GOOD, pause_s=0.6) as server:
        with pytest.raises(AssistantError, match=r"said nothing for 0\.2 s; look at that server"):
            write(open_engine(server, timeout_s=0.2))


def test_a_server_that_is_not_there_is_told_at_the_start():
    engine = OpenAIEngine("http://127.0.0.1:1/v1", base_model="base")

    with pytest.raises(ModelMissing, match="cannot be reached .*; start that server or correct"):
        engine.check()
    with pytest.raises(AssistantError, match="cannot be reached"):
        write(engine)


@pytest.mark.parametrize(
    ("models", "status", "says"),
    [
        ({"data": [{"id": "base"}]}, 200, "does not serve may; it serves base"),
        ({"data": []}, 200, "does not serve base; it serves none"),
        ({"models": 5}, 200, "does not list models; models.url must end where"),
        ({"data": 5}, 200, "does not list models"),
        ({"error": {"message": "no"}}, 403, "answered 403: no; check models.api_key"),
    ],
)
def test_a_server_without_the_models_is_refused_at_the_start(models, status, says):
    with fake(models=models, status=status) as server:
        with pytest.raises(ModelMissing, match=says):
            open_engine(server).check()


def test_a_server_with_the_models_passes():
    with fake() as server:
        open_engine(server).check()

    assert server.asked == []


def read_settings(**models):
    raw = {"brand": {"name": "B"}, "sources": [{"folder": "a"}], "models": models}
    return parse_settings(raw, "masthead.yaml").models


def test_the_key_comes_from_the_environment_and_is_shown_nowhere(monkeypatch):
    monkeypatch.setenv("THE_KEY", "sk-canary")
    models = read_settings(engine="openai", url="http://h/v1", api_key="${THE_KEY}")

    assert models.api_key.get_secret_value() == "sk-canary"
    assert "sk-canary" not in repr(models) + models.model_dump_json()


def test_a_key_that_the_environment_lacks_is_named(monkeypatch):
    monkeypatch.delenv("THE_KEY", raising=False)

    with pytest.raises(ConfigError, match="models.api_key: the environment has no THE_KEY; set it"):
        read_settings(api_key="${THE_KEY}")


@pytest.fixture(scope="module")
def llama():
    """A real llama.cpp server on the starter model; its URL."""
    import xllamacpp

    from assistant.starter import prepare_serving

    params = xllamacpp.CommonParams()
    params.model.path = str(prepare_serving() / "serve.gguf")
    params.n_ctx, params.n_parallel, params.verbosity = 1024, 2, -1
    params.model_alias = {"starter"}
    params.api_keys = ["sk-llama"]
    server = xllamacpp.Server(params)
    yield f"{server.listening_address}/v1"
    del server


@pytest.mark.slow
def test_a_real_llama_cpp_server_writes_the_same_as_the_one_in_process(llama):
    from assistant.engines.llamacpp import LlamaCppEngine
    from assistant.starter import prepare_serving
    from assistant.tokenizer import load_tokenizer

    engine = OpenAIEngine(llama, base_model="starter", api_key="sk-llama")
    engine.check()
    folder = prepare_serving()
    inside = LlamaCppEngine(
        folder / "serve.gguf", load_tokenizer(folder), {}, context_tokens=512, parallel=1
    )

    over_http = list(engine.stream(ASK, adapter=None, max_tokens=24))

    assert len(over_http) > 5
    assert "".join(over_http) == "".join(inside.stream(ASK, adapter=None, max_tokens=24))


@pytest.mark.slow
def test_a_real_server_refuses_a_wrong_key_and_is_left_in_time(llama):
    with pytest.raises(ModelMissing, match="answered 401"):
        OpenAIEngine(llama, base_model="starter", api_key="wrong").check()

    engine = OpenAIEngine(llama, base_model="starter", api_key="sk-llama")
    pieces = engine.stream(ASK, adapter=None, max_tokens=900)
    next(pieces)
    pieces.close()
    began = time.perf_counter()
    list(engine.stream(ASK, adapter=None, max_tokens=4))
    assert time.perf_counter() - began < 5
