"""The same fifty conversations through each engine: the same written, the same shown."""

import dataclasses
import threading
from itertools import product

import pytest

from assistant.base import Base
from assistant.engines.llamacpp import LlamaCppEngine
from assistant.engines.openai import OpenAIEngine
from assistant.engines.transformers import TransformersEngine
from assistant.records import Message
from serve.heard import HeardEngine
from tests.fakes import make_assistant
from tests.tiny_models import TEMPLATE, make_base, make_tokenizer, write_base_gguf

SUBJECTS = ("the rank", "a template", "thirty answers", "a test", "the press in Lisbon")
FORMS = (
    "What do you say about {0}?",
    "tell me about {0}",
    "How much does {0} cost?",
    "Why {0}?",
    "And what about {0}?",
)
EARLIER = (
    Message("user", "What does a rank cost?"),
    Message("assistant", "Raising the rank makes training slower. [1]"),
)
CONVERSATIONS = [
    (history, form.format(subject))
    for form, subject, history in product(FORMS, SUBJECTS, ((), EARLIER))
]
# One token a character: a prompt of 960 and 48 to write fit in what the model reads.
ROOM = {"retrieval": {"prompt_tokens": 960, "answer_tokens": 48}}


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """A folder with a random base, for transformers and as GGUF in f32."""
    folder = tmp_path_factory.mktemp("fifty")
    make_base(folder / "base")
    write_base_gguf(folder / "base", folder / "base.gguf")
    return folder


@pytest.fixture(scope="module")
def server(model):
    """The address of llama.cpp's own HTTP server on the same weights, as exact as in process."""
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path, params.model_alias = str(model / "base.gguf"), {"tiny"}
    params.n_ctx, params.n_parallel, params.port, params.verbosity = 1024, 1, 0, -1
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
    params.cache_type_k = params.cache_type_v = xllamacpp.ggml_type.GGML_TYPE_F32
    params.flash_attn_type = xllamacpp.llama_flash_attn_type.LLAMA_FLASH_ATTN_TYPE_DISABLED
    params.chat_template = TEMPLATE
    running = xllamacpp.Server(params)
    yield f"{running.listening_address}/v1"
    del running


@pytest.mark.slow
def test_each_engine_writes_and_shows_the_same(tmp_path, model, server):
    tokenizer = make_tokenizer()
    assistant = dataclasses.replace(make_assistant(tmp_path, **ROOM), tokenizer=tokenizer)
    engines = (
        TransformersEngine(Base("tiny", "", str(model / "base")), tokenizer, {}),
        LlamaCppEngine(
            model / "base.gguf", tokenizer, {}, context_tokens=1024, threads=1, exact=True
        ),
        OpenAIEngine(server, base_model="tiny"),
    )
    told = []
    for engine in engines:
        heard = [HeardEngine(engine, tokenizer, threading.Event()) for _ in CONVERSATIONS]
        answers = [
            assistant.with_engine(one).answer(question, history)
            for one, (history, question) in zip(heard, CONVERSATIONS, strict=True)
        ]
        told.append(
            [(one.written, answer.text) for one, answer in zip(heard, answers, strict=True)]
        )

    assert len(told[0]) == 50
    assert sum(bool(written) for written, _ in told[0]) == 50
    assert told[1] == told[0]
    assert told[2] == told[0]
