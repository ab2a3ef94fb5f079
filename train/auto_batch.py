"""How many rows at once really fit: one step on the longest rows, tried from the estimate on.

Rows a step stay as they are: fewer at once means more passes, whose gradients are added up.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from assistant.errors import OutOfMemory
from train.account import is_out_of_memory
from train.data import TrainingData
from train.memory import list_smaller, suggest_smaller
from train.model import add_adapter, remove_adapter
from train.presets import Preset
from train.report import Setup
from train.steps import plan_steps

if TYPE_CHECKING:
    from transformers import PreTrainedModel

log = logging.getLogger(__name__)


def settle_batch(model: PreTrainedModel, data: TrainingData, setup: Setup, rate: float) -> Preset:
    """Return the preset with the most rows at once whose trial step fits; the base stays as it was.

    Raises OutOfMemory where not even the smallest does. Several processes keep to the estimate:
    one that ran out would leave the others waiting for it.
    """
    if setup.processes.count > 1:
        return setup.preset
    found = find_largest(
        list(list_smaller(setup.preset, auto=True)),
        setup.preset,
        lambda preset: _try_step(model, data, preset, setup, rate),
        # A system takes more memory than it has and then kills the process: no error says so.
        grows=setup.hardware.device == "cuda",
    )
    if found is None:
        hint = suggest_smaller(replace(setup.preset, rows_at_once=1, checkpointing=True))
        raise OutOfMemory(
            f"a step on the longest of {len(data.train)} rows does not fit {setup.hardware.name},"
            f" one row at once; set {hint}"
        )
    passes = found.count_micro_batches()
    log.info("%d rows at once, %d passes a step", found.rows_at_once, passes)
    return found


def find_largest(
    candidates: Sequence[Preset],
    start: Preset,
    fits: Callable[[Preset], bool],
    *,
    grows: bool,
) -> Preset | None:
    """Return the first of `candidates`, fastest first, that fits, None where none does.

    Looks from `start` on; with `grows` it goes back from there while what it tries fits, with
    checkpointing as it is.
    """
    at = candidates.index(start)
    found = next((candidate for candidate in candidates[at:] if fits(candidate)), None)
    if found is None or found != start or not grows:
        return found
    for larger in reversed(candidates[:at]):
        if larger.checkpointing != found.checkpointing or not fits(larger):
            break
        found = larger
    return found


def _try_step(
    model: PreTrainedModel, data: TrainingData, preset: Preset, setup: Setup, rate: float
) -> bool:
    """Take one step of one pass on the longest rows; False where memory ran out."""
    from accelerate.utils.memory import clear_device_cache

    longest = sorted(data.train, key=lambda row: -len(row.ids))
    # PiSSA would change the base, and takes as much as plain LoRA.
    method = "lora" if preset.method == "pissa" else preset.method
    single = replace(preset, rows_per_step=preset.rows_at_once, method=method)
    adapted = add_adapter(model, single, setup.seed, n_steps=1)
    steps = plan_steps(
        replace(data, train=tuple(longest[: preset.rows_at_once])), single, setup, rate, 1
    )
    began = time.monotonic()
    try:
        steps.train(adapted, lambda *_: True)
    except (MemoryError, RuntimeError) as error:
        if not is_out_of_memory(error):
            raise
        log.info("%d rows at once do not fit", preset.rows_at_once)
        return False
    finally:
        remove_adapter(adapted)
        clear_device_cache(garbage_collection=True)
    seconds = time.monotonic() - began
    log.info("%d rows at once fit: one pass took %.1f s", preset.rows_at_once, seconds)
    return True
