"""What is settled before the first step of a run, and kept when it is resumed."""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.errors import AssistantError
from train.auto_batch import settle_batch
from train.data import TrainingData
from train.examples import Example
from train.kept_trials import KeptTrials
from train.losses import Losses, average_losses, score_row
from train.model import count_parameters
from train.presets import Preset, choose_rate
from train.ranks import share_ranks
from train.report import Setup
from train.sweep import SweepResult, SweepSettings, sweep_rates

if TYPE_CHECKING:
    from transformers import PreTrainedModel

log = logging.getLogger(__name__)

_VALIDATION_SHARE = 0.1  # of the budget may go into one look at the validation loss
_LEAST_VALIDATION_ROWS = 4
_SETTLED = ("rank", "alpha", "rows_at_once", "checkpointing")  # of the preset, by trial


@dataclass(frozen=True, slots=True)
class Start:
    """The rate and ranks to train with, and the base's losses on so many rows."""

    preset: Preset
    rate: float
    base: Losses
    check_s: float
    n_rows: int
    ranks: dict[str, int] | None
    sweep: SweepResult | None


def describe_run(
    data: TrainingData, setup: Setup, sweep: SweepSettings | None
) -> dict[str, str | int | float | bool | None]:
    """Return what must be the same for a run to be gone on with, in words of masthead.yaml."""
    figures = {f"train.{key}": value for key, value in asdict(setup.preset).items()}
    if setup.auto_batch:  # they were tried; a resumed run takes them from its checkpoint
        del figures["train.rows_at_once"], figures["train.checkpointing"]
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


def make_start(
    model: PreTrainedModel,
    data: TrainingData,
    setup: Setup,
    sweep: SweepSettings | None,
    began: float,
    folder: Path,
) -> Start:
    """Measure the base, then settle rate, rank and ranks, by trial where that is asked for.

    The trials of a sweep are kept in `folder` until the run is over.
    """
    base, check_s, n_rows = _measure_base(model, data.validation, setup)
    preset, result = setup.preset, None
    rate = choose_rate(preset, count_parameters(model))
    data = replace(data, validation=data.validation[:n_rows])
    if setup.auto_batch:
        preset = settle_batch(model, data, setup, rate)
        setup = replace(setup, preset=preset)
    if sweep is not None:
        run = {**describe_run(data, setup, sweep), **asdict(sweep), "budget_s": setup.budget_s}
        kept = KeptTrials(folder, run, writes=setup.processes.is_first)
        result = sweep_rates(
            model, data, setup, sweep, rate=rate, check_s=check_s, began=began, kept=kept
        )
        rate, preset = result.best.rate, replace(preset, rank=result.best.rank)
        preset = replace(preset, alpha=setup.preset.alpha * preset.rank // setup.preset.rank)
    ranks = share_ranks(model, data, preset, setup, rate) if preset.ranks == "entropy" else None
    return Start(preset, rate, base, check_s, n_rows, ranks, result)


def start_facts(start: Start) -> dict[str, Any]:
    """Return what a checkpoint must hold of it, as JSON."""
    return {
        **{key: value for key, value in asdict(start.preset).items() if key in _SETTLED},
        "rate": start.rate,
        "base": [start.base.all, start.base.novel],
        "check_s": start.check_s,
        "n_rows": start.n_rows,
        "ranks": start.ranks,
        "sweep": start.sweep.to_rows() if start.sweep else None,
    }


def read_start(preset: Preset, facts: Mapping[str, Any]) -> Start:
    """Return what `start_facts` gave, with the preset's other figures."""
    return Start(
        preset=replace(preset, **{key: facts[key] for key in _SETTLED}),
        rate=facts["rate"],
        base=Losses(*facts["base"]),
        check_s=facts["check_s"],
        n_rows=facts["n_rows"],
        ranks=facts["ranks"],
        sweep=SweepResult.from_rows(facts["sweep"]) if facts["sweep"] else None,
    )


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
