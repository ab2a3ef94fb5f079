"""Stored answers as editors look at them: what was asked, how it ended, what it rests on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Engine, select

from assistant.store.tables import conversations, feedback, messages, utc_text

_MOST = 20_000  # answers read at once, the newest; more would only slow a page down


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """One answer; `mode` is "" for one that never became whole.

    `citations` are {"article", "title", "url", "file"}, `found` the same, nearest first.
    """

    chat: str
    surface: str
    at: str
    state: str
    question: str
    mode: str
    origins: tuple[str, ...]
    n_dropped: int
    total_ms: float
    waited_ms: float
    citations: tuple[dict[str, Any], ...]
    found: tuple[dict[str, Any], ...]
    thumb: str

    @property
    def day(self) -> str:
        """The day as YYYY-MM-DD."""
        return self.at[:10]

    @property
    def fell_short(self) -> str:
        """Why an editor should look at it: refused, quoted or down; else ""."""
        if self.thumb == "down":
            return "down"
        return self.mode if self.mode in ("refused", "quoted") else ""


def read_answers(engine: Engine, days: int) -> list[StoredAnswer]:
    """Return the answers of the last days, oldest first."""
    since = utc_text(datetime.now(UTC) - timedelta(days=days))
    record = messages.c.record
    query = (
        select(
            messages.c.conversation_id,
            conversations.c.surface,
            messages.c.at,
            messages.c.state,
            feedback.c.thumb,
            record["standalone_question"].as_string().label("question"),
            record["mode"].as_string().label("mode"),
            record["sentences"].as_json().label("sentences"),
            record["dropped_sentences"].as_json().label("dropped"),
            record["timings_ms"].as_json().label("timings"),
            record["waited_ms"].as_float().label("waited"),
            record["citations"].as_json().label("citations"),
            record["retrieved"].as_json().label("found"),
        )
        .join(conversations, conversations.c.id == messages.c.conversation_id)
        .outerjoin(feedback, feedback.c.message_id == messages.c.id)
        .where(messages.c.role == "assistant", messages.c.at >= since)
        .order_by(messages.c.id.desc())
        .limit(_MOST)
    )
    with engine.connect() as connection:
        rows = connection.execute(query).all()
    return [
        StoredAnswer(
            chat=r.conversation_id,
            surface=r.surface,
            at=r.at,
            state=r.state,
            question=r.question or "",
            mode=r.mode or "",
            origins=tuple(s["origin"] for s in r.sentences or ()),
            n_dropped=len(r.dropped or ()),
            total_ms=float((r.timings or {}).get("total", 0.0)),
            waited_ms=float(r.waited or 0.0),
            citations=tuple(r.citations or ()),
            found=tuple(r.found or r.citations or ()),
            thumb=r.thumb or "",
        )
        for r in reversed(rows)
    ]
