"""Snapshots as they lie on disk: which there are, and every row of one with where it went."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from assistant.commit import list_numbers, number_name, read_current, verify_folder
from assistant.errors import ArticleError, AssistantError, IndexMismatch
from assistant.pairs_io import parse_pair, read_pairs
from assistant.records import Message, Pair, PairKind
from ingest.pairs.split import SPLITS

DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a snapshot: its split, or "dropped" with the reason and the detail."""

    pair: Pair
    place: str
    reason: str = ""
    detail: str = ""


def find_snapshot(root: Path, number: int | None = None) -> Path:
    """Return a snapshot's verified folder, the current one without a number."""
    if number is None:
        name = read_current(root)
        if name is None:
            raise ArticleError(f"there are no pairs in {root}; run `masthead ingest` first")
    else:
        known = list_numbers(root)
        if number not in known:
            there = ", ".join(map(str, known)) or "none"
            raise AssistantError(f"there is no snapshot {number} in {root}; there are: {there}")
        name = number_name(number)
    verify_folder(root / name)
    return root / name


def read_snapshot(folder: Path) -> Iterator[Row]:
    """Yield every row of a snapshot, split by split, then what was dropped."""
    for split in SPLITS:
        for pair in read_pairs(folder / f"{split}.jsonl"):
            yield Row(pair, split)
    yield from _read_dropped(folder / "dropped.jsonl")


def _read_dropped(path: Path) -> Iterator[Row]:
    """Yield dropped rows; one given up before it had an answer is read with an empty one."""
    for number, line in enumerate(path.read_bytes().splitlines(), 1):
        try:
            row = json.loads(line)
            reason, detail = str(row.pop("reason")), str(row.pop("detail"))
            yield Row(_parse_begun(row), DROPPED, reason, detail)
        except (ValueError, KeyError) as error:
            raise IndexMismatch(
                f"{path} line {number} is not a dropped row: {error}; run `masthead ingest --only"
                " pairs`"
            ) from error


def _parse_begun(row: dict[str, object]) -> Pair:
    messages = row["messages"]
    if not isinstance(messages, list) or messages[-1]["content"].strip():
        return parse_pair(row)
    passages = row["passages"]
    return Pair(
        id=str(row["id"]),
        kind=PairKind(str(row["kind"])),
        task=str(row["task"]),
        article=str(row["article"]),
        passages=tuple(passages) if isinstance(passages, list) else (),
        messages=tuple(Message(m["role"], m["content"]) for m in messages),
        question_by=str(row["question_by"]),
        render=str(row["render"]),
        wording=str(row["wording"]),
        date=str(row["date"]),
    )
