"""Exports of an adapter on a random model of two layers, and what they say beside the adapter."""

import json

import pytest

from assistant.base import describe_base, describe_base_render, find_base, load_base_tokenizer
from assistant.commit import building, publish
from assistant.config import Workspace, parse_settings
from assistant.errors import AssistantError, IndexMismatch
from assistant.gguf_adapter import AttentionShape, find_obstacle, write_gguf_adapter
from assistant.registry import Registry
from tests.tiny_models import N_HEADS, N_KV_HEADS, make_adapter, make_base, write_base_gguf
from train.export import Exporter
from train.parity import Parity, Prompts, compare_texts, write_texts

SHAPE = AttentionShape("llama", N_HEADS, N_KV_HEADS)


def add_adapter(workspace, base_folder, name, seed=1, **lora):
    base = find_base(workspace.settings.models)
    tokenizer = load_base_tokenizer(base)
    with building(workspace.adapters_root, name) as folder:
        make_adapter(base_folder, folder, seed, **lora)
        if not find_obstacle(folder, SHAPE):
            write_gguf_adapter(folder, SHAPE, folder / "adapter.gguf")
        about = {
            "adapter": name,
            "base": {"id": base.id, "revision": "", **describe_base(base, tokenizer)},
            "render": "r",
            "render_parts": describe_base_render(base, tokenizer),
            "rows": {"train": 24},
            "articles": ["a", "b"],
            "snapshot": {"number": 1},
            "validation_loss": {"base": 2.0, "best": 1.5},
            "validation_loss_novel": {"base": 3.0, "best": 2.5},
        }
        publish(folder, name, about)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory, snapshot_writer):
    """A workspace on a random Llama that also lies there as an f32 GGUF, with two adapters."""
    import torch

    torch.set_num_threads(1)
    root = tmp_path_factory.mktemp("exports")
    base = make_base(root / "base")
    write_base_gguf(base, root / "base.gguf")
    raw = {
        "brand": {"name": "The Low Rank"},
        "sources": [{"folder": "articles"}],
        "models": {"base": str(base), "gguf": "base.gguf"},
    }
    space = Workspace(root, parse_settings(raw, "masthead.yaml"))
    snapshot_writer(space, {"train": 24, "test": 3})
    add_adapter(space, base, "plain")
    add_adapter(space, base, "dora", use_dora=True)
    return space


def export(workspace, name, kind, **options):
    return Exporter(workspace, name).export(kind, None, count=2, max_tokens=12, **options)


@pytest.mark.slow
def test_a_gguf_adapter_says_what_the_adapter_says(workspace):
    done = export(workspace, "plain", "gguf-adapter")

    exact, served = done.parities
    assert [path.name for path in done.out.iterdir()] == ["adapter.gguf"]
    assert exact.is_equal
    assert (exact.what, exact.prompts) == ("llama.cpp, f32", 2)
    assert served.what == "llama.cpp, as served"
    assert len(served.differences) == served.prompts - served.same


@pytest.mark.slow
@pytest.mark.parametrize("name", ["plain", "dora"])
def test_merged_weights_are_16_bits_and_load_without_peft(workspace, name):
    import torch
    from transformers import AutoModelForCausalLM

    done = export(workspace, name, "merged")

    model = AutoModelForCausalLM.from_pretrained(done.out)
    assert {p.dtype for p in model.parameters()} == {torch.float16}
    assert "chat_template.jinja" in {path.name for path in done.out.iterdir()}
    (parity,) = done.parities
    assert parity.same_share > 0.3
    with pytest.raises(AssistantError, match="is there already; remove it"):
        export(workspace, name, "merged")


@pytest.mark.slow
def test_a_folder_for_the_hub_names_no_place_of_this_machine(workspace):
    done = export(workspace, "plain", "hub")

    card = (done.out / "README.md").read_text()
    assert card.startswith("---\nlibrary_name: peft\n")
    assert "2.000 -> 1.500 on all words, 3.000 -> 2.500 on novel" in card
    assert str(workspace.root) not in card
    config = json.loads((done.out / "adapter_config.json").read_text())
    assert str(workspace.root) not in json.dumps(config)
    assert done.parities[0].same == 2


def test_what_llama_cpp_cannot_carry_is_refused_and_leaves_nothing(workspace):
    with pytest.raises(AssistantError, match="no place for use_dora"):
        export(workspace, "dora", "gguf-adapter")

    assert not (workspace.root / "exports" / "dora-gguf-adapter").exists()
    assert not list((workspace.root / "exports").glob(".exporting-*"))


def test_another_format_is_answered_with_the_known_ones(workspace):
    with pytest.raises(AssistantError, match="onnx is not a format; use one of merged, gguf-ad"):
        export(workspace, "newest", "onnx")


def test_an_adapter_of_another_vocabulary_is_not_exported(workspace):
    registry = Registry(workspace.adapters_root)
    path = registry.folder("plain") / "manifest.json"
    whole = path.read_text()
    path.write_text(whole.replace('"vocabulary": "', '"vocabulary": "0'))
    try:
        with pytest.raises(IndexMismatch, match="plain was trained .*: vocabulary was '0"):
            Exporter(workspace, "plain")
    finally:
        path.write_text(whole)


class Measure:
    def measure_gap(self, messages, text, other, *, adapter):
        return 5e-4 if adapter == "a" else 0.2


@pytest.mark.parametrize(("adapter", "equal"), [("a", True), ("b", False)])
def test_a_difference_counts_as_rounding_only_below_a_thousandth(adapter, equal):
    prompts = Prompts([(), ()], 8)

    parity = compare_texts("x", Measure(), adapter, prompts, (["abcd", "same"], ["abXX", "same"]))

    assert (parity.same, parity.same_share, parity.is_equal) == (1, 0.75, equal)
    assert ("as good as equal" in str(parity)) is equal
    gap = 5e-4 if equal else 0.2
    (found,) = parity.as_json()["differences"]
    assert found == {"prompt": 1, "after": 2, "mine": "cd", "theirs": "XX", "gap": gap}
    assert str(parity).splitlines()[1] == (
        "  prompt 1 parts after 2 characters, 'cd' there and 'XX' in the export: logit gap"
        f" {gap:.2g}"
    )


def test_equal_texts_need_no_explaining():
    parity = Parity("x", 2, 8, 2, 1.0, ())

    assert parity.is_equal
    assert str(parity).endswith("100% of the characters before a first difference")


def test_texts_are_written_prompt_by_prompt():
    class Echo:
        def stream(self, messages, *, adapter, max_tokens):
            yield from (adapter, messages, str(max_tokens))

    assert write_texts(Echo(), Prompts(["1", "2"], 8), "v") == ["v18", "v28"]
