"""The current snapshot's rows for a reviewer: what waits for a person first."""

from __future__ import annotations

from assistant.config import Workspace
from assistant.generation import open_generation
from assistant.pair_review import ReviewRow
from ingest.pairs.rows import read_shown
from ingest.pairs.snapshots import DROPPED, Row, find_snapshot, read_snapshot

# Only a person can settle these; the others are told for a look.
_WAITING = ("contradiction", "awaiting_review", "edit_unsupported")


def read_review_rows(workspace: Workspace) -> list[ReviewRow]:
    """Return the rows that have an answer: those that wait, those in use, then the dropped."""
    generation = open_generation(workspace.index_root)
    titles = {article.id: article.title for article in generation.articles()}
    rows = [
        row
        for row in read_snapshot(find_snapshot(workspace.pairs_root))
        if row.pair.messages[-1].content.strip()
    ]
    rows.sort(key=_order)
    return [
        ReviewRow(
            row.pair,
            row.place,
            row.reason,
            row.detail,
            titles.get(row.pair.article, ""),
            tuple(read_shown(row.pair)) if row.pair.messages[0].role == "system" else (),
        )
        for row in rows
    ]


def _order(row: Row) -> int:
    if row.reason in _WAITING:
        return 0
    return 2 if row.place == DROPPED else 1
