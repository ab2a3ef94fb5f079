"""Checkpoints of a run: complete or absent, verified before anything is read, never code.

A checkpoint is a folder under the commit protocol with tensors (safetensors) and facts (JSON).
Knows neither the model nor the trainer.
"""

from __future__ import annotations

import json
import logging
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.commit import building, list_numbers, number_name, publish, verify_folder
from assistant.errors import AssistantError, IndexMismatch

if TYPE_CHECKING:
    import torch

log = logging.getLogger(__name__)

Tensors = Mapping[str, "torch.Tensor"]
_FACTS = "facts.json"
_SUFFIX = ".safetensors"
_KEPT = 2  # the newest may be found damaged


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The state after a step. `run` says what is trained on what; `facts` are JSON.

    `tensors` are groups by name (adapter, best, optimiser); group and tensor names are free.
    """

    step: int
    run: Mapping[str, Any]
    facts: Mapping[str, Any]
    tensors: Mapping[str, Tensors]


def write_checkpoint(root: Path, checkpoint: Checkpoint) -> None:
    """Publish a checkpoint under `root` and remove all but the newest two."""
    from safetensors.torch import save_file

    name = number_name(checkpoint.step)
    with building(root, name) as folder:
        for group, tensors in checkpoint.tensors.items():
            # A copy each: safetensors refuses tensors that share memory.
            whole = {key: t.detach().cpu().contiguous().clone() for key, t in tensors.items()}
            save_file(whole, folder / f"{group}{_SUFFIX}")
        (folder / _FACTS).write_text(json.dumps(checkpoint.facts), encoding="utf-8")
        about = {"kind": "checkpoint", "step": checkpoint.step, "run": checkpoint.run}
        publish(folder, name, about)
    for number in list_numbers(root)[:-_KEPT]:
        _remove(root / number_name(number))


def find_checkpoint(root: Path, run: Mapping[str, Any]) -> Checkpoint | None:
    """Return the newest checkpoint whose every byte verifies, or None; say which were not used.

    What does not verify is removed. AssistantError names what differs where the newest whole one
    belongs to another run.
    """
    for number in reversed(list_numbers(root)):
        folder = root / number_name(number)
        try:
            manifest = verify_folder(folder)
            _check_names(folder, manifest)
            checkpoint = _read(folder, manifest)
        except IndexMismatch as error:
            log.warning("checkpoint %d is not used: %s", number, error)
            _remove(folder)
            continue
        _check_run(checkpoint.run, run)
        return checkpoint
    return None


def clear_checkpoints(root: Path) -> int:
    """Remove every checkpoint, half ones too; return the step of the newest, 0 for none."""
    newest = max(list_numbers(root), default=0)
    if root.is_dir():
        for path in root.iterdir():
            if path.is_dir():
                shutil.rmtree(path)
    return newest


def _check_names(folder: Path, manifest: Mapping[str, Any]) -> None:
    """Refuse a file that the manifest does not know, one that is missing, and other kinds."""
    found = {path.name for path in folder.iterdir()} - {"manifest.json"}
    listed = set(manifest["files"])
    missing = {"run", "step"} - manifest.keys()
    others = {name for name in listed - {_FACTS} if not name.endswith(_SUFFIX)}
    if found != listed or _FACTS not in listed or missing or others:
        odd = ", ".join(sorted((found ^ listed) | missing | others)) or _FACTS
        raise IndexMismatch(f"{folder} and its manifest differ in {odd}")


def _check_run(before: Mapping[str, Any], now: Mapping[str, Any]) -> None:
    differing = sorted(key for key in before.keys() | now.keys() if before.get(key) != now.get(key))
    if differing:
        says = "; ".join(f"{key} was {before.get(key)} and is {now.get(key)}" for key in differing)
        raise AssistantError(
            f"the run that was cut off cannot be resumed: {says}; put that back, or train without"
            " --resume to start anew"
        )


def _read(folder: Path, manifest: Mapping[str, Any]) -> Checkpoint:
    """Return what the files hold, all of it data; IndexMismatch where one is something else."""
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    tensors, name = {}, _FACTS
    try:
        facts = json.loads((folder / _FACTS).read_text(encoding="utf-8"))
        for name in sorted(manifest["files"].keys() - {_FACTS}):
            tensors[name.removesuffix(_SUFFIX)] = load_file(folder / name)
    except (SafetensorError, ValueError) as error:
        raise IndexMismatch(f"{folder / name} cannot be read: {error}") from error
    return Checkpoint(manifest["step"], manifest["run"], facts, tensors)


def _remove(folder: Path) -> None:
    doomed = folder.with_name(f".removing-{folder.name}")
    if doomed.exists():
        shutil.rmtree(doomed)
    folder.rename(doomed)
    shutil.rmtree(doomed)
