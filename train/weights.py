"""The adapter's weights: copied while it is trained, and written as plain LoRA at the end.

Whatever the method, what leaves here is A and B with one alpha, which every engine loads; DoRA
alone cannot be folded and keeps its magnitudes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch
    from peft import PeftModel

Weights = Mapping[str, "torch.Tensor"]
_A, _B, _E = ".lora_A.weight", ".lora_B.weight", ".lora_E.weight"


def name_trainable(model: PeftModel) -> Iterator[tuple[str, torch.nn.Parameter]]:
    """Yield what training changes, by the name that it has in the model."""
    return ((name, p) for name, p in model.named_parameters() if p.requires_grad)


def copy_adapter(model: PeftModel) -> dict[str, torch.Tensor]:
    """Return the adapter's weights as they are now, float32, in the processor's memory.

    Names are those of PEFT's files: without the adapter's own name, and with `.weight`.
    """
    return {
        _name_in_file(name): _gather(parameter.detach()).float().cpu().clone()
        for name, parameter in name_trainable(model)
    }


def put_back(model: PeftModel, weights: Weights) -> None:
    """Give the model the weights that `copy_adapter` took from it."""
    for name, parameter in name_trainable(model):
        parameter.data.copy_(weights[_name_in_file(name)])


def to_plain_lora(
    weights: Weights, config: Mapping[str, Any], initial: Weights
) -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
    """Return weights and settings of a LoRA that adds the same to the base.

    `initial` are PiSSA's weights before the first step, which are in the base at serving time.
    """
    if config.get("use_dora"):
        return dict(weights), dict(config)
    if config["peft_type"] == "ADALORA":
        return _drop_pruned(weights, config)
    if config.get("init_lora_weights") == "pissa":
        return _subtract_initial(weights, config, initial)
    if config.get("use_rslora"):
        return _fold_root(weights, config)
    return dict(weights), dict(config)


def _name_in_file(name: str) -> str:
    plain = name.replace(".default", "")
    if ".lora_magnitude_vector" in plain:
        return plain.removesuffix(".weight")
    return plain if plain.endswith(".weight") else f"{plain}.weight"  # AdaLoRA's are bare


def _fold_root(
    weights: Weights, config: Mapping[str, Any]
) -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
    """RsLoRA divides by the root of the rank where LoRA divides by the rank (arXiv 2312.03732)."""
    folded = {
        name: tensor * tensor.shape[1] ** 0.5 if name.endswith(_B) else tensor
        for name, tensor in weights.items()
    }
    return folded, {**config, "use_rslora": False}


def _subtract_initial(
    weights: Weights, config: Mapping[str, Any], initial: Weights
) -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
    """BA - B0 A0 is [B | -B0] times [A over A0] (arXiv 2404.02948, section 5)."""
    import torch

    joined = {}
    for name, tensor in weights.items():
        first = initial[name]
        if name.endswith(_A):
            joined[name] = torch.cat([tensor, first])
        else:
            # Twice the rank with one alpha halves the scale.
            joined[name] = 2 * torch.cat([tensor, -first], dim=1)
    return joined, {**config, "r": 2 * config["r"], "init_lora_weights": True}


def _drop_pruned(
    weights: Weights, config: Mapping[str, Any]
) -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
    """AdaLoRA's B diag(E) A with the directions that are left; the pruned have E = 0."""
    import peft
    import torch

    kept = {
        name.removesuffix(_E): tensor.flatten().nonzero().flatten()
        for name, tensor in weights.items()
        if name.endswith(_E)
    }
    rank = max(1, *(len(rows) for rows in kept.values()))
    scale = config["lora_alpha"] / (config["init_r"] + 1e-5)
    plain = {}
    for module, rows in kept.items():
        a = (weights[module + _A] * weights[module + _E])[rows]
        b = weights[module + _B][:, rows] * scale * rank / config["lora_alpha"]
        missing = rank - len(rows)
        plain[module + _A] = torch.nn.functional.pad(a, (0, 0, 0, missing))
        plain[module + _B] = torch.nn.functional.pad(b, (0, missing))
    settings: dict[str, Any] = peft.LoraConfig(
        r=rank,
        lora_alpha=config["lora_alpha"],
        lora_dropout=config["lora_dropout"],
        target_modules=config["target_modules"],
        bias="none",
        task_type="CAUSAL_LM",
    ).to_dict()
    return plain, settings


def _gather(tensor: torch.Tensor) -> torch.Tensor:
    """Return a tensor whole that FSDP has split over processes; any other as it is."""
    from torch.distributed.tensor import DTensor

    return tensor.full_tensor() if isinstance(tensor, DTensor) else tensor
