"""Which learning rate (and rank) to take: several on a few steps each, the better half on more.

Successive halving (arXiv 1502.07943); every arm starts anew with a schedule of its own length, on
the same rows in the same order.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import product
from typing import TYPE_CHECKING, Any

from assistant.errors import AssistantError
from train.data import TrainingData
from train.kept_trials import KeptTrials
from train.losses import measure_losses
from train.model import add_adapter, remove_adapter
from train.plan import STEP_COST, count_steps
from train.presets import Preset
from train.report import Setup
from train.steps import plan_steps

if TYPE_CHECKING:
    from transformers import PreTrainedModel

log = logging.getLogger(__name__)

_AROUND = (0.25, 0.5, 1.0, 2.0)  # of the usual rate; the best one is flat within a factor of two
_SHARE = 0.3  # of the budget may go into the sweep
_STEPS_SHARE = 0.05  # of the steps, for each arm of the first round, where there is no budget
_LEAST_STEPS = 5  # fewer tell the rates apart by chance


@dataclass(frozen=True, slots=True)
class SweepSettings:
    """What is tried; empty rates are four around the usual, empty ranks the preset's."""

    rates: tuple[float, ...] = ()
    ranks: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Trial:
    """One arm of one round: `loss` is the held-out one after `steps`, nats per token."""

    round: int
    rate: float
    rank: int
    steps: int
    loss: float


@dataclass(frozen=True, slots=True)
class SweepResult:
    """Every trial, in the order they were made; the last round's best is the winner."""

    trials: tuple[Trial, ...]

    @property
    def best(self) -> Trial:
        """The winner."""
        last = max(trial.round for trial in self.trials)
        return min((t for t in self.trials if t.round == last), key=lambda t: t.loss)

    @property
    def table(self) -> str:
        """One table in Markdown, a line a trial."""
        rows = [
            f"| {t.round} | {t.rate:g} | {t.rank} | {t.steps} | {t.loss:.3f} |"
            f" {'taken' if t == self.best else ''} |"
            for t in self.trials
        ]
        head = ["| round | learning rate | rank | steps | held-out loss | |", "|---" * 6 + "|"]
        return "\n".join([*head, *rows])

    def to_rows(self) -> list[dict[str, Any]]:
        """Return the trials as JSON."""
        return [asdict(trial) for trial in self.trials]

    @classmethod
    def from_rows(cls, rows: Sequence[dict[str, Any]]) -> SweepResult:
        """Return the result that `to_rows` gave."""
        return cls(tuple(Trial(**row) for row in rows))


def sweep_rates(
    model: PreTrainedModel,
    data: TrainingData,
    setup: Setup,
    settings: SweepSettings,
    *,
    rate: float,
    check_s: float,
    began: float,
    kept: KeptTrials,
) -> SweepResult:
    """Try every rate with every rank and return the trials; the base stays as it was.

    Trials that `kept` has from a sweep that was cut off are not made again. Raises AssistantError
    where the budget has no room for it.
    """
    if setup.preset.method == "pissa":
        raise AssistantError(
            "--sweep would start each arm from a base that the arm before has changed with"
            " train.method pissa; sweep with method: lora and set its train.learning_rate"
        )
    rates = settings.rates or tuple(rate * factor for factor in _AROUND)
    ranks = settings.ranks or (setup.preset.rank,)
    arms = list(product(rates, ranks))
    n_steps = kept.settle_steps(lambda: _count_first_steps(data, setup, len(arms), check_s, began))

    def try_arm(arm: tuple[float, int], n_steps: int) -> float:
        arm_rate, rank = arm
        alpha = setup.preset.alpha * rank // setup.preset.rank
        preset = replace(setup.preset, rank=rank, alpha=alpha)
        return _try(model, data, preset, setup, arm_rate, n_steps)

    trials = halve(arms, lambda arm, steps: kept.recall(arm, steps, try_arm), n_steps)
    result = SweepResult(tuple(trials))
    log.info("sweep:\n%s", result.table)
    return result


def halve(
    arms: Sequence[tuple[float, int]],
    try_arm: Callable[[tuple[float, int], int], float],
    n_steps: int,
) -> list[Trial]:
    """Return the trials of all rounds: half the arms go on, with twice the steps, until two do.

    A loss that is no number counts as worse than any.
    """
    trials: list[Trial] = []
    number, left = 1, list(arms)
    while True:
        losses = {arm: try_arm(arm, n_steps) for arm in left}
        losses = {arm: loss if math.isfinite(loss) else math.inf for arm, loss in losses.items()}
        trials += [Trial(number, *arm, n_steps, loss) for arm, loss in losses.items()]
        if len(left) <= 2:
            return trials
        left = sorted(left, key=lambda arm: losses[arm])[: math.ceil(len(left) / 2)]
        number, n_steps = number + 1, 2 * n_steps


def count_work(n_arms: int) -> tuple[int, int]:
    """Return what a sweep costs: steps as multiples of the first round's, and checks."""
    steps, checks, length = 0, 0, 1
    while True:
        steps, checks = steps + n_arms * length, checks + n_arms
        if n_arms <= 2:
            return steps, checks
        n_arms, length = math.ceil(n_arms / 2), 2 * length


def _count_first_steps(
    data: TrainingData, setup: Setup, n_arms: int, check_s: float, began: float
) -> int:
    preset = setup.preset
    if setup.budget_s is None:
        total = count_steps(len(data.train), preset.epochs, preset.rows_per_step)
        return max(_LEAST_STEPS, round(total * _STEPS_SHARE))
    multiple, checks = count_work(n_arms)
    row_tokens = sum(len(row.ids) for row in data.train) / len(data.train)
    token_s = check_s / sum(len(row.ids) for row in data.validation)
    step_s = row_tokens * preset.rows_per_step * token_s * STEP_COST
    room = setup.budget_s * _SHARE - checks * check_s
    n_steps = int(room / (multiple * step_s))
    if n_steps < _LEAST_STEPS:
        spent = time.monotonic() - began
        needed = (multiple * _LEAST_STEPS * step_s + checks * check_s) / _SHARE + spent
        raise AssistantError(
            f"the budget of {setup.budget_s:.0f} s is too short for a sweep of {n_arms}; give at"
            f" least {needed:.0f} s, fewer train.sweep_rates, or leave --sweep out"
        )
    return n_steps


def _try(
    model: PreTrainedModel,
    data: TrainingData,
    preset: Preset,
    setup: Setup,
    rate: float,
    n_steps: int,
) -> float:
    steps = plan_steps(data, preset, setup, rate, n_steps)
    adapted = add_adapter(model, preset, setup.seed, n_steps=n_steps)
    losses: list[float] = []

    def after_step(step: int, loss: float) -> bool:
        losses.append(loss)
        return step >= n_steps or not math.isfinite(loss)

    steps.train(adapted, after_step)
    held_out = measure_losses(adapted, data.validation).all
    remove_adapter(adapted)
    log.info("rate %g, rank %d, %d steps: held-out %.3f", rate, preset.rank, n_steps, held_out)
    return held_out if math.isfinite(losses[-1]) else math.inf
