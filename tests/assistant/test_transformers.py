"""What is set under `models.decoding` reaches transformers, on a random model of two layers."""

import pytest

from assistant.base import find_base, load_base_tokenizer
from assistant.opening import open_voices
from assistant.records import Message
from tests.fakes import make_workspace
from tests.tiny_models import make_base

PROMPT = [Message("user", "the beginning of a prompt, " * 6)]
TOKENS = 16  # a character each


@pytest.fixture(scope="module")
def write(tmp_path_factory):
    """Return what writes as a workspace with these settings does."""
    root = tmp_path_factory.mktemp("tiny")
    folder = str(make_base(root / "base"))
    engines = {}

    def write_with(tokens=TOKENS, **decoding):
        key = tuple(decoding.items())
        if key not in engines:
            models = {"base": folder, "engine": "transformers", "decoding": decoding}
            workspace = make_workspace(root, models=models)
            base = find_base(workspace.settings.models)
            engines[key] = open_voices(workspace, base, load_base_tokenizer(base)).engine
        return "".join(engines[key].stream(PROMPT, adapter=None, max_tokens=tokens))

    return write_with


def test_without_a_temperature_the_seed_and_the_share_change_nothing(write):
    likeliest = write()

    assert len(likeliest) == TOKENS
    assert write(seed=8) == likeliest
    assert write(top_p=0.2) == likeliest


def test_with_a_temperature_a_seed_is_one_text_and_another_seed_another(write):
    said = [write(temperature=1.5, seed=seed) for seed in (1, 2, 3)]

    assert [write(temperature=1.5, seed=seed) for seed in (1, 2, 3)] == said
    assert len({*said, write()}) == 4


@pytest.mark.parametrize("near", [{"temperature": 1e-4}, {"temperature": 2.0, "top_p": 1e-6}])
def test_the_likeliest_is_left_where_little_else_may_be_chosen(write, near):
    assert write(**near) == write()


def test_a_share_leaves_out_what_is_unlikely(write):
    free = {write(1, temperature=2.0, seed=seed) for seed in range(6)}
    bound = {write(1, temperature=2.0, top_p=0.1, seed=seed) for seed in range(6)}

    assert len(bound) < len(free)


@pytest.mark.parametrize("tokens", [1, 5])
def test_no_more_tokens_come_than_were_asked_for(write, tokens):
    for decoding in ({}, {"temperature": 1.5, "seed": 1}):
        assert write(tokens, **decoding) == write(**decoding)[:tokens]
