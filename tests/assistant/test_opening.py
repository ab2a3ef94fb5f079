import pytest

from assistant.errors import ConfigError
from assistant.opening import pick_engine
from tests.fakes import make_workspace

HUB = {"base": "acme/model", "revision": "c0ffee"}


@pytest.mark.parametrize(
    ("models", "asked", "engine"),
    [
        ({}, "", "llamacpp"),
        ({}, "transformers", "transformers"),
        ({"engine": "transformers"}, "", "transformers"),
        ({"engine": "transformers"}, "llamacpp", "llamacpp"),
        (HUB, "", "transformers"),
        ({**HUB, "gguf": "model.gguf"}, "", "llamacpp"),
        ({"engine": "openai", "url": "http://127.0.0.1:1/v1"}, "", "openai"),
    ],
    ids=[
        "starter",
        "asked for",
        "set",
        "asked for over set",
        "hub model",
        "hub model and GGUF",
        "a server",
    ],
)
def test_llama_cpp_serves_where_there_is_a_gguf(tmp_path, models, asked, engine):
    assert pick_engine(make_workspace(tmp_path, models=models), asked) == engine


@pytest.mark.parametrize(
    ("models", "asked", "says"),
    [
        ({}, "cuda", "cuda is not an engine; use one of auto, transformers"),
        (HUB, "llamacpp", "llamacpp needs a GGUF of acme/model; set models.gguf"),
        ({}, "openai", "openai needs models.url, an OpenAI-compatible server"),
    ],
)
def test_an_engine_that_cannot_be_is_refused(tmp_path, models, asked, says):
    with pytest.raises(ConfigError, match=says):
        pick_engine(make_workspace(tmp_path, models=models), asked)
