"""What people decided about pairs: kept, edited, dropped, by whom and when.

One JSON line a decision in the workspace's `pairs_review.jsonl`, the newest of a row wins. A row is
known by what it asks of which article, so a decision outlives the snapshot it was made on.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, get_args

from assistant.commit import hash_json
from assistant.errors import AssistantError
from assistant.records import Pair

REVIEW_FILE = "pairs_review.jsonl"
Verdict = Literal["keep", "edit", "drop"]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)


@dataclass(frozen=True, slots=True)
class Decision:
    """One person's word on one row; `target` is the new answer of an edit."""

    key: str
    verdict: Verdict
    reviewer: str
    date: str
    question: str = ""  # for people who read the file
    target: str = ""


def row_key(pair: Pair) -> str:
    """Name a row by kind, task, article and question: not by prompt, passages or answer."""
    said = [m.content for m in pair.messages[:-1] if m.role != "system"]
    return hash_json([pair.kind.value, pair.task, pair.article, said])[:16]


def decide(pair: Pair, verdict: Verdict, reviewer: str, target: str = "") -> Decision:
    """Return a decision of today; AssistantError without a reviewer, or an edit without text."""
    if not reviewer.strip():
        raise AssistantError("a decision needs its reviewer; give your name")
    if verdict == "edit" and not target.strip():
        raise AssistantError("an edit needs the new answer; write it, or drop the row")
    today = datetime.now(UTC).date().isoformat()
    question = pair.messages[-2].content
    text = target.strip() if verdict == "edit" else ""
    return Decision(row_key(pair), verdict, reviewer.strip(), today, question, text)


def read_decisions(root: Path) -> dict[str, Decision]:
    """Return the newest decision of each row by its key; AssistantError names a broken line."""
    path = root / REVIEW_FILE
    decisions: dict[str, Decision] = {}
    if not path.exists():
        return decisions
    for number, line in enumerate(path.read_bytes().splitlines(), 1):
        if not line.strip():
            continue
        try:
            decision = _parse(json.loads(line.decode()))
        except (ValueError, TypeError) as error:  # also bad JSON, bad UTF-8, unknown keys
            raise AssistantError(
                f"{path} line {number} is not a decision: {error}; correct or delete the line"
            ) from error
        decisions[decision.key] = decision
    return decisions


def add_decision(root: Path, decision: Decision) -> None:
    """Append a decision to the file, on disk before this returns."""
    line = json.dumps(asdict(decision), ensure_ascii=False) + "\n"
    with open(root / REVIEW_FILE, "a", encoding="utf-8") as handle:
        handle.write(line)
        handle.flush()
        os.fsync(handle.fileno())


def _parse(row: object) -> Decision:
    if not isinstance(row, Mapping):
        raise ValueError(f"it holds {type(row).__name__}, not an object")
    if row.get("verdict") not in VERDICTS:
        raise ValueError(f"verdict is {row.get('verdict')!r}; known: {', '.join(VERDICTS)}")
    texts = {str(key): value for key, value in row.items()}
    if wrong := [key for key, value in texts.items() if not isinstance(value, str)]:
        raise ValueError(f"{wrong[0]} is {texts[wrong[0]]!r}, not text")
    return Decision(**texts)


@dataclass(frozen=True, slots=True)
class ReviewRow:
    """A row as a reviewer sees it: where it stands and why, with its passages (label, text).

    `against` is the other side of a contradiction, or None.
    """

    pair: Pair
    place: str
    reason: str
    detail: str
    title: str
    passages: tuple[tuple[str, str], ...]
    against: ReviewRow | None = None
