"""Rows in, adapter weights out: load the base, measure it, train, keep the best.

Writes nothing but checkpoints and the trainer's scratch folder.
"""

from __future__ import annotations

import logging
import math
import resource
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.errors import AssistantError, OutOfMemory
from assistant.hardware import Hardware
from assistant.progress import NotedReport
from train.checkpoint import Checkpoint, find_checkpoint
from train.data import TrainingData
from train.examples import Example
from train.losses import Losses, average_losses, measure_losses, score_row
from train.memory import suggest_smaller
from train.model import add_adapter, count_parameters, count_trainable, load_base_model
from train.plan import STEP_COST
from train.presets import Preset, choose_rate
from train.ranks import share_ranks
from train.report import Check, Course, Setup, TrainReport
from train.samples import count_sample_tokens, write_samples
from train.session import Session
from train.signs import Sample, measure_habits, tell_signs
from train.steps import Steps, plan_steps, run_session
from train.sweep import SweepResult, SweepSettings, sweep_rates
from train.tracking import Track, ignore_figures
from train.weights import copy_adapter, put_back, to_plain_lora

if TYPE_CHECKING:
    import torch
    from peft import PeftModel
    from transformers import PreTrainedModel

log = logging.getLogger(__name__)

FEW_ROWS = 100
_SAVING_S = 6.0  # weights, GGUF, plot and fsync of a small base on two cores
_VALIDATION_SHARE = 0.1  # of the budget may go into one look at the validation loss
_LEAST_VALIDATION_ROWS = 4
_SAMPLES_SHARE = 0.05  # of the budget may go into samples; a shorter one goes without
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


@dataclass(frozen=True, slots=True)
class _Start:
    """What is settled before the first step, and kept by a resume."""

    preset: Preset
    rate: float
    base: Losses
    check_s: float
    n_rows: int
    ranks: dict[str, int] | None
    sweep: SweepResult | None


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
            start = _make_start(base_model, data, setup, sweep, began)
        else:
            start = _read_start(setup.preset, resumed.facts["start"])
            log.info("resuming after step %d", resumed.step)
        data = replace(data, validation=data.validation[: start.n_rows])
        steps = plan_steps(data, start.preset, setup, start.rate)
        n_steps = steps.plan.total
        model = add_adapter(
            base_model, start.preset, setup.seed, n_steps=n_steps, ranks=start.ranks
        )
        initial = copy_adapter(model) if start.preset.method == "pissa" else {}
        sample_s = _expect_sample_s(steps, start.check_s)
        deadline = _find_deadline(steps, start.check_s, began, resumed, sample_s or 0.0)
        session = run_session(
            steps,
            model,
            lambda save: _open_session(steps, model, start, deadline, save, on_progress, track),
            folder=folder,
            facts={"start": _start_facts(start)},
            run=run,
            resumed=resumed,
        )
        losses, weights = session.best
        course = _describe_course(session, start, losses)
        samples: list[Sample] = []
        if sample_s is not None:
            put_back(model, weights)
            samples = write_samples(model, data.tokenizer, data.validation)
    warnings = _warn(course, samples, data)
    report = _account(steps, model, course, losses, session, warnings, time.monotonic() - began)
    plain, config = to_plain_lora(weights, model.peft_config["default"].to_dict(), initial)
    base_config = base_model.config.to_dict()
    return Fitted(
        plain, config, base_config, start.preset, course, report, start.sweep, tuple(samples)
    )


def describe_run(
    data: TrainingData, setup: Setup, sweep: SweepSettings | None
) -> dict[str, str | int | float | bool | None]:
    """Return what must be the same for a run to be gone on with, in words of masthead.yaml."""
    figures = {f"train.{key}": value for key, value in asdict(setup.preset).items()}
    return {
        **figures,
        "base": f"{data.base.id} {data.base.revision}".strip(),
        "snapshot": f"{data.snapshot} {data.snapshot_sha256}",
        "render": data.render,
        "rows": len(data.train),
        "max_tokens": data.max_tokens,
        "seed": setup.seed,
        "sweep": sweep is not None,
        # PiSSA starts from a decomposition that another machine may round otherwise.
        "hardware": setup.hardware.name if setup.preset.method == "pissa" else None,
    }


def check_vocabulary(model: PreTrainedModel, data: TrainingData) -> None:
    """Raise AssistantError where the tokenizer has ids that the base has no row for."""
    rows = model.get_input_embeddings().weight.shape[0]
    highest = max(max(row.ids) for row in (*data.train, *data.validation))
    if highest >= rows:
        raise AssistantError(
            f"the tokenizer of {data.base.id} gives id {highest} and the base has {rows} rows; they"
            " do not belong together, correct models.base"
        )


def _make_start(
    model: PreTrainedModel,
    data: TrainingData,
    setup: Setup,
    sweep: SweepSettings | None,
    began: float,
) -> _Start:
    base, check_s, n_rows = _measure_base(model, data.validation, setup)
    preset, result = setup.preset, None
    rate = choose_rate(preset, count_parameters(model))
    data = replace(data, validation=data.validation[:n_rows])
    if sweep is not None:
        result = sweep_rates(model, data, setup, sweep, rate=rate, check_s=check_s, began=began)
        rate, preset = result.best.rate, replace(preset, rank=result.best.rank)
        preset = replace(preset, alpha=setup.preset.alpha * preset.rank // setup.preset.rank)
    ranks = share_ranks(model, data, preset, setup, rate) if preset.ranks == "entropy" else None
    return _Start(preset, rate, base, check_s, n_rows, ranks, result)


def _start_facts(start: _Start) -> dict[str, Any]:
    return {
        "rank": start.preset.rank,
        "alpha": start.preset.alpha,
        "rate": start.rate,
        "base": [start.base.all, start.base.novel],
        "check_s": start.check_s,
        "n_rows": start.n_rows,
        "ranks": start.ranks,
        "sweep": start.sweep.to_rows() if start.sweep else None,
    }


def _read_start(preset: Preset, facts: Mapping[str, Any]) -> _Start:
    return _Start(
        preset=replace(preset, rank=facts["rank"], alpha=facts["alpha"]),
        rate=facts["rate"],
        base=Losses(*facts["base"]),
        check_s=facts["check_s"],
        n_rows=facts["n_rows"],
        ranks=facts["ranks"],
        sweep=SweepResult.from_rows(facts["sweep"]) if facts["sweep"] else None,
    )


def _open_session(
    steps: Steps,
    model: PeftModel,
    start: _Start,
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


def _expect_sample_s(steps: Steps, check_s: float) -> float | None:
    """Return how long samples take, None with several processes or too short a budget."""
    if steps.setup.processes.count > 1:
        return None
    validation, budget_s = steps.data.validation, steps.setup.budget_s
    token_s = check_s / sum(len(row.ids) for row in validation)
    expected = count_sample_tokens(validation) * token_s * _SAMPLE_COST
    is_long = budget_s is not None and expected > budget_s * _SAMPLES_SHARE
    return None if is_long else expected


def _measure_base(
    model: PreTrainedModel, validation: Sequence[Example], setup: Setup
) -> tuple[Losses, float, int]:
    """Return the base's losses, the seconds taken, and on how many of the rows.

    That is all rows, unless the machine is so slow that they would eat the budget.
    """
    began = setup.processes.clock()
    limit_s = math.inf if setup.budget_s is None else setup.budget_s * _VALIDATION_SHARE
    scores: list[list[float]] = []
    model.eval()
    for example in validation:
        scores.append(score_row(model, example))
        if setup.processes.clock() - began > limit_s and len(scores) >= _LEAST_VALIDATION_ROWS:
            break
    losses = average_losses(validation[: len(scores)], scores)
    log.info("base: validation loss %.3f on %d rows", losses.all, len(scores))
    return losses, setup.processes.clock() - began, len(scores)


def _describe_course(session: Session, start: _Start, best: Losses) -> Course:
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


def warn_of_few(n_rows: int) -> list[str]:
    """Return what is to be said where the rows are so few that a prompt may do."""
    if n_rows >= FEW_ROWS:
        return []
    return [f"{n_rows} rows are few; under {FEW_ROWS} the prompt alone may serve better"]


def _warn(course: Course, samples: Sequence[Sample], data: TrainingData) -> list[str]:
    taught = [row.pair.messages[-1].content for row in data.train]
    habits = measure_habits(samples, taught) if samples else None
    signs = tell_signs(course, habits, len(samples))
    for sign in signs:
        log.warning(sign)
    return [*warn_of_few(len(data.train)), *signs]


def _account(
    steps: Steps,
    model: PeftModel,
    course: Course,
    best: Losses,
    session: Session,
    warnings: Sequence[str],
    seconds: float,
) -> TrainReport:
    n_steps = len(course.step_losses)
    tokens = sum(steps.step_tokens[:n_steps])
    return TrainReport(
        adapter="",
        steps=n_steps,
        tokens=tokens,
        tokens_per_second=tokens / session.training_s,
        train_loss=sum(course.step_losses) / n_steps,
        base=course.checks[0].losses,
        best=best,
        last=course.checks[-1].losses,
        trainable_parameters=count_trainable(model),
        peak_memory_bytes=measure_peak(steps.setup.hardware),
        seconds=seconds,
        precision=name_precision(steps.preset, steps.setup.hardware),
        stopped=course.stopped,
        warnings=tuple(warnings),
    )


def name_precision(preset: Preset, hardware: Hardware) -> str:
    """Return how the base lies in memory and what it computes in."""
    number = "bf16" if hardware.bf16 else "fp32"
    return number if preset.quantisation == "none" else f"{preset.quantisation}, {number} compute"


def measure_peak(hardware: Hardware) -> int:
    """Return the most memory used so far: the GPU's, else this process's."""
    import torch

    if hardware.device == "cuda":
        return int(torch.cuda.max_memory_allocated())
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


@contextmanager
def explained_memory(preset: Preset, hardware: Hardware, max_tokens: int) -> Iterator[None]:
    """Turn the library's word for empty memory into OutOfMemory with the setting to change."""
    import torch

    try:
        yield
    except (MemoryError, torch.OutOfMemoryError, RuntimeError) as error:
        # torch reports a processor's empty memory as a plain RuntimeError.
        is_memory = not isinstance(error, RuntimeError) or "allocate memory" in str(error)
        if not (is_memory or isinstance(error, torch.OutOfMemoryError)):
            raise
        raise OutOfMemory(
            f"training ran out of memory on {hardware.name} with preset {preset.name},"
            f" quantisation {preset.quantisation} and {preset.rows_at_once} rows of up to"
            f" {max_tokens} tokens at once; set {suggest_smaller(preset)}"
        ) from error
