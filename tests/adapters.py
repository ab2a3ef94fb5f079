"""Adapters that no training made: the two files of one, as small or as hostile as a test needs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save_file

from assistant.adapter_files import ADAPTER_CONFIG, WEIGHTS

LAYER = "base_model.model.model.layers.0"
CONFIG = {
    "peft_type": "LORA",
    "task_type": "CAUSAL_LM",
    "r": 4,
    "lora_alpha": 8,
    "bias": "none",
    "target_modules": ["up_proj"],
}


def make_weights(module: str = "mlp.up_proj", rank: int = 4) -> dict[str, NDArray[np.float32]]:
    """Return both halves of one module: 8 columns in, 12 rows out."""
    numbers = np.random.default_rng(0)
    return {
        f"{LAYER}.{module}.lora_A.weight": numbers.standard_normal((rank, 8), np.float32),
        f"{LAYER}.{module}.lora_B.weight": numbers.standard_normal((12, rank), np.float32),
    }


def write_adapter(
    folder: Path,
    config: Mapping[str, object] | None = None,
    weights: Mapping[str, NDArray[np.float32]] | None = None,
) -> None:
    """Write settings and weights; `config` is laid over the usual one."""
    folder.mkdir(parents=True, exist_ok=True)
    save_file(dict(weights or make_weights()), folder / WEIGHTS)
    (folder / ADAPTER_CONFIG).write_text(json.dumps({**CONFIG, **(config or {})}))
