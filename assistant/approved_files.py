"""What editors approved, as files that the stages read: rows for training and questions to repeat.

`feedback.jsonl` is the door to the pairs, `regression.jsonl` a questions file. Both are written
anew from the database, so what a reader deletes leaves them; other people's lines stay.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.commit import write_text, writer_lock
from assistant.config import Workspace
from assistant.errors import AssistantError

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from assistant.store.reviews import Approved

FEEDBACK_FILE = "feedback.jsonl"
REGRESSION_FILE = "regression.jsonl"
_OURS = '{"id": "feedback-'
_SENDER = 12  # characters of the visitor's hash: enough to keep one sender's share small


def refresh_approved(engine: Engine, root: Path) -> int:
    """Make both files hold what is approved now; return how many rows that is."""
    from assistant.store.reviews import list_approved

    with writer_lock(root / "built", wait=True):
        rows = list_approved(engine)
        _replace(root / FEEDBACK_FILE, feedback_lines(rows))
        _replace(root / REGRESSION_FILE, regression_lines(rows))
    return len(rows)


def refresh_before_ingest(workspace: Workspace) -> None:
    """Bring the files up to date where there is a database; a workspace without one stays so."""
    from assistant.store.opening import has_store, open_store

    if has_store(workspace):
        engine = open_store(workspace)
        refresh_approved(engine, workspace.root)
        engine.dispose()


def feedback_lines(rows: Sequence[Approved]) -> list[dict[str, Any]]:
    """Return the rows as the pairs read them, each with who vouches for it and when."""
    return [
        {
            "id": f"feedback-{row.id}",
            "question": row.question,
            "answer": row.answer,
            "approved": True,
            "reviewer": row.reviewer,
            "date": row.approved_at[:10],
            "source": row.visitor[:_SENDER],
        }
        for row in rows
    ]


def regression_lines(rows: Sequence[Approved]) -> list[dict[str, Any]]:
    """Return their questions as a questions file holds them."""
    return [
        {
            "id": f"feedback-{row.id}",
            "question": row.question,
            "answers": [row.answer],
            **({"gold": list(row.gold)} if row.gold else {}),
        }
        for row in rows
    ]


def write_lines(path: Path, rows: Sequence[dict[str, Any]]) -> None:
    """Write rows as JSON lines; the file is whole or not there."""
    write_text(path, "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows))


def _replace(path: Path, rows: Sequence[dict[str, Any]]) -> None:
    before = path.read_bytes() if path.exists() else b""
    others = [
        line for line in before.splitlines(keepends=True) if not line.startswith(_OURS.encode())
    ]
    ours = "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows).encode()
    if others and not others[-1].endswith(b"\n"):
        others[-1] += b"\n"
    after = b"".join([*others, ours])
    if after != before:
        try:
            write_text(path, after.decode())
        except UnicodeDecodeError as error:
            raise AssistantError(
                f"{path} is not UTF-8 ({error.reason}), so nothing was added; save it as UTF-8"
            ) from error
