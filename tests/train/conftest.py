"""A two-layer random Llama with a byte tokenizer, and a workspace whose pairs were made for it."""

import json

import pytest

from assistant.base import base_render, find_base, load_base_tokenizer
from assistant.commit import building, point_current, publish
from assistant.config import Workspace, parse_settings
from assistant.pairs_io import pair_row
from assistant.records import Message, Pair, PairKind
from assistant.tokenizer import ChatTokenizer

TEMPLATE = (
    "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
SENTENCES = (
    "The plate holds the drawing",
    "A small rank is enough",
    "Read the number first",
    "Four bits go in the drawer",
)


@pytest.fixture(scope="session")
def tokenizer():
    return make_byte_tokenizer()


def make_byte_tokenizer():
    """One id per byte; the pad token is the end of the turn, as in the starter."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    inner = Tokenizer(models.BPE({mark: n for n, mark in enumerate(alphabet)}, []))
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    inner.decoder = decoders.ByteLevel()
    fast = PreTrainedTokenizerFast(
        tokenizer_object=inner,
        additional_special_tokens=["<|im_start|>"],
        eos_token="<|im_end|>",
        pad_token="<|im_end|>",
    )
    fast.chat_template = TEMPLATE
    return ChatTokenizer(fast)


@pytest.fixture(scope="session")
def base_folder(tokenizer, tmp_path_factory):
    """The model's folder: 4 heads of 8, 2 of them for keys and values."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(tokenizer.inner),
        hidden_size=32,
        intermediate_size=48,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=512,
    )
    folder = tmp_path_factory.mktemp("base")
    LlamaForCausalLM(config).save_pretrained(folder)
    tokenizer.inner.save_pretrained(folder)
    return folder


@pytest.fixture
def model(base_folder):
    """The base with a fresh adapter."""
    from transformers import AutoModelForCausalLM

    from train.model import add_adapter
    from train.presets import load_presets

    base = AutoModelForCausalLM.from_pretrained(base_folder)
    return add_adapter(base, load_presets()["cpu"], seed=7)


@pytest.fixture(scope="session")
def snapshot_writer():
    """A function (workspace, rows by file, render) that publishes snapshot 1."""
    return write_snapshot


@pytest.fixture(scope="session")
def workspace_maker(base_folder):
    """A function (root, **train settings) that makes a workspace with a snapshot."""

    def make(root, **train):
        raw = {
            "brand": {"name": "The Low Rank"},
            "sources": [{"folder": "articles"}],
            "models": {"base": str(base_folder)},
            "train": {"epochs": 1, **train},
        }
        space = Workspace(root, parse_settings(raw, "masthead.yaml"))
        write_snapshot(space, {"train": 24, "validation": 6})
        return space

    return make


@pytest.fixture
def workspace(workspace_maker, tmp_path):
    """A workspace on the tiny base with a snapshot of 24 training rows and 6 to check on."""
    return workspace_maker(tmp_path)


def make_pair(number, render="", kind=PairKind.VOICE):
    """Return a pair whose answer repeats one of four sentences."""
    sentence = SENTENCES[number % len(SENTENCES)]
    return Pair(
        id=f"p{number:03d}",
        kind=kind,
        task="voice",
        article=f"article-{number % 5}",
        passages=(),
        messages=(
            Message("system", "Write in our voice."),
            Message("user", f"Notes: {sentence.split()[1]}"),
            Message("assistant", f"{sentence}."),
        ),
        question_by="template",
        render=render,
        wording="w",
        date="2026-11-01",
    )


def write_snapshot(space, rows, render=None):
    """Publish a snapshot with so many rows in each file."""
    base = find_base(space.settings.models)
    render = render or base_render(base, load_base_tokenizer(base))
    with building(space.pairs_root, "000001") as folder:
        for name in ("train", "validation", "test", "time_test"):
            lines = [json.dumps(pair_row(make_pair(n, render))) for n in range(rows.get(name, 0))]
            (folder / f"{name}.jsonl").write_text("".join(f"{line}\n" for line in lines))
        publish(folder, "000001", {"kind": "snapshot"})
    point_current(space.pairs_root, "000001")
