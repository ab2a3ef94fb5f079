"""A run that is cut off goes on and ends with the same weights, bit for bit."""

import dataclasses
import hashlib
import importlib.util
import io
import itertools
import json
import os
import shutil
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest
import torch

from assistant.commit import list_numbers, number_name
from assistant.errors import AssistantError
from train.checkpoint import Checkpoint, find_checkpoint, write_checkpoint
from train.data import read_training_data
from train.fit import fit_adapter
from train.presets import choose_preset
from train.processes import Processes
from train.report import Setup
from train.run import train_adapter

HERE = Path(__file__).parent
KILLED_AT = 6  # of 6: a checkpoint after each of the first five
RUN = {"base": "a", "train.rank": 4}


def load_killed_run():
    spec = importlib.util.spec_from_file_location("killed_run", HERE / "killed_run.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def killed(workspace_maker, tmp_path_factory):
    """A workspace whose run was killed at step 6, and what lay on disk at every moment before."""
    root = tmp_path_factory.mktemp("killed")
    space = workspace_maker(root, rank=2, dropout=0.1, epochs=1)
    settings = json.loads(space.settings.model_dump_json(exclude_defaults=True))
    (root / "settings.json").write_text(json.dumps(settings))
    copies = root / "copies"
    copies.mkdir()
    done = subprocess.run(
        [sys.executable, HERE / "killed_run.py", root / "settings.json", root, copies,
         str(KILLED_AT)],
        env={**os.environ, "PYTHONPATH": str(HERE.parents[1]), "OMP_NUM_THREADS": "1"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == -9, done.stderr
    return space, copies


@pytest.fixture(scope="module")
def whole(killed, tmp_path_factory):
    """The weights and the course of the same run, never interrupted."""
    space, _ = killed
    root = tmp_path_factory.mktemp("whole")
    shutil.copytree(space.pairs_root, root / "built" / "pairs")
    return load_killed_run().fit(dataclasses.replace(space, root=root))


def resume(killed, tmp_path, folder):
    space, _ = killed
    shutil.copytree(space.pairs_root, tmp_path / "built" / "pairs")
    shutil.copytree(folder, tmp_path / ".training")
    steps = []
    fitted = load_killed_run().fit(
        dataclasses.replace(space, root=tmp_path), resume=True,
        on_progress=lambda step, *_: steps.append(step),
    )  # fmt: skip
    return fitted, steps


def assert_equal(fitted, whole):
    assert fitted.weights.keys() == whole.weights.keys()
    for name, tensor in fitted.weights.items():
        assert torch.equal(tensor, whole.weights[name]), name
    assert fitted.course == whole.course


@pytest.mark.slow
@pytest.mark.parametrize("step", range(1, KILLED_AT))
def test_a_run_killed_after_any_step_ends_with_the_weights_of_one_that_was_not(
    killed, whole, tmp_path, step
):
    moments = sorted(killed[1].iterdir())
    folder = next(m for m in moments if list_numbers(m) and max(list_numbers(m)) == step)

    fitted, steps = resume(killed, tmp_path, folder)

    assert_equal(fitted, whole)
    assert steps == list(range(step + 1, 7))


@pytest.mark.slow
def test_a_kill_at_any_moment_of_a_save_leaves_the_newest_finished_checkpoint(killed, tmp_path):
    found = []
    for moment in sorted(killed[1].iterdir()):
        published = max(list_numbers(moment), default=0)
        shutil.copytree(moment, tmp_path / moment.name)
        checkpoint = read_any(tmp_path / moment.name)
        found.append(0 if checkpoint is None else checkpoint.step)
        assert found[-1] == published

    assert found == sorted(found)
    assert set(found) == set(range(KILLED_AT))
    assert len(found) > 6 * (KILLED_AT - 1)


def read_any(folder):
    manifests = [json.loads(path.read_text()) for path in folder.glob("0*/manifest.json")]
    return find_checkpoint(folder, manifests[-1]["run"]) if manifests else None


def write_steps(root, *steps):
    for step in steps:
        tensors = {"adapter": {"w": torch.full((3,), float(step))}, "optimiser": {}}
        write_checkpoint(root, Checkpoint(step, RUN, {"session": {"steps": step}}, tensors))


def test_the_newest_two_checkpoints_are_kept_and_the_newest_is_read(tmp_path):
    write_steps(tmp_path, 1, 2, 3)

    checkpoint = find_checkpoint(tmp_path, RUN)

    assert list_numbers(tmp_path) == [2, 3]
    assert (checkpoint.step, checkpoint.facts) == (3, {"session": {"steps": 3}})
    assert checkpoint.tensors["adapter"]["w"].tolist() == [3.0, 3.0, 3.0]


@pytest.mark.parametrize("damage", ["removed", "emptied", "changed"])
@pytest.mark.parametrize(
    "name", ["adapter.safetensors", "optimiser.safetensors", "facts.json", "manifest.json"]
)
def test_a_half_checkpoint_is_skipped_with_the_reason_and_the_older_one_used(
    tmp_path, caplog, name, damage
):
    write_steps(tmp_path, 1, 2)
    path = tmp_path / number_name(2) / name
    content = path.read_bytes()
    if damage == "removed":
        path.unlink()
    else:
        path.write_bytes(b"" if damage == "emptied" else bytes([content[0] ^ 1]) + content[1:])

    checkpoint = find_checkpoint(tmp_path, RUN)

    assert checkpoint.step == 1
    assert "checkpoint 2 is not used" in caplog.text
    assert name in caplog.text
    write_steps(tmp_path, 2)  # the place is free again
    assert list_numbers(tmp_path) == [1, 2]


def test_a_file_beside_those_of_the_manifest_makes_a_checkpoint_unusable(tmp_path):
    write_steps(tmp_path, 1)
    (tmp_path / number_name(1) / "rng_state.pth").write_bytes(b"code")

    assert find_checkpoint(tmp_path, RUN) is None


CALLS = ("os system", "builtins exec", "subprocess Popen", "runpy run_path")
PLACES = ("adapter.safetensors", "optimiser.safetensors", "facts.json", "rng_state.pth",
          "optimizer.pt", "training_args.bin")  # fmt: skip


@pytest.mark.parametrize("zipped", [False, True], ids=["plain", "in a zip"])
@pytest.mark.parametrize("name", PLACES)
def test_a_pickle_in_a_checkpoint_is_never_run_even_where_its_hash_is_listed(
    tmp_path, caplog, name, zipped
):
    for number, call in enumerate(CALLS):
        canary, root = tmp_path / f"canary-{number}", tmp_path / str(number)
        write_steps(root, 1, 2)
        forge(root / number_name(2), name, make_pickle(call, canary, zipped))
        caplog.clear()

        assert find_checkpoint(root, RUN).step == 1
        assert "checkpoint 2 is not used" in caplog.text
        assert name in caplog.text
        assert not canary.exists()


def make_pickle(call, canary, zipped):
    data = "c{}\n{}\n(S'touch {}'\ntR.".format(*call.split(), canary).encode()
    if not zipped:
        return data
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("archive/data.pkl", data)
    return packed.getvalue()


def forge(folder, name, data):
    """Put `data` in place of a file, or beside the others, with its hash in the manifest."""
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / name).write_bytes(data)
    sha256 = hashlib.sha256(data).hexdigest()
    manifest["files"][name] = {"sha256": sha256, "bytes": len(data)}
    (folder / "manifest.json").write_text(json.dumps(manifest))


def test_a_checkpoint_of_another_run_is_refused_by_what_differs(tmp_path):
    write_steps(tmp_path, 1)

    with pytest.raises(AssistantError, match=r"train\.rank was 4 and is 8; put that back, or"):
        find_checkpoint(tmp_path, {**RUN, "train.rank": 8})
    assert list_numbers(tmp_path) == [1]


@pytest.mark.slow
def test_a_run_without_resume_says_what_it_gives_up(workspace_maker, tmp_path, caplog):
    workspace = workspace_maker(tmp_path, rank=2, epochs=0.2)
    write_steps(workspace.adapters_root / ".training", 3)

    train_adapter(workspace)

    assert "a run that was cut off after step 3 is given up for this one" in caplog.text
    assert list_numbers(workspace.adapters_root / ".training") == []


class Ticking(Processes):
    """One process whose clock ticks once a look, so that a budget does not hang on the machine."""

    ticks = itertools.count(1000)

    def clock(self):
        return float(next(self.ticks))


def fit_ticking(workspace, folder, *, budget_s, resume=False, epochs=10.0, die_after=None):
    """Fit with a checkpoint after every step; a step takes a few ticks."""

    def on_progress(step, *_):
        if step == die_after:
            raise KeyboardInterrupt

    killed_run = load_killed_run()
    preset = choose_preset("cpu", workspace.settings.train, killed_run.MACHINE)
    preset = dataclasses.replace(preset, rank=2, epochs=epochs)
    setup = Setup(preset, killed_run.MACHINE, 7, budget_s, checkpoint_s=0, processes=Ticking())
    return fit_adapter(
        read_training_data(workspace), setup, began=time.monotonic(), on_progress=on_progress,
        folder=folder, resume=resume,
    )  # fmt: skip


@pytest.mark.slow
def test_a_run_with_a_budget_keeps_its_steps_when_resumed_and_ends_with_the_same_weights(
    workspace, tmp_path
):
    folder = tmp_path / ".training"
    with pytest.raises(KeyboardInterrupt):
        fit_ticking(workspace, folder, budget_s=90, die_after=4)
    newest = folder / number_name(max(list_numbers(folder))) / "facts.json"
    fixed = json.loads(newest.read_text())["session"]

    resumed = fit_ticking(workspace, folder, budget_s=90, resume=True)
    n_steps = resumed.report.steps
    whole = fit_ticking(workspace, tmp_path / "whole", budget_s=None, epochs=n_steps / 6)

    assert fixed["is_fixed"]
    assert n_steps == fixed["total"]
    assert 4 < n_steps < 60  # ten epochs would have been 60
    assert resumed.course.step_losses == whole.course.step_losses
    for name, tensor in resumed.weights.items():
        assert torch.equal(tensor, whole.weights[name]), name
