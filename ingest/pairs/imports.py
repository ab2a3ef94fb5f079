"""Hand-written pairs from JSONL, CSV or Parquet: every row as a question and its answer.

Knows instruction/input/output, prompt/completion and messages; takes a file and its settings, gives
Handmade or BadRow with the line it stands on. One broken line never costs the others.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assistant.errors import ArticleError
from assistant.pair_settings import ImportSettings
from assistant.records import Message

_QUESTION = ("question", "prompt", "instruction")
_ANSWER = ("answer", "completion", "output", "response")
_CONTEXT = ("context", "input")
_MESSAGES = ("messages", "conversations")
_ROLES = {"user": "user", "human": "user", "assistant": "assistant", "gpt": "assistant"}
_MOST_BYTES = 1_000_000  # of a line; a longer one is no pair, and is not held in memory
_READ = 65_536  # bytes at a time while a too long line is passed over
_SHOWN = 80  # characters of a bad row in its detail


@dataclass(frozen=True, slots=True)
class Handmade:
    """A person's pair: turns before the answer, the answer, and who vouches for it."""

    line: int
    id: str
    turns: tuple[Message, ...]
    answer: str
    reviewer: str = ""
    approved: bool | None = None  # None: the row does not say
    source: str = ""  # who sent it, for feedback

    @property
    def question(self) -> str:
        """The last thing that was asked."""
        return self.turns[-1].content


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that is no pair, with its line (1 is the first; a CSV's header counts)."""

    line: int
    reason: str
    detail: str


def read_import(path: Path, settings: ImportSettings) -> Iterator[Handmade | BadRow]:
    """Yield the rows of a file in order, an id seen before as BadRow; ArticleError without a file.

    Other endings than .jsonl, .csv and .parquet are refused.
    """
    readers = {".jsonl": _read_jsonl, ".csv": _read_csv, ".parquet": _read_parquet}
    if path.suffix not in readers:
        known = ", ".join(readers)
        raise ArticleError(f"{path} is not {known}; correct ingest.pairs.imports")
    if not path.is_file():
        raise ArticleError(f"{path} is not there; correct file in ingest.pairs.imports")
    seen: dict[str, int] = {}
    for line, row in readers[path.suffix](path):
        parsed = row if isinstance(row, BadRow) else _parse_row(line, row, settings)
        if isinstance(parsed, Handmade) and parsed.id:
            if parsed.id in seen:
                detail = f"id {parsed.id} stands on line {seen[parsed.id]} already"
                parsed = BadRow(line, "repeated_id", detail)
            else:
                seen[parsed.id] = line
        yield parsed


def _read_jsonl(path: Path) -> Iterator[tuple[int, Mapping[str, Any] | BadRow]]:
    with open(path, "rb") as handle:
        number = 0
        while line := handle.readline(_MOST_BYTES + 1):
            number += 1
            if len(line) > _MOST_BYTES and not line.endswith(b"\n"):
                n_bytes = len(line) + _pass_over(handle)
                detail = f"{n_bytes} bytes, {_MOST_BYTES} are the most"
                yield number, BadRow(number, "too_long", detail)
            elif line.strip():
                yield number, _parse_line(number, line)


def _pass_over(handle: io.BufferedReader) -> int:
    """Read on to the end of a line without keeping it; return how many bytes there were."""
    n_bytes = 0
    while piece := handle.readline(_READ):
        n_bytes += len(piece)
        if piece.endswith(b"\n"):
            break
    return n_bytes


def _parse_line(number: int, line: bytes) -> Mapping[str, Any] | BadRow:
    try:
        row = json.loads(line.decode("utf-8-sig" if number == 1 else "utf-8"))
    except UnicodeDecodeError as error:
        byte = line[error.start]
        return BadRow(number, "bad_encoding", f"byte {error.start} (0x{byte:02x}) is not UTF-8")
    except ValueError as error:
        is_cut = not line.endswith(b"\n")
        return BadRow(number, "cut_line" if is_cut else "not_json", f"{error}: {line[-_SHOWN:]!r}")
    if not isinstance(row, dict):
        return BadRow(number, "not_an_object", f"it holds {type(row).__name__}")
    return row


def _read_csv(path: Path) -> Iterator[tuple[int, Mapping[str, Any] | BadRow]]:
    """Read line by line in bytes, so that one bad byte is one bad row."""
    text = path.read_bytes().removeprefix(b"\xef\xbb\xbf").decode("utf-8", "surrogateescape")
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    begins = 2
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield begins, BadRow(begins, "not_csv", str(error))
            begins = reader.line_num + 1
            continue
        if None in row or None in row.values():
            n_found = len([value for value in row.values() if value is not None])
            detail = f"{n_found} fields, the header has {len(reader.fieldnames or ())}"
            yield begins, BadRow(begins, "wrong_fields", detail)
        elif any("\udc80" <= c <= "\udcff" for value in row.values() for c in value):
            yield begins, BadRow(begins, "bad_encoding", "it holds bytes that are not UTF-8")
        else:
            yield begins, row
        begins = reader.line_num + 1


def _read_parquet(path: Path) -> Iterator[tuple[int, Mapping[str, Any] | BadRow]]:
    import pyarrow
    from pyarrow import parquet

    try:
        table = parquet.ParquetFile(path)
    except pyarrow.ArrowInvalid as error:
        raise ArticleError(f"{path} is not Parquet: {error}; write it again") from error
    number = 0
    for batch in table.iter_batches(batch_size=1_000):
        for row in batch.to_pylist():
            number += 1
            yield number, row


def _parse_row(line: int, row: Mapping[str, Any], settings: ImportSettings) -> Handmade | BadRow:
    messages = _pick(row, settings.messages, _MESSAGES)
    if messages is not None:
        turns = _parse_messages(messages)
        if isinstance(turns, str):
            return BadRow(line, "bad_messages", turns)
        *before, last = turns
        return _finish(line, row, tuple(before), last.content)
    question = _pick(row, settings.question, _QUESTION)
    answer = _pick(row, settings.answer, _ANSWER)
    context = _pick(row, settings.context, _CONTEXT)
    if question is None or answer is None:
        missing = "question" if question is None else "answer"
        detail = f"no {missing} among {', '.join(map(str, row)) or 'no columns'}"
        return BadRow(line, "missing_column", detail)
    if not isinstance(question, str) or not isinstance(answer, str):
        return BadRow(line, "not_text", f"{str(question)[:_SHOWN]!r} and {str(answer)[:_SHOWN]!r}")
    asked = "\n\n".join(part for part in (question.strip(), str(context or "").strip()) if part)
    return _finish(line, row, (Message("user", asked),), answer)


def _finish(
    line: int, row: Mapping[str, Any], turns: tuple[Message, ...], answer: str
) -> Handmade | BadRow:
    if not turns[-1].content.strip() or not answer.strip():
        return BadRow(line, "empty", "the question or the answer has no words")
    return Handmade(
        line=line,
        id=str(row.get("id") or ""),
        turns=turns,
        answer=answer.strip(),
        reviewer=str(row.get("reviewer") or "").strip(),
        approved=_read_yes(row.get("approved")),
        source=str(row.get("source") or ""),
    )


def _read_yes(value: object) -> bool | None:
    return None if value in (None, "") else value in (True, "true", "True", "yes", "1", 1)


def _parse_messages(value: object) -> list[Message] | str:
    """Return user and assistant turns, ending with the assistant's, or what is wrong."""
    if isinstance(value, str):
        text = value
        try:
            value = json.loads(text)  # a CSV's cell
        except ValueError:
            return f"messages is text and no JSON: {text[:_SHOWN]!r}"
    if not isinstance(value, list):
        return f"messages holds {type(value).__name__}, not a list"
    turns: list[Message] = []
    for item in value:
        if not isinstance(item, Mapping):
            return f"messages holds {str(item)[:_SHOWN]!r}, not an object"
        role, content = item.get("role", item.get("from")), item.get("content", item.get("value"))
        if role == "system":
            continue  # ours is rendered in its place
        if role not in _ROLES or not isinstance(content, str):
            return f"messages holds {str(item)[:_SHOWN]!r}, which has no role and content"
        turns.append(Message("user" if _ROLES[role] == "user" else "assistant", content.strip()))
    roles = [turn.role for turn in turns]
    expected = ["user", "assistant"] * (len(turns) // 2)
    if len(turns) < 2 or roles != expected:
        return f"turns are {', '.join(roles) or 'none'}; they must go user, assistant, to the end"
    return turns


def _pick(row: Mapping[str, Any], named: str, usual: tuple[str, ...]) -> object:
    names = (named,) if named else usual
    return next((row[name] for name in names if row.get(name) is not None), None)
