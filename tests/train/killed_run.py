"""A training run that copies its checkpoint folder whenever that changes, then kills itself.

Started as a script by test_resume.py: SETTINGS.json ROOT COPIES STEP. Each copy is what a kill at
that moment would leave on disk, for no clean-up runs in between.
"""

import json
import os
import shutil
import signal
import sys
import time
from pathlib import Path

from assistant.config import Workspace, parse_settings
from assistant.hardware import GB, Hardware
from train.data import read_training_data
from train.fit import fit_adapter
from train.presets import choose_preset
from train.report import Setup

MACHINE = Hardware(cores=1, memory=8 * GB)
EVENTS = {"open", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "shutil.rmtree"}


def fit(workspace, *, resume=False, on_progress=lambda *_: None):
    """Fit with a checkpoint after every step, in ROOT/.training."""
    train = workspace.settings.train
    setup = Setup(choose_preset("cpu", train, MACHINE), MACHINE, train.seed, None, checkpoint_s=0)
    return fit_adapter(
        read_training_data(workspace), setup, began=time.monotonic(), on_progress=on_progress,
        folder=workspace.root / ".training", resume=resume,
    )  # fmt: skip


def watch(folder, copies):
    """Copy `folder` at every change that is about to happen in it."""
    copying = False

    def hook(event, arguments):
        nonlocal copying
        if copying or event not in EVENTS or not str(arguments[0]).startswith(str(folder)):
            return
        if event == "open" and "w" not in str(arguments[1]):
            return
        copying = True
        shutil.copytree(folder, copies / f"{len(list(copies.iterdir())):03d}-{event}")
        copying = False

    sys.addaudithook(hook)


def main(settings, root, copies, last_step):
    folder = root / ".training"
    folder.mkdir()
    watch(folder, copies)

    def kill_at(step, *_):
        if step == last_step:
            os.kill(os.getpid(), signal.SIGKILL)

    fit(Workspace(root, parse_settings(settings, "masthead.yaml")), on_progress=kill_at)


if __name__ == "__main__":
    settings, root, copies, step = sys.argv[1:]
    main(json.loads(Path(settings).read_text()), Path(root), Path(copies), int(step))
