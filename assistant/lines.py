"""Questions lines in, answers lines out: the JSON that other programs read. Pure but for files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assistant.answer import Until
from assistant.errors import AssistantError
from assistant.records import Answer, Article, Citation, Found, Message


@dataclass(frozen=True, slots=True)
class QuestionLine:
    """One line of a questions file; `gold` names articles by id, URL or file stem."""

    id: str
    question: str
    history: tuple[Message, ...] = ()
    gold: tuple[str, ...] = ()
    unanswerable: bool = False


def read_questions(path: Path) -> Iterator[QuestionLine]:
    """Yield the questions of a JSONL file; AssistantError names the first bad line."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise AssistantError(
            f"{path} cannot be read ({error.strerror}); correct --questions"
        ) from error
    except UnicodeDecodeError as error:
        raise AssistantError(f"{path} is not UTF-8 ({error.reason}); save it as UTF-8") from error
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                yield _parse_question(json.loads(line), number)
            except (ValueError, KeyError, TypeError) as error:
                raise AssistantError(
                    f"{path} line {number} is not a question ({error}); it needs"
                    ' {"id": …, "question": …}'
                ) from error


def answer_row(question_id: str, answer: Answer, until: Until = "answer") -> dict[str, Any]:
    """Return an answers line; with `until` earlier, the fields of later steps are absent."""
    row: dict[str, Any] = {
        "id": question_id,
        "question": answer.question,
        "standalone_question": answer.standalone_question,
        "retrieved": [_found_row(found) for found in answer.retrieved],
        "adapter": answer.adapter,
        "generation": answer.generation,
        "engine": answer.engine,
        "render": answer.render,
        "wording": answer.wording,
        "timings_ms": answer.timings_ms,
    }
    if until == "retrieve":
        return row
    row |= {"refused": answer.refused, "answerable_score": answer.answerable_score}
    if until == "decide":
        return row
    return row | {
        "answer": answer.text,
        "sentences": [
            {
                "text": s.text,
                "citations": list(s.citations),
                "supported": s.supported,
                "frame": s.frame,
                "origin": s.origin.value,
            }
            for s in answer.sentences
        ],
        "dropped_sentences": [
            {"text": s.text, "reason": s.reason} for s in answer.dropped_sentences
        ],
        "citations": [_citation_row(citation) for citation in answer.citations],
        "mode": answer.mode.value,
    }


def article_line(article: Article) -> dict[str, Any]:
    """Return an article as `masthead articles` writes it."""
    return {
        "id": article.id,
        "file": article.file,
        "url": article.url,
        "aliases": list(article.aliases),
        "title": article.title,
        "subtitle": article.subtitle,
        "authors": list(article.authors),
        "published": article.published,
        "updated": article.updated,
        "tags": list(article.tags),
        "series": article.series,
        "language": article.language,
        "headings": [heading.text for heading in article.headings],
        "anchors": [heading.anchor for heading in article.headings],
        "voice": article.voice,
        "superseded_by": article.superseded_by,
        "text": article.body,
    }


def citation_url(citation: Citation) -> str:
    """Return the canonical URL at the passage's heading, or "" where the article has none."""
    url, anchor = citation.article.url, citation.anchor
    return f"{url}#{anchor}" if url and anchor else url


def found_rows(found: tuple[Found, ...]) -> list[dict[str, Any]]:
    """Return what retrieval found as JSON."""
    return [_found_row(item) for item in found]


def _found_row(found: Found) -> dict[str, Any]:
    return {
        "article": found.article.id,
        "file": found.article.file,
        "url": found.article.url,
        "title": found.article.title,
        "headings": list(found.passage.headings),
        "passage": found.passage.id,
        "text": found.passage.text,
        "score": round(found.score, 5),
        "dense": round(found.dense, 5),
        "lexical": round(found.lexical, 5),
    }


def _citation_row(citation: Citation) -> dict[str, Any]:
    return {
        "n": citation.n,
        "article": citation.article.id,
        "file": citation.article.file,
        "url": citation.article.url,
        "title": citation.article.title,
        "anchor": citation.anchor,
        "passage": citation.passage.id,
    }


def _parse_question(raw: dict[str, Any], number: int) -> QuestionLine:
    question = raw["question"]
    if not isinstance(question, str):
        raise TypeError(f"question is {type(question).__name__}, not text")
    history = tuple(Message(turn["role"], turn["content"]) for turn in raw.get("history", ()))
    for turn in history:
        if turn.role not in ("user", "assistant"):
            raise ValueError(f"history has role {turn.role!r}")
    return QuestionLine(
        id=str(raw.get("id", number)),
        question=question,
        history=history,
        gold=tuple(raw.get("gold", ())),
        unanswerable=bool(raw.get("unanswerable", False)),
    )
