"""Rows of JSON on disk with random access: opening one parses no text.

A table is NAME.jsonl beside NAME.offsets.npy (int64, n + 1 byte positions).
"""

from __future__ import annotations

import json
import mmap
from collections.abc import Iterable, Iterator
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from assistant.records import Article, Heading, OwnQuestion, Passage

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


class JsonTable:
    """A read-only table; rows are parsed when asked for."""

    def __init__(self, folder: Path, name: str) -> None:
        self._offsets = np.load(folder / f"{name}.offsets.npy", mmap_mode="r", allow_pickle=False)
        path = folder / f"{name}.jsonl"
        with open(path, "rb") as handle:
            empty = path.stat().st_size == 0
            self._bytes = b"" if empty else mmap.mmap(handle.fileno(), 0, access=mmap.ACCESS_READ)

    def __len__(self) -> int:
        return len(self._offsets) - 1

    def __getitem__(self, row: int) -> dict[str, Any]:
        if not 0 <= row < len(self):
            raise IndexError(row)
        start, end = int(self._offsets[row]), int(self._offsets[row + 1])
        value: dict[str, Any] = json.loads(self._bytes[start:end])
        return value

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return (self[row] for row in range(len(self)))


def write_table(folder: Path, name: str, rows: Iterable[dict[str, Any]]) -> int:
    """Write rows and their offsets; return how many."""
    offsets = [0]
    with open(folder / f"{name}.jsonl", "wb") as handle:
        for row in rows:
            handle.write(json.dumps(row, ensure_ascii=False).encode() + b"\n")
            offsets.append(handle.tell())
    np.save(folder / f"{name}.offsets.npy", np.asarray(offsets, dtype=np.int64))
    return len(offsets) - 1


def article_row(article: Article) -> dict[str, Any]:
    """Return an article as JSON."""
    return _row(article) | {"headings": [_row(heading) for heading in article.headings]}


def passage_row(passage: Passage) -> dict[str, Any]:
    """Return a passage as JSON."""
    return _row(passage)


def question_row(question: OwnQuestion) -> dict[str, Any]:
    """Return one of the generation's own questions as JSON."""
    return _row(question)


def parse_article(row: dict[str, Any]) -> Article:
    """Return the article that `article_row` wrote."""
    # Generations written before `sources` was known lack it.
    tuples = {key: tuple(row.get(key, ())) for key in ("aliases", "authors", "tags", "sources")}
    headings = tuple(Heading(**heading) for heading in row["headings"])
    return Article(**{**row, **tuples, "headings": headings})


def parse_passage(row: dict[str, Any]) -> Passage:
    """Return the passage that `passage_row` wrote."""
    return Passage(**{**row, "headings": tuple(row["headings"])})


def parse_question(row: dict[str, Any]) -> OwnQuestion:
    """Return the question that `question_row` wrote."""
    return OwnQuestion(**row)


def _row(record: DataclassInstance) -> dict[str, Any]:
    """Return a record's fields; `asdict` copies each of them deeply, at ten times the cost."""
    return {field.name: getattr(record, field.name) for field in fields(record)}
