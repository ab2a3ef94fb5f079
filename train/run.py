"""From the current snapshot of pairs to a candidate adapter: the train stage as one call."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path

from assistant.commit import MANIFEST, hash_file, read_current, writer_lock
from assistant.config import Workspace
from assistant.hardware import find_hardware, share_cores
from assistant.progress import NotedReport, ignore_progress
from assistant.registry import Registry, next_name
from train.account import warn_of_few
from train.candidate import write_candidate
from train.checkpoint import clear_checkpoints
from train.data import read_training_data
from train.fit import fit_adapter
from train.kept_trials import forget_trials
from train.presets import check_batch, choose_preset
from train.processes import Processes, find_processes
from train.report import Setup, TrainReport
from train.sizing import forecast
from train.sweep import SweepSettings
from train.tracking import choose_tracker, open_tracker

log = logging.getLogger(__name__)


def find_trained(workspace: Workspace) -> str | None:
    """Return an adapter that was made from the current snapshot, or None."""
    snapshot = read_current(workspace.pairs_root)
    if snapshot is None:
        return None
    sha256 = hash_file(workspace.pairs_root / snapshot / MANIFEST)
    registry = Registry(workspace.adapters_root)
    for entry in reversed(registry.list()):
        if not entry.made_at:  # a folder without a manifest
            continue
        if registry.verify(entry.name).get("snapshot", {}).get("sha256") == sha256:
            return entry.name
    return None


def train_adapter(
    workspace: Workspace,
    *,
    preset: str | None = None,
    budget_s: float | None = None,
    resume: bool = False,
    sweep: bool = False,
    auto_batch: bool = False,
    on_progress: NotedReport = ignore_progress,
) -> TrainReport:
    """Fit a candidate adapter to the current snapshot; `on_progress` gets (steps done, steps).

    With `budget_s` the whole call keeps to that many seconds: model load, all validations and
    saving included. With `resume` a run that was cut off goes on from its newest whole
    checkpoint; with `sweep` rates are tried first; with `auto_batch` the rows at once are as many
    as a trial step shows to fit. Raises AssistantError where there is too little data, time or
    memory.
    """
    began = time.monotonic()
    share_cores()
    hardware = find_hardware()
    processes = find_processes(hardware)
    train = workspace.settings.train
    chosen = choose_preset(preset, train, hardware)
    tracker = choose_tracker(train.tracking)
    place = workspace.adapters_root / ".training"
    tried = SweepSettings(train.sweep_rates, train.sweep_ranks) if sweep else None
    # Its own lock: promoting and rolling back stay possible while this runs.
    with _only_run(place, processes):
        data = read_training_data(workspace)
        coming = forecast(data, chosen, hardware, auto_batch=auto_batch)
        for line in [*coming.lines, *warn_of_few(len(data.train))]:
            log.info(line)
        settled = check_batch(coming.preset, processes.count)
        setup = Setup(
            settled, hardware, train.seed, budget_s, train.checkpoint_s, processes, auto_batch
        )
        if not resume and processes.is_first and (step := clear_checkpoints(place)):
            log.warning("a run that was cut off after step %d is given up for this one", step)
        processes.wait()
        kept = tracker if processes.is_first else "none"
        run = next_name(workspace.adapters_root, datetime.now(UTC).date().isoformat())
        with open_tracker(
            kept, workspace.root / "built" / "tracking", run, asdict(settled)
        ) as track:
            fitted = fit_adapter(
                data, setup, began=began, on_progress=on_progress, folder=place, track=track,
                resume=resume, sweep=tried,
            )  # fmt: skip
        if not processes.is_first:
            return fitted.report
        name = write_candidate(workspace.adapters_root, fitted, data, setup)
        clear_checkpoints(place)
        forget_trials(place)
    return replace(fitted.report, adapter=name, seconds=time.monotonic() - began)


@contextmanager
def _only_run(place: Path, processes: Processes) -> Iterator[None]:
    """Hold the lock in the first process; the others are its own."""
    if not processes.is_first:
        yield
        return
    with writer_lock(place):
        yield
