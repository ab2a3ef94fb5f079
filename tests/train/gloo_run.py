"""One process of a two-process run: writes the losses of its steps and the weights.

Arguments: SETTINGS.json ROOT [fsdp]. Only the first process writes into ROOT.
"""

import json
import sys
import time
from pathlib import Path

import torch
import torch.distributed.fsdp
from accelerate.state import AcceleratorState
from accelerate.utils import DistributedType
from safetensors.torch import save_file

from assistant.config import Workspace, parse_settings
from assistant.hardware import GB, Hardware
from train.data import read_training_data
from train.fit import fit_adapter
from train.presets import check_batch, choose_preset
from train.processes import find_processes
from train.report import Setup

SPLIT = set()  # the kinds of modules that were split
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
        told["split"] = sorted(SPLIT)
        (root / "losses.json").write_text(json.dumps(told))
        save_file(dict(fitted.weights), root / "weights.safetensors")


def split_on_processors():
    """Let accelerate split a model by FSDP on processors too; it only does so on GPUs and the like.

    torch itself does it on either.
    """
    settle = AcceleratorState.__init__

    def settle_with_fsdp(self, *arguments, fsdp_plugin=None, **named):
        settle(self, *arguments, fsdp_plugin=fsdp_plugin, **named)
        if fsdp_plugin is not None and self.distributed_type == DistributedType.MULTI_CPU:
            self.distributed_type, self.fsdp_plugin = DistributedType.FSDP, fsdp_plugin

    AcceleratorState.__init__ = settle_with_fsdp
    split = torch.distributed.fsdp.fully_shard

    def note(module, *arguments, **named):
        SPLIT.add(type(module).__name__)
        return split(module, *arguments, **named)

    torch.distributed.fsdp.fully_shard = note


if __name__ == "__main__":
    if sys.argv[3:] == ["fsdp"]:
        split_on_processors()
    main(json.loads(Path(sys.argv[1]).read_text()), Path(sys.argv[2]))
