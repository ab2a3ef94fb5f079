"""Presets: which precision, rank and batch suit a machine, and the person's overrides on top.

Figures are starting points from docs/decisions/020-training-defaults.md; loads no library.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass, replace
from typing import Literal

from assistant.errors import ConfigError
from assistant.hardware import GB, Hardware
from assistant.settings import TrainSettings

# The best rate of LoRA is about ten times full fine-tuning's and falls with the size of the model.
_SMALL_MODEL_PARAMETERS = 500_000_000
_SMALL_MODEL_RATE = 1e-3
_LARGE_MODEL_RATE = 2e-4


@dataclass(frozen=True, slots=True)
class Preset:
    """The figures of a run; `rows_per_step` is the effective batch, in `rows_at_once` parts.

    `learning_rate` None leaves it to the size of the base; `checkpointing` costs half as much
    arithmetic again and is for machines where memory is short.
    """

    name: str
    quantisation: Literal["none", "nf4"]
    rank: int
    alpha: int
    dropout: float
    epochs: float
    rows_per_step: int
    rows_at_once: int
    checkpointing: bool
    learning_rate: float | None = None

    @property
    def micro_batches(self) -> int:
        """How many forward passes make one optimiser step."""
        return self.rows_per_step // self.rows_at_once


PRESETS = {
    preset.name: preset
    for preset in (
        # One row at a time needs no padding: on two cores it is no slower than four padded ones
        # and takes 3.9 instead of 9.6 GB.
        Preset("cpu", "none", 16, 32, 0.0, 2, 4, 1, checkpointing=False),
        # 3-4B in NF4, or a small base as it is.
        Preset("gpu-6gb", "nf4", 16, 32, 0.0, 2, 8, 1, checkpointing=True),
        # 7-8B in NF4.
        Preset("gpu-16gb", "nf4", 16, 32, 0.0, 2, 8, 2, checkpointing=True),
        # 7-8B in bf16 would leave no room for activations.
        Preset("gpu-24gb", "nf4", 16, 32, 0.0, 2, 8, 4, checkpointing=False),
        # 7-14B in bf16: quantising costs speed and buys nothing where the base fits.
        Preset("gpu-80gb", "none", 32, 64, 0.0, 2, 16, 8, checkpointing=False),
    )
}


def choose_preset(name: str | None, settings: TrainSettings, hardware: Hardware) -> Preset:
    """Return the named preset (else masthead.yaml's, else the machine's) with its overrides."""
    wanted = name or settings.preset
    if wanted == "auto":
        wanted = _fit_preset(hardware)
    if wanted not in PRESETS:
        near = difflib.get_close_matches(wanted, PRESETS, n=1, cutoff=0.3)
        hint = f"did you mean {near[0]}? " if near else ""
        raise ConfigError(
            f"train.preset {wanted!r} is not known; {hint}Choose auto or {', '.join(PRESETS)}"
        )
    preset = PRESETS[wanted]
    if wanted.startswith("gpu-") and hardware.device == "cpu":
        raise ConfigError(
            f"train.preset {wanted} needs a GPU and torch finds none; use cpu or auto, or install"
            " torch for your GPU"
        )
    quantisation = settings.quantisation
    return replace(
        preset,
        rank=settings.rank or preset.rank,
        alpha=settings.alpha or (2 * settings.rank if settings.rank else preset.alpha),
        epochs=settings.epochs or preset.epochs,
        learning_rate=settings.learning_rate or preset.learning_rate,
        quantisation=preset.quantisation if quantisation == "auto" else quantisation,
    )


def choose_rate(preset: Preset, n_parameters: int) -> float:
    """Return the preset's learning rate, or the one for a base of this size."""
    if preset.learning_rate is not None:
        return preset.learning_rate
    is_small = n_parameters < _SMALL_MODEL_PARAMETERS
    return _SMALL_MODEL_RATE if is_small else _LARGE_MODEL_RATE


def _fit_preset(hardware: Hardware) -> str:
    if hardware.device == "cpu":
        return "cpu"
    # A card sold as 16 GB reports a little less.
    sizes = {"gpu-80gb": 70, "gpu-24gb": 22, "gpu-16gb": 14}
    fitting = (name for name, least in sizes.items() if hardware.gpu_memory >= least * GB)
    return next(fitting, "gpu-6gb")
