"""Every way to build and fit an adapter: on a tiny model it learns, and it ends as plain LoRA."""

import dataclasses
import json

import pytest
import torch

from assistant.errors import ConfigError
from assistant.hardware import GB, Hardware
from train.data import read_training_data
from train.losses import measure_losses
from train.model import add_adapter, count_trainable
from train.presets import load_presets
from train.ranks import count_directions, share_ranks, spread_ranks
from train.report import Setup
from train.state import pack_state, restore_state
from train.steps import plan_steps
from train.weights import copy_adapter, put_back, to_plain_lora

# peft asks transformers by an old name.
pytestmark = pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing`:FutureWarning")
MACHINE = Hardware(cores=2, memory=8 * GB)
TINY = dataclasses.replace(load_presets()["cpu"], rank=4, alpha=8, learning_rate=2e-2)


@pytest.fixture(scope="module")
def data(workspace_maker, tmp_path_factory):
    return read_training_data(workspace_maker(tmp_path_factory.mktemp("methods")))


def load(base_folder, **options):
    from transformers import AutoModelForCausalLM

    return AutoModelForCausalLM.from_pretrained(base_folder, dtype=torch.float32, **options)


def train(model, data, preset, n_steps=6):
    """Return the losses of the steps."""
    setup = Setup(preset, MACHINE, 7, None)
    losses = []

    def after_step(step, loss):
        losses.append(loss)
        return step >= n_steps

    plan_steps(data, preset, setup, preset.learning_rate, n_steps).train(model, after_step)
    return losses


VARIANTS = {
    "lora": {},
    "dora": {"method": "dora"},
    "rslora": {"method": "rslora"},
    "pissa": {"method": "pissa"},
    # Its singular values start at zero between two small sides, so it learns slowly at first.
    "adalora": {"method": "adalora", "learning_rate": 0.2},
    "lora_plus": {"lora_plus": 4.0},
    "dropout": {"dropout": 0.1},
    "weight_decay": {"weight_decay": 0.1},
    "linear": {"schedule": "linear", "warm_up": 0.2},
    "constant": {"schedule": "constant"},
    "checkpointing": {"checkpointing": True},
    "padded": {"rows_at_once": 2},
    "end to end": {"rows_at_once": 2, "padding": "free"},
}


@pytest.mark.parametrize("changes", VARIANTS.values(), ids=VARIANTS)
def test_each_method_learns_and_what_is_written_is_a_lora_of_the_same_effect(
    base_folder, data, changes
):
    preset = dataclasses.replace(TINY, **changes)
    model = add_adapter(load(base_folder), preset, seed=7, n_steps=6)
    initial = copy_adapter(model)

    losses = train(model, data, preset)

    after = measure_losses(model, data.validation).all
    plain, config = to_plain_lora(
        copy_adapter(model), model.peft_config["default"].to_dict(), initial
    )
    assert losses[-1] < losses[0] - 0.1
    assert measure_plain(load(base_folder), plain, config, data) == pytest.approx(after, abs=2e-5)


def measure_plain(base, weights, config, data):
    """Load the weights as any engine would: by PEFT's own reader of a LoRA folder."""
    import peft

    names = {"r", "lora_alpha", "target_modules", "use_dora", "rank_pattern", "task_type"}
    settings = peft.LoraConfig(**{name: config[name] for name in names})
    model = peft.get_peft_model(base, settings)
    found = peft.set_peft_model_state_dict(model, dict(weights))
    assert not found.unexpected_keys
    return measure_losses(model, data.validation).all


def test_rows_end_to_end_give_the_loss_of_padded_ones(base_folder, data):
    padded, joined = (
        dataclasses.replace(TINY, rows_at_once=2, padding=padding) for padding in ("pad", "free")
    )
    losses = [
        train(add_adapter(load(base_folder), preset, seed=7), data, preset, n_steps=2)
        for preset in (padded, joined)
    ]

    assert losses[0] == pytest.approx(losses[1], abs=1e-5)


def test_checkpointing_changes_memory_and_not_the_loss(base_folder, data):
    thrifty = dataclasses.replace(TINY, checkpointing=True)
    losses = [
        train(add_adapter(load(base_folder), preset, seed=7), data, preset, n_steps=2)
        for preset in (TINY, thrifty)
    ]

    assert losses[0] == pytest.approx(losses[1], abs=1e-6)


@pytest.mark.parametrize(
    ("quantisation", "n_bytes"), [("nf4", 0.5), ("int8", 1)], ids=["nf4", "int8"]
)
def test_a_quantised_base_learns(base_folder, data, quantisation, n_bytes):
    from train.model import build_quantisation

    preset = dataclasses.replace(TINY, quantisation=quantisation)
    model = load(base_folder, quantization_config=build_quantisation(preset, MACHINE))
    weight = model.model.layers[0].mlp.gate_proj.weight
    assert weight.numel() * weight.element_size() == 32 * 48 * n_bytes

    losses = train(add_adapter(model, preset, seed=7), data, preset)

    assert losses[-1] < losses[0] - 0.1


def test_an_8_bit_optimiser_learns_where_bitsandbytes_has_one(base_folder, data):
    preset = dataclasses.replace(TINY, optimiser="adamw-8bit", rank=128, alpha=256)
    model = add_adapter(load(base_folder), preset, seed=7)
    try:
        losses = train(model, data, preset)
    except (NotImplementedError, RuntimeError) as error:
        pytest.skip(f"bitsandbytes has no 8-bit AdamW here: {error}")

    assert losses[-1] < losses[0] - 0.1


def test_pissa_on_a_quantised_base_is_refused_in_one_line(base_folder):
    preset = dataclasses.replace(TINY, method="pissa", quantisation="nf4")

    with pytest.raises(ConfigError, match="pissa .* quantisation is nf4; set train.quantisation"):
        add_adapter(load(base_folder), preset, seed=7)


def test_weights_put_back_are_those_that_were_copied(model):
    before = copy_adapter(model)
    for parameter in model.parameters():
        if parameter.requires_grad:
            parameter.data += 1

    put_back(model, before)

    assert all(torch.equal(tensor, before[name]) for name, tensor in copy_adapter(model).items())


def test_the_adapter_sits_on_every_linear_layer_and_has_the_parameters_of_its_rank(base_folder):
    model = add_adapter(load(base_folder), TINY, seed=7)

    # q, o: 32+32; k, v: 32+16; gate, up, down: 32+48; rank 4, two layers.
    assert count_trainable(model) == 2 * 4 * (2 * 64 + 2 * 48 + 3 * 80)
    assert len(model.targeted_module_names) == 14


@pytest.mark.parametrize(
    "changes",
    [{"dropout": 0.1}, {"method": "adalora"}, {"optimiser": "adamw-8bit", "rank": 128}],
    ids=["dropout", "adalora", "8-bit optimiser"],
)
def test_state_put_back_takes_the_same_steps(base_folder, data, changes):
    preset = dataclasses.replace(TINY, **changes)
    steps = plan_steps(data, preset, Setup(preset, MACHINE, 7, None), 2e-2, 8)
    trainers, losses, kept = [], {}, []

    def fit(until, **options):
        model = add_adapter(load(base_folder), preset, seed=7, n_steps=8)

        def after_step(step, loss):
            losses.setdefault(step, []).append(loss)
            if step == 6 and not kept:
                kept.append(clone(*pack_state(model, trainers[-1].optimizer)))
            return step >= until

        start = options.pop("at_start", lambda *_: None)
        steps.train(
            model, after_step, **options,
            at_start=lambda trainer: (trainers.append(trainer), start(model, trainer)),
        )  # fmt: skip
        return copy_adapter(model)

    whole = fit(8)
    again = fit(8, done=6, at_start=lambda model, t: restore_state(model, t.optimizer, *kept[0]))

    assert losses[7][0] == losses[7][1]
    assert all(torch.equal(tensor, again[name]) for name, tensor in whole.items())


def clone(groups, about):
    copied = {g: {n: t.clone() for n, t in tensors.items()} for g, tensors in groups.items()}
    return copied, json.loads(json.dumps(about))


def test_a_probe_gives_more_rank_to_layers_that_use_more_directions_at_no_more_cost(
    base_folder, data
):
    setup = Setup(TINY, MACHINE, 7, None)

    ranks = share_ranks(load(base_folder), data, TINY, setup, 2e-2)

    model = add_adapter(load(base_folder), TINY, seed=7, ranks=ranks)
    even = add_adapter(load(base_folder), TINY, seed=7)
    assert len(ranks) == 14
    assert len(set(ranks.values())) > 1
    assert count_trainable(model) <= count_trainable(even)
    assert count_trainable(model) > 0.8 * count_trainable(even)
    assert {name: module.r["default"] for name, module in find_adapters(model)} == ranks


def find_adapters(model):
    names = model.targeted_module_names
    return [(name, model.base_model.model.get_submodule(name)) for name in names]


def test_directions_are_counted_by_the_entropy_of_their_energy():
    one = torch.zeros(4, 6)
    one[0, 0] = 3.0
    b = torch.eye(5, 4)

    assert count_directions(one, b) == pytest.approx(1.0, abs=1e-5)
    assert count_directions(torch.eye(4, 6), b) == pytest.approx(4.0, abs=1e-4)


def test_ranks_follow_needs_within_their_bounds():
    # At an even rank of 8, 24 in all at equal cost; the needy one would take more than twice 8.
    ranks = spread_ranks({"a": 1.0, "b": 1.0, "c": 8.0}, {"a": 10, "b": 10, "c": 10}, 8)

    assert ranks["c"] == 16
    assert ranks["a"] == ranks["b"] == 4
