import dataclasses
import json

import pytest

from assistant.errors import OutOfMemory
from assistant.hardware import GB, Hardware
from train.memory import MemoryEstimate, estimate_memory, fit_preset, read_shape
from train.presets import load_presets

CPU = Hardware(cores=2, memory=24 * GB)
CARD = Hardware(8, 64 * GB, gpu="a card", gpu_memory=80 * GB, bf16=True)
PRESETS = load_presets()
LLAMA_8B = {
    "hidden_size": 4096, "intermediate_size": 14336, "num_hidden_layers": 32,
    "num_attention_heads": 32, "num_key_value_heads": 8, "vocab_size": 128256,
}  # fmt: skip


def test_parameters_are_those_of_the_model_itself(base_folder):
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(base_folder)
    shape = read_shape(json.loads((base_folder / "config.json").read_text()))

    assert shape.parameters == model.num_parameters()
    assert read_shape(LLAMA_8B).parameters == 8_030_261_248


def test_the_adapter_has_the_parameters_that_peft_gives_it(base_folder, model):
    from train.model import count_trainable

    shape = read_shape(json.loads((base_folder / "config.json").read_text()))

    assert shape.count_adapter(PRESETS["cpu"].rank) == count_trainable(model)


def test_what_a_row_keeps_is_what_autograd_keeps(base_folder, model):
    import torch

    from train.losses import target_losses

    shape = read_shape(json.loads((base_folder / "config.json").read_text()))
    kept = {}

    def note(tensor):
        storage = tensor.untyped_storage()
        kept[storage.data_ptr()] = storage.nbytes()
        return tensor

    parameters = {p.untyped_storage().data_ptr() for p in model.parameters()}
    ids = torch.arange(400).reshape(1, 400) % 250
    labels = ids.clone()
    labels[:, :-40] = -100
    with torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
        loss = target_losses(model.train(), ids, labels, None).sum()
    counted = sum(size for place, size in kept.items() if place not in parameters)
    loss.backward()

    estimate = estimate_memory(shape, PRESETS["cpu"], CPU, 400, 40)
    assert estimate.activations == pytest.approx(counted, rel=0.15)


def sized(total):
    return lambda preset: MemoryEstimate(int(total(preset)), 0, 0, 0, 0)


def test_16_bits_are_taken_where_they_fit_and_nf4_where_not():
    preset = PRESETS["gpu-80gb"]
    roomy = fit_preset(preset, CARD, sized(lambda p: 70 * GB), auto=False)
    tight = fit_preset(
        preset, CARD, sized(lambda p: 90 * GB if p.quantisation == "none" else 30 * GB), auto=False
    )

    assert (roomy.quantisation, tight.quantisation) == ("none", "nf4")
    assert roomy.rows_at_once == preset.rows_at_once


def test_auto_batch_takes_the_most_rows_that_fit_and_checkpoints_only_when_it_must():
    preset = dataclasses.replace(PRESETS["gpu-24gb"], rows_per_step=8)

    most = fit_preset(preset, CARD, sized(lambda p: 15 * GB * p.rows_at_once), auto=True)
    thrifty = fit_preset(
        preset,
        CARD,
        sized(lambda p: (30 if p.checkpointing else 100) * GB * p.rows_at_once),
        auto=True,
    )

    assert (most.rows_at_once, most.checkpointing) == (4, False)
    assert (thrifty.rows_at_once, thrifty.checkpointing) == (2, True)


@pytest.mark.parametrize(
    ("changes", "setting"),
    [
        ({"rows_at_once": 4}, "rows_at_once: 2, or train with --auto-batch"),
        ({"rows_at_once": 1}, "train.checkpointing: true"),
        ({"rows_at_once": 1, "checkpointing": True, "quantisation": "none"}, "quantisation: nf4"),
        ({"rows_at_once": 1, "checkpointing": True}, "a lower retrieval.prompt_tokens"),
    ],
    ids=["rows", "checkpointing", "precision", "tokens"],
)
def test_what_fits_nowhere_ends_with_the_setting_to_change(changes, setting):
    preset = dataclasses.replace(PRESETS["gpu-24gb"], **changes)

    with pytest.raises(OutOfMemory, match=f"would take 100.0 GB and a card, 80 GB has .*{setting}"):
        fit_preset(preset, CARD, sized(lambda p: 100 * GB), auto=False)


def test_a_base_that_is_no_plain_decoder_is_not_guessed_at():
    assert read_shape({**LLAMA_8B, "num_experts": 8}) is None
    assert read_shape({"hidden_size": 8}) is None
