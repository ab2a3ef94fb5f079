"""The current snapshot's rows for a reviewer: what waits for a person first."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from assistant.config import Workspace
from assistant.generation import open_generation
from assistant.pair_review import ReviewRow
from ingest.pairs.rows import read_shown
from ingest.pairs.snapshot import CONFLICTS_FILE
from ingest.pairs.snapshots import DROPPED, Row, find_snapshot, read_snapshot

# Only a person can settle these; the others are told for a look.
_WAITING = ("contradiction", "awaiting_review", "edit_unsupported")


def read_review_rows(workspace: Workspace) -> list[ReviewRow]:
    """Return the rows that have an answer: those that wait, those in use, then the dropped."""
    generation = open_generation(workspace.index_root)
    titles = {article.id: article.title for article in generation.articles()}
    folder = find_snapshot(workspace.pairs_root)
    rows = [row for row in read_snapshot(folder) if row.pair.messages[-1].content.strip()]
    rows.sort(key=_order)
    shown = [_show(row, titles) for row in rows]
    by_id = {row.pair.id: row for row in shown}
    opposed = _read_opposed(folder / CONFLICTS_FILE)
    return [replace(row, against=by_id.get(opposed.get(row.pair.id, ""))) for row in shown]


def _show(row: Row, titles: Mapping[str, str]) -> ReviewRow:
    is_ours = row.pair.messages[0].role == "system"
    passages = tuple(read_shown(row.pair)) if is_ours else ()
    title = titles.get(row.pair.article, "")
    return ReviewRow(row.pair, row.place, row.reason, row.detail, title, passages)


def _read_opposed(path: Path) -> dict[str, str]:
    """Return the id of the row that each side of a contradiction stands against."""
    opposed: dict[str, str] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        found = json.loads(line)
        first, second = str(found["first"]["id"]), str(found["second"]["id"])
        opposed |= {first: second, second: first}
    return opposed


def _order(row: Row) -> int:
    if row.reason in _WAITING:
        return 0
    return 2 if row.place == DROPPED else 1
