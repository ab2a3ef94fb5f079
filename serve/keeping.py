"""What is written down of a question and its answer, and read back into a turn of the page."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from assistant.errors import Busy
from assistant.length import Length
from assistant.lines import answer_row, article_line
from assistant.records import (
    Answer,
    Article,
    Citation,
    Message,
    Mode,
    Origin,
    Passage,
    Sentence,
)
from assistant.store.chats import State, add_answer, add_question

log = logging.getLogger(__name__)

_ARTICLE = ("id", "title", "file", "url", "published", "updated", "superseded_by")


def keep_question(engine: Engine, question: str, **where: str) -> str:
    """Write a question down before it is answered; Busy where the database cannot take it now."""
    try:
        return add_question(engine, question, **where)
    except OperationalError as error:
        raise Busy("the question could not be written down just now; ask again") from error


def keep_answer(
    engine: Engine,
    chat: str,
    answer: Answer,
    prompt: Sequence[Message],
    length: Length,
    *,
    waited_ms: float = 0.0,
) -> int:
    """Write a whole answer down with everything it was made from; return its id.

    0 where it is not written: the reader has the answer already, and may not rate it then.
    """
    try:
        return add_answer(
            engine,
            chat,
            answer.text,
            state="whole",
            record=record_of(answer, prompt, length) | {"waited_ms": waited_ms},
            adapter=answer.adapter,
            generation=answer.generation,
        )
    except OperationalError as error:
        log.error("an answer could not be written down: %s", type(error.orig).__name__)
        return 0


def keep_fragment(engine: Engine, chat: str, shown: Sequence[Sentence], state: State) -> int:
    """Write down what was shown of an answer that never became whole."""
    text = " ".join(sentence.text for sentence in shown)
    try:
        return add_answer(engine, chat, text, state=state, record={})
    except OperationalError as error:
        log.error("an unfinished answer could not be written down: %s", type(error.orig).__name__)
        return 0


def storable(text: str) -> str:
    """Return text that every database takes: no NUL, no half of a surrogate pair."""
    return text.replace("\0", " ").encode("utf-8", "replace").decode()


def record_of(answer: Answer, prompt: Sequence[Message], length: Length) -> dict[str, Any]:
    """Return an answer as JSON: its answers line, the exact prompt, and its sources whole."""
    row = answer_row("", answer)
    del row["id"]
    row["retrieved"] = [
        {key: value for key, value in found.items() if key != "text"} for found in row["retrieved"]
    ]
    return row | {
        "prompt": [{"role": m.role, "content": m.content} for m in prompt],
        "length": length.value,
        "sources": [_source(citation) for citation in answer.citations],
    }


def answer_from(record: dict[str, Any]) -> Answer:
    """Return the answer that a record was made from, without what retrieval found besides."""
    return Answer(
        question=record["question"],
        standalone_question=record["standalone_question"],
        text=record["answer"],
        refused=record["refused"],
        answerable_score=record["answerable_score"],
        mode=Mode(record["mode"]),
        retrieved=(),
        sentences=tuple(
            Sentence(s["text"], tuple(s["citations"]), s["supported"], Origin(s["origin"]))
            for s in record["sentences"]
        ),
        dropped_sentences=(),
        citations=tuple(_citation(source) for source in record["sources"]),
        adapter=record["adapter"],
        generation=record["generation"],
        engine=record["engine"],
        render=record["render"],
        wording=record["wording"],
        timings_ms=record["timings_ms"],
    )


def _source(citation: Citation) -> dict[str, Any]:
    article, passage = article_line(citation.article), citation.passage
    return {
        "n": citation.n,
        "anchor": citation.anchor,
        "article": {key: article[key] for key in _ARTICLE},
        "passage": {
            "id": passage.id,
            "text": passage.text,
            "headings": list(passage.headings),
            "anchor": passage.anchor,
        },
    }


def _citation(source: dict[str, Any]) -> Citation:
    raw = source["passage"]
    article = Article(body="", **source["article"])
    passage = Passage(raw["id"], article.id, raw["text"], tuple(raw["headings"]), raw["anchor"])
    return Citation(source["n"], article, passage, source["anchor"])
