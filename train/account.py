"""The account of a run: what it took, what it gave, what to be told about it."""

from __future__ import annotations

import logging
import resource
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from assistant.errors import OutOfMemory
from assistant.hardware import Hardware
from train.data import TrainingData
from train.losses import Losses
from train.memory import suggest_smaller
from train.model import count_trainable
from train.presets import Preset
from train.report import Course, TrainReport
from train.session import Session
from train.signs import Sample, measure_habits, tell_signs
from train.steps import Steps

if TYPE_CHECKING:
    from peft import PeftModel

log = logging.getLogger(__name__)

FEW_ROWS = 100


def warn_of_few(n_rows: int) -> list[str]:
    """Return what is to be said where the rows are so few that a prompt may do."""
    if n_rows >= FEW_ROWS:
        return []
    return [f"{n_rows} rows are few; under {FEW_ROWS} the prompt alone may serve better"]


def collect_warnings(course: Course, samples: Sequence[Sample], data: TrainingData) -> list[str]:
    """Return what the person should know of the run, and log the signs."""
    taught = [row.pair.messages[-1].content for row in data.train]
    habits = measure_habits(samples, taught) if samples else None
    signs = tell_signs(course, habits, len(samples))
    for sign in signs:
        log.warning(sign)
    return [*warn_of_few(len(data.train)), *signs]


def account_for(
    steps: Steps,
    model: PeftModel,
    course: Course,
    best: Losses,
    session: Session,
    warnings: Sequence[str],
    seconds: float,
) -> TrainReport:
    """Return the report of a session; the adapter has no name yet."""
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
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        if not is_out_of_memory(error):
            raise
        raise OutOfMemory(
            f"training ran out of memory on {hardware.name} with preset {preset.name},"
            f" quantisation {preset.quantisation} and {preset.rows_at_once} rows of up to"
            f" {max_tokens} tokens at once; set {suggest_smaller(preset)}"
        ) from error


def is_out_of_memory(error: Exception) -> bool:
    """Whether a library's error says that memory is empty."""
    import torch
    from accelerate.utils.memory import should_reduce_batch_size

    if isinstance(error, (MemoryError, torch.OutOfMemoryError)):
        return True
    # torch reports a processor's empty memory as a plain RuntimeError.
    return "allocate memory" in str(error) or bool(should_reduce_batch_size(error))
