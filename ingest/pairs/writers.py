"""Question writers behind one seam: the base model, or any OpenAI-compatible server.

A writer gives questions for a passage; what answers them stays the publication's, found by close
reading. Every reply is kept at once in built/cache/, so that a run that stopped goes on from there.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from assistant.commit import hash_json
from assistant.config import Workspace
from assistant.records import Message, Passage
from assistant.seams import Generator, QuestionWriter
from assistant.text import content_stems, words
from ingest.pairs.phrasing import Asking
from ingest.pairs.pick import draw
from ingest.pairs.rows import Tools

log = logging.getLogger(__name__)

_PROMPT_VERSION = 1  # raise when the request changes: old replies are asked for again
_WANTED = 2  # questions a passage
_REPLY_TOKENS = 80
_FEWEST_WORDS, _MOST_WORDS = 4, 28
_LIST_MARK = re.compile(r"^\s*(?:[-*\u2022]|\d+[.)]|Q\d*:)\s*")
_POINTS = re.compile(r"\b(?:passage|text|excerpt|article|author|above|paragraph)\b", re.IGNORECASE)


class GeneratorWriter:
    """A writer over the Generator seam: the base model, without an adapter."""

    def __init__(self, generator: Generator, *, reply_tokens: int = _REPLY_TOKENS) -> None:
        self._generator = generator
        self._reply_tokens = reply_tokens
        self.name = f"base:{generator.name}"

    def write(self, request: str) -> str:
        """Return the model's reply."""
        messages = [Message("user", request)]
        most = self._reply_tokens
        pieces = self._generator.stream(messages, adapter=None, max_tokens=most)
        return "".join(pieces)


class CachedWriter:
    """A writer that keeps every reply on disk the moment it has it."""

    def __init__(self, writer: QuestionWriter, path: Path) -> None:
        self._writer = writer
        self._path = path
        self.name = writer.name
        self._known = dict(_read_cache(path))

    def write(self, request: str) -> str:
        """Return the reply, from the file where it was given before."""
        key = hash_json([self.name, _PROMPT_VERSION, request])
        if key not in self._known:
            self._known[key] = self._writer.write(request)
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with open(self._path, "a", encoding="utf-8") as handle:
                row = {"key": key, "reply": self._known[key]}
                handle.write(json.dumps(row, ensure_ascii=False) + "\n")
        return self._known[key]


def open_writer(workspace: Workspace) -> QuestionWriter | None:
    """Return the writer that masthead.yaml names, or None for the templates alone."""
    settings = workspace.settings.ingest.pairs.questions
    if settings.writer == "templates":
        return None
    if settings.writer == "openai":
        from ingest.pairs.openai_writer import OpenAIWriter

        inner: QuestionWriter = OpenAIWriter.from_settings(settings)
    else:
        from assistant.opening import open_assistant

        inner = GeneratorWriter(open_assistant(workspace, adapters=("base",)).engine)
    return CachedWriter(inner, workspace.cache_root / "questions.jsonl")


def write_askings(tools: Tools, writer: QuestionWriter | None) -> list[tuple[Passage, Asking]]:
    """Return what the writer asks of passages chosen by the seed; nothing without a writer."""
    if writer is None:
        return []
    most = tools.settings.ingest.pairs.questions.most
    older = {article.id for article in tools.articles if article.superseded_by}
    passages = [p for p in tools.generation.passages() if p.article_id not in older]
    passages.sort(key=lambda p: draw(tools.seed, "written", p.id))
    titles = {article.id: article.title for article in tools.articles}
    asked = []
    for passage in passages[:most]:
        reply = writer.write(make_request(passage, titles[passage.article_id]))
        asked += [(passage, Asking(q, writer.name)) for q in read_questions(reply, passage.text)]
    log.info(
        "%s wrote %d questions for %d passages", writer.name, len(asked), min(most, len(passages))
    )
    return asked


def make_request(passage: Passage, title: str) -> str:
    """Return what a writer is asked for one passage."""
    place = " > ".join([title, *passage.headings])
    return (
        f"Write {_WANTED} short questions that a reader might type, each answered by this passage."
        " Use other words than the passage does, name the subject, and never mention the passage"
        f" itself. One question a line, nothing else.\n\n{place}\n\n{passage.text}"
    )


def read_questions(reply: str, text: str) -> list[str]:
    """Return the questions of a reply that stand alone, are no copy, and share a word at least."""
    known = set(content_stems(text))
    return list(dict.fromkeys(q for q in _lines(reply) if _is_usable(q, known)))[:_WANTED]


def _lines(reply: str) -> Iterator[str]:
    for line in reply.splitlines():
        yield _LIST_MARK.sub("", line).strip().strip('"*')


def _is_usable(question: str, known: set[str]) -> bool:
    n_words = len(words(question))
    fits = question.endswith("?") and _FEWEST_WORDS <= n_words <= _MOST_WORDS
    return fits and not _POINTS.search(question) and bool(known & set(content_stems(question)))


def _read_cache(path: Path) -> Iterator[tuple[str, str]]:
    if not path.exists():
        return
    for line in path.read_bytes().splitlines():
        try:
            row: Any = json.loads(line)
            yield str(row["key"]), str(row["reply"])
        except (ValueError, KeyError, TypeError):
            log.info("a line of %s was cut; it is asked for again", path)
