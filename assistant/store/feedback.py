"""What readers thought of an answer, with everything the answer was made from.

A thumb stands by itself: the prompt, passages, adapter and generation are copied from the answer,
so that a review needs no second look-up. Nothing here trains anything before someone approves it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Connection, Engine, insert, select, update

from assistant.errors import AssistantError
from assistant.store.tables import conversations, feedback, messages, utc_text

Thumb = Literal["up", "down"]
MAX_BETTER = 4_000  # characters of a reader's own better answer


@dataclass(frozen=True, slots=True)
class Feedback:
    """One thumb. `record` is the answer's: prompt, passages, sentences, hashes."""

    id: int
    message_id: int
    thumb: str
    reason: str
    better: str
    at: str
    question: str
    answer: str
    adapter: str
    generation: int
    record: dict[str, Any]
    state: str
    reviewer: str
    reviewed_at: str


def add_feedback(
    engine: Engine, message: int, visitor: str, thumb: Thumb, *, reason: str = "", better: str = ""
) -> bool:
    """Keep a visitor's thumb on one of their own answers, the newest in place of an older one.

    False where the message is not an answer to this visitor.
    """
    said = {"thumb": thumb, "reason": reason, "better": better[:MAX_BETTER], "at": utc_text()}
    with engine.begin() as connection:
        row = _answer_row(connection, message, visitor)
        if row is None:
            return False
        fresh = {"state": "new", "reviewer": "", "reviewed_at": ""}
        changed = connection.execute(
            update(feedback).where(feedback.c.message_id == message).values(**said, **fresh)
        )
        if not changed.rowcount:
            connection.execute(insert(feedback).values(**row, **said, **fresh))
    return True


def list_feedback(engine: Engine, state: str = "") -> list[Feedback]:
    """Return feedback, oldest first; `state` new, approved or rejected narrows it."""
    query = select(feedback).order_by(feedback.c.id)
    if state:
        query = query.where(feedback.c.state == state)
    names = Feedback.__dataclass_fields__
    with engine.connect() as connection:
        rows = connection.execute(query).mappings()
        return [Feedback(**{name: row[name] for name in names}) for row in rows]


def read_feedback(engine: Engine, number: int) -> Feedback:
    """Return one feedback by its id; AssistantError where there is none."""
    names = Feedback.__dataclass_fields__
    with engine.connect() as connection:
        found = connection.execute(select(feedback).where(feedback.c.id == number))
        row = found.mappings().first()
    if row is None:
        raise AssistantError(
            f"there is no feedback {number}; `masthead feedback list` names what there is"
        )
    return Feedback(**{name: row[name] for name in names})


def _answer_row(connection: Connection, message: int, visitor: str) -> dict[str, Any] | None:
    owner = select(conversations.c.id).where(conversations.c.visitor == visitor)
    answer = connection.execute(
        select(messages).where(
            messages.c.id == message,
            messages.c.role == "assistant",
            messages.c.conversation_id.in_(owner),
        )
    ).first()
    if answer is None:
        return None
    question = connection.execute(
        select(messages.c.text)
        .where(
            messages.c.conversation_id == answer.conversation_id,
            messages.c.id < message,
            messages.c.role == "user",
        )
        .order_by(messages.c.id.desc())
    ).scalar()
    return {
        "message_id": message,
        "question": question or "",
        "answer": answer.text,
        "adapter": answer.adapter,
        "generation": answer.generation,
        "record": answer.record,
    }
