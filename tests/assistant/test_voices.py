"""Several adapters on one loaded base, on both engines: the same text, and nothing of another's."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from assistant.base import Base
from assistant.engines.llamacpp import LlamaCppEngine
from assistant.engines.transformers import TransformersEngine
from assistant.gguf_adapter import AttentionShape, write_gguf_adapter
from assistant.records import Message
from tests.tiny_models import (
    N_HEADS,
    N_KV_HEADS,
    make_adapter,
    make_base,
    make_tokenizer,
    write_base_gguf,
)

LONG = "the same long beginning of a prompt, which a cache would keep, " * 3
PROMPTS = [[Message("system", LONG), Message("user", f"question {n}?")] for n in range(2)]
LORA = {
    "a": {},
    "b": {"rank_pattern": {"up_proj": 2}, "alpha_pattern": {"up_proj": 9, "q_proj": 3}},
    "c": {"use_rslora": True},
}


@pytest.fixture(scope="module", autouse=True)
def _one_thread():
    """Threads only wait for each other on a model of two layers."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def make_family(folder, family, names):
    """Return a folder with a random base and adapters beside it, each also as GGUF."""
    base = make_base(folder / "base", family)
    write_base_gguf(base, folder / "base.gguf")
    shape = AttentionShape(family, N_HEADS, N_KV_HEADS)
    for seed, name in enumerate(names):
        make_adapter(base, folder / name, seed, **LORA[name])
        write_gguf_adapter(folder / name, shape, folder / f"{name}.gguf")
    return folder


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return make_family(tmp_path_factory.mktemp("llama"), "llama", LORA)


def open_transformers(folder, names):
    base = Base("tiny", "", str(folder / "base"))
    return TransformersEngine(base, make_tokenizer(), {name: folder / name for name in names})


def open_llamacpp(folder, names):
    return LlamaCppEngine(
        folder / "base.gguf",
        make_tokenizer(),
        {name: folder / f"{name}.gguf" for name in names},
        context_tokens=512,
        threads=1,
        exact=True,
    )


def write(engine, prompt, adapter, tokens=16):
    return "".join(engine.stream(prompt, adapter=adapter, max_tokens=tokens))


@pytest.fixture(scope="module")
def expected(model):
    """What each voice says to each prompt, each from a model loaded for it alone."""
    said = {}
    for name in (None, *LORA):
        alone = open_transformers(model, [name] if name else [])
        said |= {(name, n): write(alone, prompt, name) for n, prompt in enumerate(PROMPTS)}
    return said


def test_each_voice_says_something_else(expected):
    assert len({expected[name, 0] for name in (None, *LORA)}) == 4


@pytest.fixture(scope="module", params=[open_transformers, open_llamacpp])
def engine(request, model):
    return request.param(model, LORA)


def test_interleaved_requests_give_each_voice_its_own_text(engine, expected):
    order = [(name, n) for n in range(2) for name in (None, "a", "b", "c")]
    order += [(name, n) for name in ("c", None, "a") for n in (1, 0)]

    said = [write(engine, PROMPTS[n], name) for name, n in order]

    assert said == [expected[key] for key in order]


def test_requests_at_once_give_each_voice_its_own_text(engine, expected):
    order = [(name, n) for n in range(2) for name in ("a", None, "b", "c")]

    with ThreadPoolExecutor(4) as visitors:
        said = list(visitors.map(lambda key: write(engine, PROMPTS[key[1]], key[0]), order))

    assert said == [expected[key] for key in order]


def test_a_request_that_ends_early_leaves_its_slot_free(engine, expected):
    pieces = engine.stream(PROMPTS[0], adapter="a", max_tokens=16)
    next(pieces)
    pieces.close()

    assert write(engine, PROMPTS[0], "a") == expected["a", 0]


@pytest.mark.slow
@pytest.mark.parametrize("family", ["mistral", "qwen2", "qwen3"])
def test_another_family_gives_the_same_text_on_both_engines(tmp_path, family):
    folder = make_family(tmp_path, family, ["b"])

    engines = (open_transformers(folder, ["b"]), open_llamacpp(folder, ["b"]))
    texts = [[write(engine, PROMPTS[0], voice) for voice in (None, "b")] for engine in engines]

    assert texts[0] == texts[1]
    assert texts[0][0] != texts[0][1]
