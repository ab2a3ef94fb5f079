"""Rows in, adapter weights out: load the base, measure it, train, keep the best.

Writes no file but the trainer's scratch folder.
"""

from __future__ import annotations

import logging
import math
import resource
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from assistant.errors import AssistantError, OutOfMemory
from assistant.hardware import Hardware
from assistant.progress import Report
from train.data import TrainingData
from train.examples import Example
from train.losses import Losses, average_losses, measure_losses, score_row
from train.model import (
    add_adapter,
    copy_adapter,
    count_parameters,
    count_trainable,
    load_base_model,
)
from train.plan import STEP_COST, StepPlan, count_steps, order_rows
from train.presets import choose_rate
from train.report import Check, Course, Setup, TrainReport
from train.session import Session
from train.trainer import build_sft_config, build_trainer

if TYPE_CHECKING:
    import torch
    from peft import PeftModel

log = logging.getLogger(__name__)

_FEW_ROWS = 100
_SAVING_S = 6.0  # weights, GGUF, plot and fsync of a small base on two cores
_VALIDATION_SHARE = 0.1  # of the budget may go into one look at the validation loss
_LEAST_VALIDATION_ROWS = 4


@dataclass(frozen=True, slots=True)
class Fitted:
    """The weights that were kept, and what is needed to write them down."""

    weights: Mapping[str, torch.Tensor]
    lora_config: dict[str, Any]
    base_config: dict[str, Any]
    course: Course
    report: TrainReport


def fit_adapter(data: TrainingData, setup: Setup, *, began: float, on_progress: Report) -> Fitted:
    """Train on the rows within the budget, counted from `began` (time.monotonic seconds)."""
    import torch

    torch.set_num_threads(setup.hardware.cores)
    log.info("loading %s with preset %s", data.base.id, setup.preset.name)
    with _explained_memory(setup, data.max_tokens):
        base_model = load_base_model(data.base, setup.preset, setup.hardware)
        rate = choose_rate(setup.preset, count_parameters(base_model))
        model = add_adapter(base_model, setup.preset, setup.seed)
        base_losses, check_s, n_rows = _measure_base(model, data.validation, setup.budget_s)
        data = replace(data, validation=data.validation[:n_rows])
        run = _Run(model, data, setup, rate, on_progress)
        session = run.start(began, check_s)
    losses, weights = session.best
    stopped = session.stopped
    if losses.all >= base_losses.all:
        stopped += "; the base is better than every check"
    course = Course(
        step_losses=tuple(session.step_losses),
        checks=(Check(0, base_losses), *session.checks),
        rate=rate,
        validation_rows=n_rows,
        stopped=stopped,
    )
    report = _account(run, course, losses, session.training_s, time.monotonic() - began)
    lora_config = model.peft_config["default"].to_dict()
    return Fitted(weights, lora_config, base_model.config.to_dict(), course, report)


class _Run:
    """The model, its rows in order and the plan of steps."""

    def __init__(
        self, model: PeftModel, data: TrainingData, setup: Setup, rate: float, on_progress: Report
    ) -> None:
        preset = setup.preset
        self.model, self.data, self.setup, self.rate = model, data, setup, rate
        self._on_progress = on_progress
        self.plan = StepPlan(count_steps(len(data.train), preset.epochs, preset.rows_per_step))
        order = order_rows(len(data.train), self.plan.total, preset.rows_per_step, setup.seed)
        self.rows = [data.train[number] for number in order]
        starts = range(0, len(self.rows), preset.rows_per_step)
        self.step_tokens = [
            sum(len(row.ids) for row in self.rows[start : start + preset.rows_per_step])
            for start in starts
        ]

    def start(self, began: float, check_s: float) -> Session:
        """Run the steps and the last check."""
        session = Session(
            self.plan,
            self.step_tokens,
            deadline=self._find_deadline(began, check_s),
            check_s=check_s,
            check_tokens=sum(len(row.ids) for row in self.data.validation),
            measure=lambda: measure_losses(self.model, self.data.validation),
            copy=lambda: copy_adapter(self.model),
            on_progress=self._on_progress,
        )
        with TemporaryDirectory() as scratch:
            config = build_sft_config(
                self.setup.preset,
                self.setup.hardware,
                n_steps=self.plan.total,
                rate=self.rate,
                seed=self.setup.seed,
                scratch=scratch,
            )
            trainer = build_trainer(
                self.model, self.rows, self.data.tokenizer, config, self.plan, session.after_step
            )
            session.begin()
            trainer.train()
        session.check()
        return session

    def _find_deadline(self, began: float, check_s: float) -> float | None:
        """Return when the last step must have ended, or None; too little time is refused."""
        budget_s = self.setup.budget_s
        if budget_s is None:
            return None
        speed = sum(len(row.ids) for row in self.data.validation) / check_s / STEP_COST
        step_s = self.step_tokens[0] / speed
        spent = time.monotonic() - began
        ending = check_s + _SAVING_S
        if spent + step_s + ending > budget_s:
            raise AssistantError(
                f"the budget of {budget_s:.0f} s is too short for one step: {spent:.0f} s to load"
                f" and measure the base, about {step_s:.0f} s a step, {ending:.0f} s to measure"
                f" and save; give at least {2 * (spent + step_s + ending):.0f} s"
            )
        return began + budget_s - _SAVING_S


def _measure_base(
    model: PeftModel, validation: Sequence[Example], budget_s: float | None
) -> tuple[Losses, float, int]:
    """Return the base's losses, the seconds taken, and on how many of the rows.

    That is all rows, unless the machine is so slow that they would eat the budget.
    """
    began = time.monotonic()
    limit_s = math.inf if budget_s is None else budget_s * _VALIDATION_SHARE
    scores: list[list[float]] = []
    model.eval()
    with model.disable_adapter():
        for example in validation:
            scores.append(score_row(model, example))
            if time.monotonic() - began > limit_s and len(scores) >= _LEAST_VALIDATION_ROWS:
                break
    losses = average_losses(validation[: len(scores)], scores)
    log.info("base: validation loss %.3f on %d rows", losses.all, len(scores))
    return losses, time.monotonic() - began, len(scores)


def _account(
    run: _Run, course: Course, best: Losses, training_s: float, seconds: float
) -> TrainReport:
    steps = len(course.step_losses)
    tokens = sum(run.step_tokens[:steps])
    n_rows = len(run.data.train)
    warnings = []
    if n_rows < _FEW_ROWS:
        warnings.append(
            f"{n_rows} rows are few; under {_FEW_ROWS} the prompt alone may serve better"
        )
        log.warning(warnings[0])
    return TrainReport(
        adapter="",
        steps=steps,
        tokens=tokens,
        tokens_per_second=tokens / training_s,
        train_loss=sum(course.step_losses) / steps,
        base=course.checks[0].losses,
        best=best,
        last=course.checks[-1].losses,
        trainable_parameters=count_trainable(run.model),
        peak_memory_bytes=_measure_peak(run.setup.hardware),
        seconds=seconds,
        precision=_name_precision(run.setup),
        stopped=course.stopped,
        warnings=tuple(warnings),
    )


def _name_precision(setup: Setup) -> str:
    number = "bf16" if setup.hardware.bf16 else "fp32"
    return f"nf4, {number} compute" if setup.preset.quantisation == "nf4" else number


def _measure_peak(hardware: Hardware) -> int:
    """Return the most memory used so far: the GPU's, else this process's."""
    import torch

    if hardware.device == "cuda":
        return int(torch.cuda.max_memory_allocated())
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


@contextmanager
def _explained_memory(setup: Setup, max_tokens: int) -> Iterator[None]:
    import torch

    try:
        yield
    except (MemoryError, torch.OutOfMemoryError, RuntimeError) as error:
        # torch reports a processor's empty memory as a plain RuntimeError.
        is_memory = not isinstance(error, RuntimeError) or "allocate memory" in str(error)
        if not (is_memory or isinstance(error, torch.OutOfMemoryError)):
            raise
        raise OutOfMemory(
            f"training ran out of memory on {setup.hardware.name} with preset"
            f" {setup.preset.name}, quantisation {setup.preset.quantisation} and rows of up to"
            f" {max_tokens} tokens; set train.quantisation: nf4, a smaller train.preset or a lower"
            " retrieval.prompt_tokens"
        ) from error
