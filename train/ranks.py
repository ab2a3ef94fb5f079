"""Ranks by need: a short probe shows how many directions each layer uses, and the budget follows.

In the manner of FlexLoRA (arXiv 2601.22905): a layer's need is the entropy of the energy in its
update's singular values; ranks are shared out once, before the run, at equal cost in all.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from train.data import TrainingData
from train.model import add_adapter, remove_adapter
from train.presets import Preset
from train.report import Setup
from train.steps import plan_steps
from train.weights import copy_adapter

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel

log = logging.getLogger(__name__)

_PROBE_STEPS = 8
_LEAST_RANK = 2
_MOST = 2  # times the even rank


def share_ranks(
    model: PreTrainedModel, data: TrainingData, preset: Preset, setup: Setup, rate: float
) -> dict[str, int]:
    """Return a rank for each layer by name, from a few steps at an even rank."""
    n_steps = _PROBE_STEPS
    adapted = add_adapter(model, preset, setup.seed, n_steps=n_steps)
    steps = plan_steps(data, preset, setup, rate, n_steps)
    steps.train(adapted, lambda step, _: step >= n_steps)
    weights = copy_adapter(adapted)
    remove_adapter(adapted)
    prefix, needs, costs = "base_model.model.", {}, {}
    for name, a in weights.items():
        if name.endswith(".lora_A.weight"):
            module = name.removesuffix(".lora_A.weight")
            b = weights[f"{module}.lora_B.weight"]
            layer = module.removeprefix(prefix)
            needs[layer] = count_directions(a, b)
            costs[layer] = a.shape[1] + b.shape[0]
    ranks = spread_ranks(needs, costs, preset.rank)
    log.info("ranks from %d to %d by entropy", min(ranks.values()), max(ranks.values()))
    return ranks


def count_directions(a: torch.Tensor, b: torch.Tensor) -> float:
    """Return e to the entropy of the energy in B A's singular values: 1 to the rank.

    The singular values of B A are those of R_b R_a' where both are cut to rank x rank by QR.
    """
    import torch

    small = torch.linalg.qr(b).R @ torch.linalg.qr(a.T).R.T
    energy = torch.linalg.svdvals(small) ** 2
    if not float(energy.sum()):
        return 1.0
    shares = energy / energy.sum()
    shares = shares[shares > 0]
    return math.exp(-float((shares * shares.log()).sum()))


def spread_ranks(needs: Mapping[str, float], costs: Mapping[str, int], rank: int) -> dict[str, int]:
    """Return ranks in proportion to needs that cost no more than `rank` everywhere.

    A rank is at least 2 (or the even rank, if less) and at most twice the even one.
    """
    least, most = min(_LEAST_RANK, rank), _MOST * rank
    budget = rank * sum(costs.values())
    low, high = 0.0, most / min(needs.values())

    def cut(scale: float) -> dict[str, int]:
        return {name: max(least, min(most, int(need * scale))) for name, need in needs.items()}

    for _ in range(50):  # halving: the cost rises with the scale
        middle = (low + high) / 2
        cost = sum(costs[name] * r for name, r in cut(middle).items())
        low, high = (middle, high) if cost <= budget else (low, middle)
    return cut(low)
