"""A pair as a line of JSON and back: the file between the pairs makers and training."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from assistant.errors import IndexMismatch
from assistant.records import Message, Pair, PairKind

_TEXTS = ("id", "task", "article", "question_by", "render", "wording", "date")
_ROLES = ("system", "user", "assistant")


def pair_row(pair: Pair) -> dict[str, Any]:
    """Return a pair as JSON; `reviewer` only where there is one."""
    row: dict[str, Any] = {
        "id": pair.id,
        "kind": pair.kind.value,
        "task": pair.task,
        "article": pair.article,
        "passages": list(pair.passages),
        "messages": [{"role": m.role, "content": m.content} for m in pair.messages],
        "question_by": pair.question_by,
        "render": pair.render,
        "wording": pair.wording,
        "date": pair.date,
    }
    return {**row, "reviewer": pair.reviewer} if pair.reviewer else row


def parse_pair(row: dict[str, Any]) -> Pair:
    """Return the pair that `pair_row` wrote; ValueError says which key is wrong."""
    for key in _TEXTS:
        if not isinstance(row.get(key), str):
            raise ValueError(f"{key} is {row.get(key)!r}, not text")
    if row.get("kind") not in list(PairKind):
        raise ValueError(f"kind is {row.get('kind')!r}; known: {', '.join(PairKind)}")
    passages = row.get("passages")
    if not isinstance(passages, list) or not all(isinstance(p, str) for p in passages):
        raise ValueError("passages is not a list of ids")
    return Pair(
        kind=PairKind(row["kind"]),
        passages=tuple(passages),
        messages=_parse_messages(row.get("messages")),
        reviewer=str(row.get("reviewer", "")),
        **{key: row[key] for key in _TEXTS},
    )


def read_pairs(path: Path) -> Iterator[Pair]:
    """Yield the pairs of a file; IndexMismatch names the first line that is not one."""
    try:
        handle = open(path, "rb")
    except FileNotFoundError as error:
        raise IndexMismatch(f"{path} is missing; run `masthead ingest --only pairs`") from error
    with handle:
        for number, line in enumerate(handle, 1):
            try:
                pair = parse_pair(_parse_line(line))
            except ValueError as error:  # also what bad JSON and bad UTF-8 raise
                raise IndexMismatch(
                    f"{path} line {number} is not a pair: {error}; run `masthead ingest --only"
                    " pairs`"
                ) from error
            yield pair


def _parse_line(line: bytes) -> dict[str, Any]:
    row = json.loads(line.decode())
    if not isinstance(row, dict):
        raise ValueError(f"it holds {type(row).__name__}, not an object")
    return row


def _parse_messages(rows: object) -> tuple[Message, ...]:
    if not isinstance(rows, list) or len(rows) < 2:
        raise ValueError("messages holds fewer than a question and its answer")
    for row in rows:
        known = isinstance(row, dict) and row.get("role") in _ROLES
        if not known or not isinstance(row.get("content"), str):
            raise ValueError(f"messages holds {row!r}, which has no role and content")
    if rows[-1]["role"] != "assistant" or not rows[-1]["content"].strip():
        raise ValueError("the last message is not the assistant's")
    return tuple(Message(row["role"], row["content"]) for row in rows)
