"""Answers as OpenAI's clients read them, with ours beside: citations, refused, mode and the rest.

Pure. A stream's pieces put together are the text of the whole reply.
"""

from __future__ import annotations

import json
import time
from typing import Any

from assistant.lines import citation_url
from assistant.records import Answer, Citation, Sentence
from serve.desk import Finished


class Reply:
    """One reply: its id, and the model that was asked for."""

    def __init__(self, request_id: str, model: str) -> None:
        self._id = f"chatcmpl-{request_id}"
        self._model = model
        self._created = int(time.time())
        self._begun = False

    def whole(self, finished: Finished) -> dict[str, Any]:
        """Return the body of a reply that is not streamed."""
        message = {"role": "assistant", "content": finished.answer.text, "refusal": None}
        choice = {"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}
        return {
            **self._head("chat.completion"),
            "choices": [choice],
            "usage": usage_of(finished),
            **about(finished.answer),
        }

    def piece(self, sentence: Sentence) -> str:
        """Return a sentence as one event of a stream."""
        text = (" " if self._begun else "") + said(sentence)
        first = {} if self._begun else {"role": "assistant"}
        self._begun = True
        return self._event([{"index": 0, "delta": {**first, "content": text}}])

    def last(self, finished: Finished, *, with_usage: bool) -> str:
        """Return the events that end a stream."""
        end = {"index": 0, "delta": {}, "finish_reason": "stop"}
        events = self._event([end], **about(finished.answer))
        if with_usage:
            events += self._event([], usage=usage_of(finished))
        return f"{events}data: [DONE]\n\n"

    def _event(self, choices: list[dict[str, Any]], **more: object) -> str:
        for choice in choices:
            choice.setdefault("finish_reason", None)
        body = {**self._head("chat.completion.chunk"), "choices": choices, **more}
        return event_of(body)

    def _head(self, kind: str) -> dict[str, Any]:
        return {"id": self._id, "object": kind, "created": self._created, "model": self._model}


def event_of(body: object) -> str:
    """Return one server-sent event."""
    return f"data: {json.dumps(body, ensure_ascii=False)}\n\n"


def said(sentence: Sentence) -> str:
    """Return a sentence with its [n] marks, as the whole text holds it."""
    marks = "".join(f"[{n}]" for n in sentence.citations)
    return f"{sentence.text} {marks}".strip()


def about(answer: Answer) -> dict[str, Any]:
    """Return what OpenAI's shape has no place for."""
    return {
        "citations": [cite(citation) for citation in answer.citations],
        "refused": answer.refused,
        "mode": answer.mode.value,
        "generation": answer.generation,
        "adapter": answer.adapter,
    }


def cite(citation: Citation) -> dict[str, Any]:
    """Return a source; `url` leads to the passage's heading."""
    article = citation.article
    return {
        "n": citation.n,
        "title": article.title,
        "url": citation_url(citation),
        "article": article.id,
        "passage": citation.passage.id,
        "headings": list(citation.passage.headings),
        "date": article.date,
    }


def usage_of(finished: Finished) -> dict[str, int]:
    """Return the tokens that the model read and wrote; none where it was not asked."""
    return {
        "prompt_tokens": finished.prompt_tokens,
        "completion_tokens": finished.written_tokens,
        "total_tokens": finished.prompt_tokens + finished.written_tokens,
    }
