"""One process of a two-process run, started by `torchrun`: writes the losses of its steps.

Arguments: SETTINGS.json ROOT. Only the first process writes ROOT/losses.json.
"""

import json
import sys
import time
from pathlib import Path

from assistant.config import Workspace, parse_settings
from assistant.hardware import GB, Hardware
from train.data import read_training_data
from train.fit import fit_adapter
from train.presets import check_batch, choose_preset
from train.processes import find_processes
from train.report import Setup

MACHINE = Hardware(cores=1, memory=8 * GB)


def main(settings, root):
    workspace = Workspace(root, parse_settings(settings, "masthead.yaml"))
    processes = find_processes(MACHINE)
    train = workspace.settings.train
    preset = check_batch(choose_preset("cpu", train, MACHINE), processes.count)
    setup = Setup(preset, MACHINE, train.seed, None, checkpoint_s=0.0, processes=processes)
    fitted = fit_adapter(
        read_training_data(workspace), setup, began=time.monotonic(),
        on_progress=lambda *_: None, folder=root / ".training",
    )  # fmt: skip
    if processes.is_first:
        checks = [check.losses.all for check in fitted.course.checks]
        told = {"steps": fitted.course.step_losses, "checks": checks, "processes": processes.count}
        (root / "losses.json").write_text(json.dumps(told))


if __name__ == "__main__":
    main(json.loads(Path(sys.argv[1]).read_text()), Path(sys.argv[2]))
