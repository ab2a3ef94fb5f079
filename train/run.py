"""From the current snapshot of pairs to a candidate adapter: the train stage as one call."""

from __future__ import annotations

import time
from dataclasses import replace

from assistant.commit import MANIFEST, hash_file, read_current, writer_lock
from assistant.config import Workspace
from assistant.hardware import find_hardware, share_cores
from assistant.progress import Report, ignore_progress
from assistant.registry import Registry
from train.candidate import write_candidate
from train.data import read_training_data
from train.fit import fit_adapter
from train.presets import choose_preset
from train.report import Setup, TrainReport


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
    on_progress: Report = ignore_progress,
) -> TrainReport:
    """Fit a candidate adapter to the current snapshot; `on_progress` gets (steps done, steps).

    With `budget_s` the whole call keeps to that many seconds: model load, both validations and
    saving included. Raises AssistantError where there is too little data, time or memory.
    """
    began = time.monotonic()
    share_cores()
    hardware = find_hardware()
    train = workspace.settings.train
    setup = Setup(choose_preset(preset, train, hardware), hardware, train.seed, budget_s)
    # Its own lock: promoting and rolling back stay possible while this runs.
    with writer_lock(workspace.adapters_root / ".training"):
        data = read_training_data(workspace)
        fitted = fit_adapter(data, setup, began=began, on_progress=on_progress)
        name = write_candidate(workspace.adapters_root, fitted, data, setup)
    return replace(fitted.report, adapter=name, seconds=time.monotonic() - began)
