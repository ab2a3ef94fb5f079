"""What a run must remember between two steps, as tensors and JSON facts, and putting it back.

Random numbers need no remembering: every step starts from its own seed (`seed_step`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from train.weights import name_trainable

if TYPE_CHECKING:
    import torch
    from peft import PeftModel

Tensors = dict[str, "torch.Tensor"]
_ALLOCATOR = ("ipt", "exp_avg_ipt", "exp_avg_unc")  # what AdaLoRA's importance is made of
_STEPS_OF_A_SEED = 1_000_003


def pack_state(
    model: PeftModel, optimiser: torch.optim.Optimizer
) -> tuple[dict[str, Tensors], dict[str, Any]]:
    """Return the adapter, the optimiser's moments and AdaLoRA's ranks as they are now."""
    moments: Tensors = {}
    facts: dict[str, Any] = {}
    for index, state in optimiser.state_dict()["state"].items():
        _flatten(str(index), state, moments, facts)
    groups = {"adapter": {n: p.detach() for n, p in name_trainable(model)}, "optimiser": moments}
    config = model.peft_config["default"]
    about: dict[str, Any] = {"optimiser": facts}
    if config.peft_type == "ADALORA":
        allocator = model.base_model.rankallocator
        groups["allocator"] = {
            f"{part}/{name}": tensor
            for part in _ALLOCATOR
            for name, tensor in vars(allocator)[part].items()
        }
        about["rank_pattern"] = config.rank_pattern
    return groups, about


def restore_state(
    model: PeftModel,
    optimiser: torch.optim.Optimizer,
    groups: Mapping[str, Mapping[str, torch.Tensor]],
    about: Mapping[str, Any],
) -> None:
    """Put back what `pack_state` gave; the model and the optimiser must be freshly made."""
    for name, parameter in name_trainable(model):
        parameter.data.copy_(groups["adapter"][name])
    state = optimiser.state_dict()
    state["state"] = _unflatten({**groups["optimiser"], **about["optimiser"]})
    optimiser.load_state_dict(state)
    if "allocator" in groups:
        model.peft_config["default"].rank_pattern = about["rank_pattern"]
        for key, tensor in groups["allocator"].items():
            part, _, name = key.partition("/")
            vars(model.base_model.rankallocator)[part][name] = tensor.to(model.device)


def seed_step(seed: int, step: int, process: int) -> None:
    """Make the random numbers of a step its own, so that dropout is the same after a resume."""
    import torch

    torch.manual_seed(seed * _STEPS_OF_A_SEED + step * 1_009 + process)


def _flatten(path: str, value: object, tensors: Tensors, facts: dict[str, Any]) -> None:
    import torch

    if isinstance(value, dict):
        for key, inner in value.items():
            _flatten(f"{path}/{key}", inner, tensors, facts)
    elif isinstance(value, torch.Tensor):
        tensors[path] = value
    else:
        facts[path] = value


def _unflatten(flat: Mapping[str, Any]) -> dict[int, dict[str, Any]]:
    nested: dict[int, dict[str, Any]] = {}
    for path, value in flat.items():
        index, *keys, last = path.split("/")
        place = nested.setdefault(int(index), {})
        for key in keys:
            place = place.setdefault(key, {})
        place[last] = value
    return nested
