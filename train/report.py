"""What a run is made with and what it found out, as records."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from assistant.hardware import Hardware
from train.losses import Losses
from train.presets import Preset
from train.processes import Processes


@dataclass(frozen=True, slots=True)
class Setup:
    """What a run is made with. `budget_s` is wall clock for the whole call, None for no limit.

    With `auto_batch` the preset's rows at once are an estimate, to be tried.
    """

    preset: Preset
    hardware: Hardware
    seed: int
    budget_s: float | None
    checkpoint_s: float = 60.0
    processes: Processes = Processes()
    auto_batch: bool = False


@dataclass(frozen=True, slots=True)
class Check:
    """The validation losses after a step; step 0 is the base."""

    step: int
    losses: Losses


@dataclass(frozen=True, slots=True)
class Course:
    """How a run went: the loss of each step, the checks from the base on, and why it ended."""

    step_losses: tuple[float, ...]
    checks: tuple[Check, ...]
    rate: float
    validation_rows: int
    stopped: str


@dataclass(frozen=True, slots=True)
class TrainReport:
    """The account of one run, as `masthead train --json` prints it. Losses in nats per token.

    `best` belongs to the weights that were kept. `tokens` counts prompts and targets.
    """

    adapter: str
    steps: int
    tokens: int
    tokens_per_second: float
    train_loss: float
    base: Losses
    best: Losses
    last: Losses
    trainable_parameters: int
    peak_memory_bytes: int
    seconds: float
    precision: str
    stopped: str
    warnings: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """Return the report in the shape that design.md fixes."""
        row = asdict(self)
        losses = {key: row.pop(key) for key in ("base", "best", "last")}
        row["validation_loss"] = {key: value["all"] for key, value in losses.items()}
        row["validation_loss_novel"] = {key: losses[key]["novel"] for key in ("base", "best")}
        row["warnings"] = list(self.warnings)
        return row
