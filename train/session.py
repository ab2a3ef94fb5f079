"""One training session: times the first steps, fixes how many follow, keeps the best weights.

Owns the clock and the checks, says when to save; knows nothing of files. TRL runs the steps and
asks after each one.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from assistant.errors import AssistantError
from assistant.progress import NotedReport
from train.losses import Losses
from train.plan import STEP_COST, TIMED_STEPS, StepPlan, fit_steps, place_checks
from train.report import Check
from train.tracking import Track, ignore_figures

if TYPE_CHECKING:
    import torch

log = logging.getLogger(__name__)

_CHECK_SHARE = 0.1  # of the time left may go into looking at the validation loss on the way
_MOST_CHECKS = 4
_SAFETY = 0.95  # of the time left is planned for: other work on the machine slows later steps

Weights = dict[str, "torch.Tensor"]


class Session:
    """What happens after each step, and the last check, which must end before `deadline`.

    `deadline` is in the clock's seconds, None without budget; `check_s` is what the base's check
    of `check_tokens` took; `measure` and `copy` look at the model as it is now; `save` is called
    after a step when `save_every_s` of work would be lost, and never after the last one.
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
        on_progress: NotedReport,
        track: Track = ignore_figures,
        save: Callable[[Session], None] = lambda _: None,
        save_every_s: float = math.inf,
        patience: int = 2,
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
        self._track = track
        self._save = save
        self._save_every_s = save_every_s
        self._patience = patience
        self._check_after: frozenset[int] = frozenset()
        self._paused_s = 0.0  # in checks and saves
        self._began = self._timed_from = self._saved_at = self._clock()
        self._first = 1  # the first step of this process
        self._is_fixed = deadline is None
        self._best: tuple[Losses, Weights] | None = None
        self._without_gain = 0
        self.steps = 0
        self.step_losses: list[float] = []
        self.checks: list[Check] = []
        self.stopped = "all epochs done"
        self.training_s = 0.0

    def begin(self) -> None:
        """Start the clock of the steps."""
        self._timed_from = self._saved_at = self._clock()
        self._began = self._saved_at - self.training_s
        if self._deadline is None and not self.steps:
            self._place_checks(_MOST_CHECKS)

    def to_facts(self) -> dict[str, Any]:
        """Return what a resumed run must know, as JSON; the best weights go with it."""
        left = None if self._deadline is None else self._deadline - self._clock()
        return {
            "steps": self.steps,
            "total": self._plan.total,
            "is_fixed": self._is_fixed,
            "check_after": sorted(self._check_after),
            "step_losses": self.step_losses,
            "checks": [[c.step, c.losses.all, c.losses.novel] for c in self.checks],
            "best": None if self._best is None else [self._best[0].all, self._best[0].novel],
            "without_gain": self._without_gain,
            "stopped": self.stopped,
            "training_s": self.training_s,
            "seconds_left": left,
        }

    def restore(self, facts: Mapping[str, Any], best: Weights | None) -> None:
        """Go on from what `to_facts` gave; the number of steps stays if it was fixed."""
        self.steps = facts["steps"]
        self._first = self.steps + 1
        self._plan.total = facts["total"]
        self._is_fixed = facts["is_fixed"]
        self._check_after = frozenset(facts["check_after"])
        self.step_losses = list(facts["step_losses"])
        self.checks = [Check(step, Losses(*losses)) for step, *losses in facts["checks"]]
        if best is not None:
            self._best = (Losses(*facts["best"]), best)
        self._without_gain = facts["without_gain"]
        self.stopped = facts["stopped"]
        self.training_s = facts["training_s"]

    def after_step(self, step: int, loss: float) -> bool:
        """Take note of a step (from 1); True when the run should end."""
        if not math.isfinite(loss):
            raise AssistantError(
                f"the loss is {loss} after step {step}; set a lower train.learning_rate"
            )
        self.steps = step
        self.step_losses.append(loss)
        self.training_s = self._clock() - self._began - self._paused_s
        if step == self._first:
            self._timed_from = self._clock()
        elif step >= self._first + TIMED_STEPS - 1 and not self._is_fixed:
            self._fix_steps(step)
        speed = sum(self._step_tokens[:step]) / self.training_s if self.training_s else 0.0
        self._on_progress(step, self._plan.total, f"loss {loss:.3f}, {speed:.0f} tokens/s")
        self._track(step, {"loss": loss, "tokens_per_second": speed})
        if step in self._check_after and not self._is_late():
            self.check()
        if self._without_gain >= self._patience:
            self.stopped = "validation loss no longer falls"
            return True
        if step < self._plan.total and self._is_late():
            self.stopped = "budget"
            return True
        if step < self._plan.total and self._clock() - self._saved_at >= self._save_every_s:
            self._save_now()
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
        self._paused_s += self._clock() - began
        log.info("step %d: validation loss %.3f", self.steps, losses.all)
        held_out = {"held_out_loss": losses.all, "held_out_novel_loss": losses.novel}
        self._track(self.steps, {k: v for k, v in held_out.items() if v is not None})

    @property
    def best_so_far(self) -> Weights | None:
        """The best weights that a check has seen, None before the first check."""
        return None if self._best is None else self._best[1]

    @property
    def best(self) -> tuple[Losses, Weights]:
        """The lowest validation loss and the weights that gave it."""
        if self._best is None:
            raise AssistantError("no step was checked; give a longer --budget")
        return self._best

    def _fix_steps(self, done: int) -> None:
        """Set the plan's total, once, from the speed of the timed steps."""
        timed_s = self._clock() - self._timed_from
        speed = sum(self._step_tokens[self._first : done]) / timed_s
        left = self._seconds_left() * _SAFETY
        check_s = self._expect_check_s()
        n_checks = min(_MOST_CHECKS - 1, int(left * _CHECK_SHARE / check_s))
        left -= n_checks * check_s
        total = fit_steps(self._step_tokens, done, speed, left)
        if total < len(self._step_tokens):
            self.stopped = "budget"
        self._plan.total = total
        self._is_fixed = True
        self._place_checks(n_checks)
        log.info("%.0f tokens/s: %d steps fit the budget", speed, total)

    def _save_now(self) -> None:
        began = self._clock()
        self._save(self)
        self._saved_at = self._clock()
        self._paused_s += self._saved_at - began

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
