"""Editors' sessions: a random token in one browser's cookie, its hash in the database."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, delete, insert, select

from assistant.store.keys import hash_secret
from assistant.store.tables import sessions, utc_text

SESSION_HOURS = 8  # a working day, then one logs in again


def open_session(engine: Engine, editor: str) -> str:
    """Begin a session and return its token; sessions that are over are cleared away."""
    token, now = secrets.token_urlsafe(32), datetime.now(UTC)
    row = {
        "hash": hash_secret(token),
        "editor": editor,
        "expires_at": utc_text(now + timedelta(hours=SESSION_HOURS)),
    }
    with engine.begin() as connection:
        connection.execute(delete(sessions).where(sessions.c.expires_at <= utc_text(now)))
        connection.execute(insert(sessions).values(row))
    return token


def find_session(engine: Engine, token: str) -> str:
    """Return the editor whose live session a token opens, "" for any other."""
    query = select(sessions.c.editor).where(
        sessions.c.hash == hash_secret(token), sessions.c.expires_at > utc_text()
    )
    with engine.connect() as connection:
        return str(connection.execute(query).scalar() or "")


def close_session(engine: Engine, token: str) -> None:
    """End a session at once."""
    with engine.begin() as connection:
        connection.execute(delete(sessions).where(sessions.c.hash == hash_secret(token)))
