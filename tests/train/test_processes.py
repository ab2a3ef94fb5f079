import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
import yaml

from assistant.errors import ConfigError
from train.presets import check_batch, load_presets
from train.processes import Processes

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


@pytest.mark.slow
def test_two_processes_have_the_loss_curve_of_one_at_the_same_global_batch(
    workspace_maker, tmp_path
):
    space = workspace_maker(tmp_path, rank=2)
    launcher = ["torch.distributed.run", "--standalone", "--nproc_per_node", "2"]

    two = run_two(launcher, space, tmp_path)

    one = fit_alone(space)
    assert two["processes"] == 2
    assert two["steps"] == pytest.approx(one.course.step_losses, abs=1e-4)
    assert two["checks"] == pytest.approx([c.losses.all for c in one.course.checks], abs=1e-4)
    assert_alike(tmp_path / "weights.safetensors", one)


@pytest.mark.slow
def test_two_processes_that_share_a_model_by_fsdp_train_as_one_does(workspace_maker, tmp_path):
    space = workspace_maker(tmp_path, rank=2, epochs=0.5)
    shipped = yaml.safe_load((ROOT / "train" / "fsdp.yaml").read_text())
    here = tmp_path / "fsdp.yaml"
    changed = {"use_cpu": True, "mixed_precision": "no", "main_process_port": 0}
    here.write_text(yaml.safe_dump(shipped | changed))
    launcher = ["accelerate.commands.launch", "--config_file", here]

    two = run_two(launcher, space, tmp_path, "fsdp")

    one = fit_alone(space)
    assert "LlamaDecoderLayer" in two["split"]
    assert two["steps"] == pytest.approx(one.course.step_losses, abs=1e-4)
    assert_alike(tmp_path / "weights.safetensors", one)


def run_two(launcher, space, folder, *more):
    """Train in two processes; return what the first wrote of it."""
    settings = folder / "settings.json"
    settings.write_text(space.settings.model_dump_json(exclude_defaults=True))
    command = [sys.executable, "-m", *launcher, HERE / "gloo_run.py", settings, folder, *more]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return json.loads((folder / "losses.json").read_text())


def assert_alike(path, one):
    from safetensors.torch import load_file

    weights = load_file(path)
    assert weights.keys() == one.weights.keys()
    for name, tensor in weights.items():
        assert torch.allclose(tensor, one.weights[name], atol=1e-4), name


def fit_alone(space):
    import time

    from assistant.hardware import GB, Hardware
    from assistant.progress import ignore_progress
    from train.data import read_training_data
    from train.fit import fit_adapter
    from train.presets import choose_preset
    from train.report import Setup

    machine = Hardware(cores=1, memory=8 * GB)
    setup = Setup(choose_preset("cpu", space.settings.train, machine), machine, 7, None)
    return fit_adapter(
        read_training_data(space), setup, began=time.monotonic(), on_progress=ignore_progress,
        folder=space.root / "alone",
    )  # fmt: skip


def test_a_batch_that_the_processes_cannot_share_out_is_refused_with_one_that_they_can():
    preset = load_presets()["cpu"]  # 4 rows a step, one at once

    assert check_batch(preset, 4) == preset
    with pytest.raises(ConfigError, match=r"4 is no multiple of the 1 rows at once on each of 3"):
        check_batch(preset, 3)


def test_the_first_process_alone_writes():
    assert Processes().is_first
    assert not Processes(2, 1).is_first


def test_the_shipped_launch_settings_split_the_model_over_the_gpus():
    from accelerate.commands.config.config_args import ClusterConfig

    path = ROOT / "train" / "fsdp.yaml"
    config = ClusterConfig.from_yaml_file(path)

    assert config.distributed_type == "FSDP"
    assert config.fsdp_config["fsdp_version"] == 2
    assert yaml.safe_load(path.read_text())["num_processes"] == 2
