"""One structured log line an answer, without a word of what the reader wrote. Pure."""

from __future__ import annotations

from assistant.records import Answer
from assistant.store.chats import State


def log_line(
    asked_id: str,
    surface: str,
    key: str,
    state: State,
    answer: Answer | None,
    tokens: tuple[int, int],
) -> dict[str, object]:
    """Return the line of an answer; `tokens` are those of the prompt and those written."""
    line: dict[str, object] = {
        "event": "answer",
        "id": asked_id,
        "surface": surface,
        "key": key,
        "state": state,
    }
    if answer is not None:
        line |= {
            "mode": answer.mode.value,
            "adapter": answer.adapter,
            "generation": answer.generation,
            "tokens": list(tokens),
            "dropped": len(answer.dropped_sentences),
            "ms": answer.timings_ms,
        }
    return line
