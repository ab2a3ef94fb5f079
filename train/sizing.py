"""What a run will be like on this machine, before it starts: for `doctor` and for `train`.

Reads the base's config.json and the rows' lengths; loads no weights.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.base import Base
from assistant.config import Workspace
from assistant.hardware import Hardware, find_hardware
from train.data import TrainingData, read_training_data
from train.memory import MemoryEstimate, Shape, estimate_memory, fit_preset, read_shape
from train.plan import count_steps
from train.presets import Preset, choose_preset

if TYPE_CHECKING:
    import torch

_EFFICIENCY = 0.5  # of a large matrix product's speed: what training reached on two cores
_PROBE = 1024  # rows and columns of the product that is timed


@dataclass(frozen=True, slots=True)
class Forecast:
    """The lines that `train` begins with. `memory` is None for a base that we cannot count."""

    preset: Preset
    hardware: Hardware
    base: Base
    rows: int
    row_tokens: int
    memory: MemoryEstimate | None
    minutes: float | None

    @property
    def lines(self) -> list[str]:
        """Hardware, precision and why, base, memory, time and preset, a line each."""
        preset, hardware = self.preset, self.hardware
        memory = self.memory.says if self.memory else "not known for this kind of base"
        minutes = f"about {self.minutes:.0f} minutes" if self.minutes else "not known"
        batch = f"{preset.rows_per_step} rows a step, {preset.rows_at_once} at once"
        return [
            f"hardware: {hardware.name}",
            f"precision: {explain_precision(preset, hardware)}",
            f"base: {self.base.id}, revision {(self.base.revision or 'of the folder')[:12]}",
            f"memory: {memory}, for rows of up to {self.row_tokens} tokens",
            f"time: {minutes} for {preset.epochs:g} epochs of {self.rows} rows",
            f"preset: {preset.name}, {preset.method} of rank {preset.rank}, {batch}",
        ]


def explain_precision(preset: Preset, hardware: Hardware) -> str:
    """Return the precision and why it is that one."""
    if preset.quantisation != "none":
        kind = "NF4, double quantisation" if preset.quantisation == "nf4" else "8-bit"
        number = "bf16" if hardware.bf16 else "fp32"
        return f"{kind}, {number} compute: a base this small in memory leaves room for the rows"
    if hardware.bf16:
        return "bf16: the GPU computes in it and the base fits"
    kind = "this GPU has no bf16" if hardware.gpu else "processors compute in it fastest"
    return f"fp32: {kind}"


def forecast(
    data: TrainingData, preset: Preset, hardware: Hardware, *, auto_batch: bool = False
) -> Forecast:
    """Return the forecast, with the preset settled; OutOfMemory where nothing would fit."""
    rows = (*data.train, *data.validation)
    row_tokens = max(len(row.ids) for row in rows)
    targets = max(len(row.ids) - row.start for row in rows)
    shape = read_base_shape(data.base)
    if shape is None:
        settled = preset if preset.quantisation != "fit" else replace(preset, quantisation="nf4")
        return Forecast(settled, hardware, data.base, len(data.train), row_tokens, None, None)

    def estimate(candidate: Preset) -> MemoryEstimate:
        return estimate_memory(shape, candidate, hardware, row_tokens, targets)

    settled = fit_preset(preset, hardware, estimate, auto=auto_batch)
    size = settled.rows_per_step
    tokens = size * count_steps(len(data.train), settled.epochs, size)
    tokens *= sum(len(row.ids) for row in data.train) // len(data.train)
    minutes = tokens * count_work(shape, settled) / measure_speed(hardware) / 60
    return Forecast(
        settled, hardware, data.base, len(data.train), row_tokens, estimate(settled), minutes
    )


def examine_training(workspace: Workspace) -> str:
    """Return for `doctor` what training would be like."""
    hardware = find_hardware()
    preset = choose_preset(None, workspace.settings.train, hardware)
    return "; ".join(forecast(read_training_data(workspace), preset, hardware).lines[1:])


def read_base_shape(base: Base) -> Shape | None:
    """Return the shape from the base's config.json, which must be on this machine."""
    place = Path(base.place)
    if not place.is_dir():
        from transformers import AutoConfig

        config = AutoConfig.from_pretrained(
            base.place, revision=base.hub_revision, trust_remote_code=False
        )
        return read_shape(config.to_dict())
    raw: dict[str, Any] = json.loads((place / "config.json").read_text(encoding="utf-8"))
    return read_shape(raw)


def count_work(shape: Shape, preset: Preset) -> float:
    """Return floating-point operations a token: forward and back through a frozen base.

    2N forward, 2N for the gradients of what flows through, 2N more to do the forward again.
    """
    return shape.linear_parameters * (6.0 if preset.checkpointing else 4.0)


def measure_speed(hardware: Hardware) -> float:
    """Return the operations a second that training may reach here, from one timed product."""
    import torch

    number = torch.bfloat16 if hardware.bf16 else torch.float32
    side = torch.ones(_PROBE, _PROBE, dtype=number, device=hardware.device)
    _multiply(side, hardware)  # the first claims memory
    began = time.perf_counter()
    times = 4 if hardware.device == "cpu" else 64
    for _ in range(times):
        _multiply(side, hardware)
    return _EFFICIENCY * 2 * _PROBE**3 * times / (time.perf_counter() - began)


def _multiply(side: torch.Tensor, hardware: Hardware) -> None:
    import torch

    torch.matmul(side, side)
    if hardware.device == "cuda":
        torch.cuda.synchronize()
