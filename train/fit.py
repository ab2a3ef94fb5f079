"""Rows in, adapter weights out: load the base, measure it, train, keep the best.

Writes nothing but checkpoints and the trainer's scratch folder.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.errors import AssistantError
from assistant.progress import NotedReport
from train.account import account_for, collect_warnings, explained_memory
from train.checkpoint import Checkpoint, find_checkpoint
from train.data import TrainingData
from train.losses import Losses, measure_losses
from train.model import add_adapter, load_base_model
from train.plan import STEP_COST
from train.presets import Preset
from train.report import Check, Course, Setup, TrainReport
from train.samples import count_sample_tokens, lay_out_samples, write_answers
from train.session import Session
from train.signs import Sample
from train.start import Start, check_vocabulary, describe_run, make_start, read_start, start_facts
from train.steps import Steps, plan_steps, run_session
from train.sweep import SweepResult, SweepSettings
from train.tracking import Track, ignore_figures
from train.weights import copy_adapter, put_back, to_plain_lora

if TYPE_CHECKING:
    import torch
    from peft import PeftModel

log = logging.getLogger(__name__)

_SAVING_S = 6.0  # weights, GGUF, plot and fsync of a small base on two cores
_SAMPLES_SHARE = 0.05  # of the budget may go into samples; a shorter one goes without some
_SAMPLE_COST = 3.0  # a sample's time per token, in those of measuring a loss


@dataclass(frozen=True, slots=True)
class Fitted:
    """The weights that were kept, and what is needed to write them down."""

    weights: Mapping[str, torch.Tensor]
    lora_config: dict[str, Any]
    base_config: dict[str, Any]
    preset: Preset
    course: Course
    report: TrainReport
    sweep: SweepResult | None
    samples: tuple[Sample, ...]


def fit_adapter(
    data: TrainingData,
    setup: Setup,
    *,
    began: float,
    on_progress: NotedReport,
    folder: Path,
    track: Track = ignore_figures,
    resume: bool = False,
    sweep: SweepSettings | None = None,
) -> Fitted:
    """Train on the rows within the budget, counted from `began` (time.monotonic seconds).

    Checkpoints go to `folder`; with `resume` the newest whole one there is gone on from.
    """
    import torch

    torch.set_num_threads(max(1, setup.hardware.cores // setup.processes.count))
    run = describe_run(data, setup, sweep)
    resumed = find_checkpoint(folder, run) if resume else None
    log.info("loading %s with preset %s", data.base.id, setup.preset.name)
    with explained_memory(setup.preset, setup.hardware, data.max_tokens):
        base_model = load_base_model(data.base, setup.preset, setup.hardware)
        check_vocabulary(base_model, data)
        if resumed is None:
            start = make_start(base_model, data, setup, sweep, began, folder)
        else:
            start = read_start(setup.preset, resumed.facts["start"])
            log.info("resuming after step %d", resumed.step)
    with explained_memory(start.preset, setup.hardware, data.max_tokens):
        data = replace(data, validation=data.validation[: start.n_rows])
        steps = plan_steps(data, start.preset, setup, start.rate)
        n_steps = steps.plan.total
        model = add_adapter(
            base_model, start.preset, setup.seed, n_steps=n_steps, ranks=start.ranks
        )
        initial = copy_adapter(model) if start.preset.method == "pissa" else {}
        rounds, sample_s = _plan_samples(steps, start.check_s)
        # A fresh adapter changes nothing: this is the base, whatever the method.
        before = write_answers(model, data.tokenizer, data.validation) if rounds > 1 else []
        deadline = _find_deadline(steps, start.check_s, began, resumed, sample_s)
        session = run_session(
            steps,
            model,
            lambda save: _open_session(steps, model, start, deadline, save, on_progress, track),
            folder=folder,
            facts={"start": start_facts(start)},
            run=run,
            resumed=resumed,
        )
        losses, weights = session.best
        course = _describe_course(session, start, losses)
        samples: list[Sample] = []
        if rounds:
            put_back(model, weights)
            after = write_answers(model, data.tokenizer, data.validation)
            samples = lay_out_samples(data.validation, before, after)
    warnings = collect_warnings(course, samples, data)
    report = account_for(steps, model, course, losses, session, warnings, time.monotonic() - began)
    plain, config = to_plain_lora(weights, model.peft_config["default"].to_dict(), initial)
    base_config = base_model.config.to_dict()
    return Fitted(
        plain, config, base_config, start.preset, course, report, start.sweep, tuple(samples)
    )


def _open_session(
    steps: Steps,
    model: PeftModel,
    start: Start,
    deadline: float | None,
    save: Callable[[Session], None],
    on_progress: NotedReport,
    track: Track,
) -> Session:
    validation = steps.data.validation
    return Session(
        steps.plan,
        steps.step_tokens,
        deadline=deadline,
        check_s=start.check_s,
        check_tokens=sum(len(row.ids) for row in validation),
        measure=lambda: measure_losses(model, validation),
        copy=lambda: copy_adapter(model),
        on_progress=on_progress,
        track=track,
        save=save,
        save_every_s=steps.setup.checkpoint_s,
        patience=steps.preset.patience,
        clock=steps.setup.processes.clock,
    )


def _find_deadline(
    steps: Steps, check_s: float, began: float, resumed: Checkpoint | None, sample_s: float
) -> float | None:
    """Return when the last step must have ended, or None; too little time is refused.

    A resumed run has the time that was left at its checkpoint, however long the way back took.
    """
    setup, budget_s = steps.setup, steps.setup.budget_s
    now = setup.processes.clock()
    if resumed is not None:
        left: float | None = resumed.facts["session"]["seconds_left"]
        return None if left is None else now + left
    if budget_s is None:
        return None
    speed = sum(len(row.ids) for row in steps.data.validation) / check_s / STEP_COST
    step_s = steps.step_tokens[0] / speed
    spent = time.monotonic() - began
    ending = check_s + sample_s + _SAVING_S
    if spent + step_s + ending > budget_s:
        raise AssistantError(
            f"the budget of {budget_s:.0f} s is too short for one step: {spent:.0f} s to load"
            f" and measure the base, about {step_s:.0f} s a step, {ending:.0f} s to measure"
            f" and save; give at least {2 * (spent + step_s + ending):.0f} s"
        )
    return now + budget_s - spent - sample_s - _SAVING_S


def _plan_samples(steps: Steps, check_s: float) -> tuple[int, float]:
    """Return how often samples are written, before and after or only after, and their end's time.

    Several processes write none, and a budget as many as its share allows.
    """
    if steps.setup.processes.count > 1:
        return 0, 0.0
    validation, budget_s = steps.data.validation, steps.setup.budget_s
    token_s = check_s / sum(len(row.ids) for row in validation)
    expected = count_sample_tokens(validation) * token_s * _SAMPLE_COST
    rounds = 2 if budget_s is None else min(2, int(budget_s * _SAMPLES_SHARE / expected))
    return rounds, expected if rounds else 0.0


def _describe_course(session: Session, start: Start, best: Losses) -> Course:
    stopped = session.stopped
    if best.all >= start.base.all:
        stopped += "; the base is better than every check"
    return Course(
        step_losses=tuple(session.step_losses),
        checks=(Check(0, start.base), *session.checks),
        rate=start.rate,
        validation_rows=start.n_rows,
        stopped=stopped,
    )
