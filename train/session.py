"""One training session: times the first steps, fixes how many follow, keeps the best weights.

Owns the clock and the checks; knows nothing of files. TRL runs the steps and asks after each one.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from assistant.errors import AssistantError
from assistant.progress import Report
from train.losses import Losses
from train.plan import STEP_COST, TIMED_STEPS, StepPlan, fit_steps, place_checks
from train.report import Check

if TYPE_CHECKING:
    import torch

log = logging.getLogger(__name__)

_CHECK_SHARE = 0.1  # of the time left may go into looking at the validation loss on the way
_MOST_CHECKS = 4
_PATIENCE = 2  # checks without a better loss before the run ends
_SAFETY = 0.95  # of the time left is planned for: other work on the machine slows later steps

Weights = dict[str, "torch.Tensor"]


class Session:
    """What happens after each step, and the last check, which must end before `deadline`.

    `deadline` is in the clock's seconds, None without budget; `check_s` is what the base's check
    of `check_tokens` took; `measure` and `copy` look at the model as it is now.
    """

    def __init__(
        self,
        plan: StepPlan,
        step_tokens: Sequence[int],
        *,
        deadline: float | None,
        check_s: float,
        check_tokens: int,
        measure: Callable[[], Losses],
        copy: Callable[[], Weights],
        on_progress: Report,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._clock = clock
        self._plan = plan
        self._step_tokens = step_tokens
        self._deadline = deadline
        self._check_s = check_s
        self._check_tokens = check_tokens
        self._measure = measure
        self._copy = copy
        self._on_progress = on_progress
        self._check_after: frozenset[int] = frozenset()
        self._checks_s = 0.0
        self._began = self._timed_from = self._clock()
        self._best: tuple[Losses, Weights] | None = None
        self._without_gain = 0
        self.steps = 0
        self.step_losses: list[float] = []
        self.checks: list[Check] = []
        self.stopped = "all epochs done"
        self.training_s = 0.0

    def begin(self) -> None:
        """Start the clock of the steps."""
        self._began = self._timed_from = self._clock()
        if self._deadline is None:
            self._place_checks(_MOST_CHECKS)

    def after_step(self, step: int, loss: float) -> bool:
        """Take note of a step (from 1); True when the run should end."""
        if not math.isfinite(loss):
            raise AssistantError(
                f"the loss is {loss} after step {step}; set a lower train.learning_rate"
            )
        self.steps = step
        self.step_losses.append(loss)
        self.training_s = self._clock() - self._began - self._checks_s
        if step == 1:
            self._timed_from = self._clock()
        elif step == TIMED_STEPS and self._deadline is not None:
            self._fix_steps(step)
        self._on_progress(step, self._plan.total)
        if step in self._check_after and not self._is_late():
            self.check()
        if self._without_gain >= _PATIENCE:
            self.stopped = "validation loss no longer falls"
            return True
        if step < self._plan.total and self._is_late():
            self.stopped = "budget"
            return True
        return step >= self._plan.total

    def check(self) -> None:
        """Measure the validation loss now, and keep the weights if none were better."""
        if self.checks and self.checks[-1].step == self.steps:
            return
        began = self._clock()
        losses = self._measure()
        self.checks.append(Check(self.steps, losses))
        if self._best is None or losses.all < self._best[0].all:
            self._best = (losses, self._copy())
            self._without_gain = 0
        else:
            self._without_gain += 1
        self._checks_s += self._clock() - began
        log.info("step %d: validation loss %.3f", self.steps, losses.all)

    @property
    def best(self) -> tuple[Losses, Weights]:
        """The lowest validation loss and the weights that gave it."""
        if self._best is None:
            raise AssistantError("no step was checked; give a longer --budget")
        return self._best

    def _fix_steps(self, done: int) -> None:
        """Set the plan's total, once, from the speed of the timed steps."""
        timed_s = self._clock() - self._timed_from
        speed = sum(self._step_tokens[1:done]) / timed_s
        left = self._seconds_left() * _SAFETY
        check_s = self._expect_check_s()
        n_checks = min(_MOST_CHECKS - 1, int(left * _CHECK_SHARE / check_s))
        left -= n_checks * check_s
        total = fit_steps(self._step_tokens, done, speed, left)
        if total < len(self._step_tokens):
            self.stopped = "budget"
        self._plan.total = total
        self._place_checks(n_checks)
        log.info("%.0f tokens/s: %d steps fit the budget", speed, total)

    def _place_checks(self, n_checks: int) -> None:
        self._check_after = place_checks(self.steps, self._plan.total, n_checks)

    def _seconds_left(self) -> float:
        """Return what is left for steps when the last check is kept free."""
        if self._deadline is None:
            return math.inf
        return self._deadline - self._clock() - self._expect_check_s()

    def _expect_check_s(self) -> float:
        """Return how long a check takes: as the base's did, or longer as the steps now suggest."""
        token_s = self.training_s / sum(self._step_tokens[: self.steps])
        return max(self._check_s, self._check_tokens * token_s / STEP_COST)

    def _is_late(self) -> bool:
        """Whether another step would run into what is kept for the end."""
        return self._seconds_left() < self.training_s / max(1, self.steps)
