"""Conversations and their messages: written as they happen, read back, forgotten when asked.

A visitor is known by the hash of a secret that only their browser holds, and reaches their own
conversations only; to anyone else an id does not exist.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Engine, delete, insert, select, update

from assistant.store.opening import forget_deleted
from assistant.store.tables import approved, conversations, messages, utc_text

State = Literal["whole", "stopped", "failed"]
_TITLE = 120  # characters of the first question that name a conversation
_LISTED = 100  # conversations shown in a visitor's history, newest first


@dataclass(frozen=True, slots=True)
class Chat:
    """A conversation as a list names it."""

    id: str
    title: str
    touched_at: str


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """One message; `record` holds what came with an assistant's answer."""

    id: int
    role: str
    text: str
    at: str
    state: str
    record: dict[str, Any]


def add_question(
    engine: Engine, question: str, *, chat: str, visitor: str, surface: str, key: str = ""
) -> str:
    """Write down a question before it is answered; return its conversation's id.

    It joins the visitor's own `chat`, and begins a new one where there is no such.
    """
    now = utc_text()
    with engine.begin() as connection:
        owned = (conversations.c.id == chat, conversations.c.visitor == visitor)
        touched = connection.execute(update(conversations).where(*owned).values(touched_at=now))
        if not touched.rowcount:
            chat = secrets.token_urlsafe(32)
            connection.execute(
                insert(conversations).values(
                    id=chat,
                    visitor=visitor,
                    surface=surface,
                    key_name=key,
                    title=" ".join(question.split())[:_TITLE],
                    started_at=now,
                    touched_at=now,
                )
            )
        connection.execute(insert(messages).values(_message(chat, "user", question, "whole")))
    return chat


def add_answer(
    engine: Engine,
    chat: str,
    text: str,
    *,
    state: State,
    record: dict[str, Any],
    adapter: str = "",
    generation: int = 0,
) -> int:
    """Write down what was shown, whole or not; return the message's id, 0 where the chat is gone.

    A visitor may have deleted the conversation while it was being answered.
    """
    row = {
        **_message(chat, "assistant", text, state),
        "record": record,
        "adapter": adapter,
        "generation": generation,
    }
    with engine.begin() as connection:
        if connection.execute(select(conversations.c.id).where(conversations.c.id == chat)).first():
            added = connection.execute(insert(messages).values(row).returning(messages.c.id))
            return int(added.scalar_one())
    return 0


def list_chats(engine: Engine, visitor: str) -> list[Chat]:
    """Return a visitor's conversations, newest first."""
    query = (
        select(conversations)
        .where(conversations.c.visitor == visitor, conversations.c.surface == "page")
        .order_by(conversations.c.touched_at.desc(), conversations.c.started_at.desc())
        .limit(_LISTED)
    )
    with engine.connect() as connection:
        return [Chat(r.id, r.title, r.touched_at) for r in connection.execute(query)]


def read_chat(engine: Engine, chat: str, visitor: str) -> list[StoredMessage]:
    """Return a conversation's messages in order; nothing where it is not this visitor's."""
    query = (
        select(messages)
        .join(conversations, conversations.c.id == messages.c.conversation_id)
        .where(conversations.c.id == chat, conversations.c.visitor == visitor)
        .order_by(messages.c.id)
    )
    with engine.connect() as connection:
        rows = connection.execute(query)
        return [StoredMessage(r.id, r.role, r.text, r.at, r.state, r.record) for r in rows]


def delete_chat(engine: Engine, chat: str, visitor: str) -> bool:
    """Delete one of a visitor's conversations, its feedback and what was approved from it.

    False where it is not theirs.
    """
    own = conversations.c.visitor == visitor
    gone = _delete(engine, conversations.c.id == chat, own)
    also = _delete_approved(
        engine, approved.c.conversation_id == chat, approved.c.visitor == visitor
    )
    return bool(gone or also)


def delete_visitor(engine: Engine, visitor: str) -> int:
    """Delete everything of a visitor; return how many conversations there were."""
    _delete_approved(engine, approved.c.visitor == visitor)
    return _delete(engine, conversations.c.visitor == visitor)


def find_owner(engine: Engine, message: int) -> tuple[str, str]:
    """Return the conversation and the visitor that a message belongs to, "" where it is gone."""
    query = (
        select(conversations.c.id, conversations.c.visitor)
        .join(messages, messages.c.conversation_id == conversations.c.id)
        .where(messages.c.id == message)
    )
    with engine.connect() as connection:
        row = connection.execute(query).first()
    return (str(row.id), str(row.visitor)) if row else ("", "")


def delete_older(engine: Engine, keep_days: int) -> int:
    """Delete conversations that nobody touched for `keep_days`; return how many."""
    limit = utc_text(datetime.now(UTC) - timedelta(days=keep_days))
    return _delete(engine, conversations.c.touched_at < limit)


def _delete(engine: Engine, *conditions: Any) -> int:  # noqa: ANN401  # SQL expressions
    with engine.begin() as connection:
        count = connection.execute(delete(conversations).where(*conditions)).rowcount
    if count:
        forget_deleted(engine)
    return int(count)


def _delete_approved(engine: Engine, *conditions: Any) -> int:  # noqa: ANN401  # SQL expressions
    with engine.begin() as connection:
        count = connection.execute(delete(approved).where(*conditions)).rowcount
    if count:
        forget_deleted(engine)
    return int(count)


def _message(chat: str, role: str, text: str, state: State) -> dict[str, Any]:
    return {
        "conversation_id": chat,
        "role": role,
        "text": text,
        "at": utc_text(),
        "state": state,
        "adapter": "",
        "generation": 0,
        "record": {},
    }
