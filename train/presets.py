"""Presets: which precision, rank and batch suit a machine, and the person's overrides on top.

The figures stand in presets.yaml beside this file; loads no library.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass, fields, replace
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml

from assistant.errors import ConfigError
from assistant.hardware import GB, Hardware
from assistant.train_settings import Method, Precision, TrainSettings

# The best rate of LoRA is about ten times full fine-tuning's and falls with the size of the model.
_SMALL_MODEL_PARAMETERS = 500_000_000
_SMALL_MODEL_RATE = 1e-3
_LARGE_MODEL_RATE = 2e-4


@dataclass(frozen=True, slots=True)
class Preset:
    """The figures of a run; `rows_per_step` is the effective batch, in `rows_at_once` parts.

    `learning_rate` None leaves it to the size of the base; `quantisation` "fit" to the memory.
    `warm_up` is a share of the steps.
    """

    name: str
    quantisation: Precision
    rank: int
    alpha: int
    rows_per_step: int
    rows_at_once: int
    checkpointing: bool
    dropout: float = 0.0
    epochs: float = 2.0
    learning_rate: float | None = None
    method: Method = "lora"
    ranks: Literal["even", "entropy"] = "even"
    lora_plus: float | None = None
    schedule: Literal["cosine", "linear", "constant"] = "cosine"
    warm_up: float = 0.04
    weight_decay: float = 0.0
    optimiser: Literal["adamw", "adamw-8bit"] = "adamw"
    padding: Literal["auto", "pad", "free"] = "auto"
    kernels: Literal["auto", "plain"] = "auto"
    patience: int = 2

    def count_micro_batches(self, n_processes: int = 1) -> int:
        """Return how many forward passes of each process make one optimiser step."""
        return self.rows_per_step // (self.rows_at_once * n_processes)


@cache
def load_presets() -> dict[str, Preset]:
    """Return the shipped presets by name."""
    text = (Path(__file__).parent / "presets.yaml").read_text(encoding="utf-8")
    rows: dict[str, dict[str, Any]] = yaml.safe_load(text)
    return {name: Preset(name=name, **row) for name, row in rows.items()}


def choose_preset(name: str | None, settings: TrainSettings, hardware: Hardware) -> Preset:
    """Return the named preset (else masthead.yaml's, else the machine's) with its overrides."""
    presets = load_presets()
    wanted = name or settings.preset
    if wanted == "auto":
        wanted = _fit_preset(hardware)
    if wanted not in presets:
        near = difflib.get_close_matches(wanted, presets, n=1, cutoff=0.3)
        hint = f"did you mean {near[0]}? " if near else ""
        raise ConfigError(
            f"train.preset {wanted!r} is not known; {hint}Choose auto or {', '.join(presets)}"
        )
    if wanted != "cpu" and hardware.device == "cpu":
        raise ConfigError(
            f"train.preset {wanted} needs a GPU and torch finds none; use cpu or auto, or install"
            " torch for your GPU"
        )
    preset = replace(presets[wanted], **_find_overrides(settings))
    if settings.rank and not settings.alpha:
        preset = replace(preset, alpha=2 * settings.rank)
    return check_batch(preset)


def check_batch(preset: Preset, n_processes: int = 1) -> Preset:
    """Return the preset; ConfigError where an optimiser step is no whole number of passes."""
    at_once = preset.rows_at_once * n_processes
    if preset.rows_per_step % at_once:
        beside = f" on each of {n_processes} processes" if n_processes > 1 else ""
        raise ConfigError(
            f"train.rows_per_step {preset.rows_per_step} is no multiple of the"
            f" {preset.rows_at_once} rows at once{beside}; set train.rows_per_step to"
            f" {max(1, preset.rows_per_step // at_once) * at_once} or lower train.rows_at_once"
        )
    return preset


def choose_rate(preset: Preset, n_parameters: int) -> float:
    """Return the preset's learning rate, or the one for a base of this size."""
    if preset.learning_rate is not None:
        return preset.learning_rate
    is_small = n_parameters < _SMALL_MODEL_PARAMETERS
    return _SMALL_MODEL_RATE if is_small else _LARGE_MODEL_RATE


def _find_overrides(settings: TrainSettings) -> dict[str, Any]:
    """Return what masthead.yaml sets of the preset's figures."""
    names = {field.name for field in fields(Preset)} - {"name"}
    given = {name: value for name, value in settings if name in names}
    return {name: value for name, value in given.items() if value not in (None, "auto")}


def _fit_preset(hardware: Hardware) -> str:
    if hardware.device == "cpu":
        return "cpu"
    # A card sold as 16 GB reports a little less.
    sizes = {"gpu-80gb": 70, "gpu-24gb": 22, "gpu-16gb": 14}
    fitting = (name for name, least in sizes.items() if hardware.gpu_memory >= least * GB)
    return next(fitting, "gpu-6gb")
