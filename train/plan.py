"""How many optimiser steps fit the time, and the learning rate over them. Pure arithmetic."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass

TIMED_STEPS = 3  # the first is slow (memory is being claimed), the other two are timed
STEP_COST = 3.0  # a training step's time per token, in those of measuring a loss
_LEAST_WARM_UP = 2


@dataclass(slots=True)
class StepPlan:
    """The steps of one run; `total` is set once more when a budget has been timed."""

    total: int
    schedule: str = "cosine"
    warm_up_share: float = 0.04

    @property
    def warm_up(self) -> int:
        """Steps over which the rate rises."""
        return max(_LEAST_WARM_UP, round(self.total * self.warm_up_share))

    def rate_factor(self, step: int) -> float:
        """Return the share of the learning rate that step `step` (from 0) takes: rise, then fall.

        It falls along half a cosine or a line to nearly nothing, or stays where it is.
        """
        if step < self.warm_up:
            return (step + 1) / (self.warm_up + 1)
        if self.schedule == "constant":
            return 1.0
        share = min(1.0, (step - self.warm_up) / max(1, self.total - self.warm_up))
        return 1 - share if self.schedule == "linear" else 0.5 * (1 + math.cos(math.pi * share))


def order_rows(n_rows: int, n_steps: int, rows_per_step: int, seed: int) -> list[int]:
    """Return the row numbers of all steps: each pass over the rows shuffled anew by the seed."""
    shuffled = random.Random(seed)
    order: list[int] = []
    while len(order) < n_steps * rows_per_step:
        rows = list(range(n_rows))
        shuffled.shuffle(rows)
        order.extend(rows)
    return order[: n_steps * rows_per_step]


def count_steps(n_rows: int, epochs: float, rows_per_step: int) -> int:
    """Return the steps of `epochs` passes over the rows, at least one."""
    return max(1, math.ceil(n_rows * epochs / rows_per_step))


def fit_steps(
    step_tokens: Sequence[int], done: int, tokens_per_second: float, seconds_left: float
) -> int:
    """Return how many steps in all can be done when `done` are and `seconds_left` remain."""
    room = tokens_per_second * seconds_left
    total = done
    for tokens in step_tokens[done:]:
        room -= tokens
        if room < 0:
            break
        total += 1
    return total


def place_checks(done: int, total: int, n_checks: int) -> frozenset[int]:
    """Return the steps after which to look at the validation loss, evenly before the last one."""
    gap = (total - done) / (n_checks + 1)
    steps = (done + round(gap * (number + 1)) for number in range(n_checks))
    return frozenset(step for step in steps if done < step < total)
