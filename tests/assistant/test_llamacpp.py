import threading

import pytest

from assistant.engines.llamacpp import LlamaCppEngine
from assistant.errors import AssistantError, ModelMissing
from assistant.records import Message
from tests.fakes import FakeTokenizer


def test_a_model_that_is_gone_is_named(tmp_path):
    with pytest.raises(ModelMissing, match=r"base\.gguf is missing; the model or adapter cannot"):
        LlamaCppEngine(tmp_path / "base.gguf", FakeTokenizer(), {}, context_tokens=64)


@pytest.fixture(scope="module")
def starter():
    from assistant.starter import prepare_serving
    from assistant.tokenizer import load_tokenizer

    folder = prepare_serving()
    return LlamaCppEngine(
        folder / "serve.gguf", load_tokenizer(folder), {}, context_tokens=512, parallel=1
    )


ASK = [Message("system", "You are helpful."), Message("user", "Count from one to forty.")]


@pytest.mark.slow
def test_the_starter_streams_the_same_text_twice(starter):
    first, second = (list(starter.stream(ASK, adapter=None, max_tokens=24)) for _ in range(2))

    assert len(first) > 3
    assert "".join(first).strip()
    assert "".join(first) == "".join(second)


@pytest.mark.slow
def test_closing_the_stream_frees_the_engine_at_once(starter):
    pieces = starter.stream(ASK, adapter=None, max_tokens=400)
    next(pieces)
    pieces.close()

    assert list(starter.stream(ASK, adapter=None, max_tokens=2))
    assert threading.active_count() < 20


@pytest.mark.slow
def test_an_adapter_that_was_not_loaded_is_named(starter):
    with pytest.raises(AssistantError, match="adapter x is not loaded; loaded: none"):
        next(starter.stream(ASK, adapter="x", max_tokens=2))
