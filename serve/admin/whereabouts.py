"""Where an approved row is now: in which snapshots, as which row, and which adapters learnt it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from assistant.approved_files import FEEDBACK_FILE
from assistant.commit import list_numbers, number_name, read_manifest
from assistant.config import Workspace
from assistant.errors import IndexMismatch
from assistant.registry import Registry

_FILES = ("train", "validation", "test", "time_test", "dropped")


@dataclass(frozen=True, slots=True)
class Place:
    """A row in a snapshot; `reason` and `detail` say why a dropped one is not used."""

    snapshot: int
    row: str
    split: str
    reason: str
    detail: str
    adapters: tuple[str, ...]


def find_places(workspace: Workspace, approved_id: int) -> list[Place]:
    """Return the places of one approved row, newest snapshot first."""
    wanted = f"import:{FEEDBACK_FILE}:feedback-{approved_id}"
    adapters = _adapters_by_snapshot(workspace)
    places = []
    for number in reversed(list_numbers(workspace.pairs_root)):
        folder = workspace.pairs_root / number_name(number)
        for split in _FILES:
            for row in _rows_by(folder / f"{split}.jsonl", wanted):
                learnt = tuple(adapters.get(number, ())) if split == "train" else ()
                told = str(row.get("reason", "")), str(row.get("detail", ""))
                places.append(Place(number, str(row["id"]), split, *told, learnt))
    return places


def _rows_by(path: Path, question_by: str) -> Iterator[dict[str, object]]:
    if not path.is_file():
        return
    with open(path, encoding="utf-8") as handle:
        for line in handle:
            if question_by in line and (row := json.loads(line))["question_by"] == question_by:
                yield row


def _adapters_by_snapshot(workspace: Workspace) -> dict[int, list[str]]:
    registry = Registry(workspace.adapters_root)
    found: dict[int, list[str]] = {}
    for entry in registry.list():
        try:
            manifest = read_manifest(registry.folder(entry.name))
        except IndexMismatch:
            continue  # the adapters' page tells of it
        number = int(manifest.get("snapshot", {}).get("number", 0))
        found.setdefault(number, []).append(entry.name)
    return found
