"""The tables as SQLAlchemy sees them; migrations/ holds how a database gets there.

Times are UTC as ISO text to the second, which sorts the same in every database.
"""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import JSON, Column, ForeignKey, Index, Integer, MetaData, String, Table, Text

metadata = MetaData()

_TIME = String(20)
_ID = String(43)  # secrets.token_urlsafe(32)

conversations = Table(
    "conversations",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("visitor", String(64), nullable=False, index=True),  # sha256 of the browser's secret
    Column("surface", String(8), nullable=False),  # page or api
    Column("key_name", String(64), nullable=False),  # of the API key; "" without one
    Column("title", Text, nullable=False),  # the first question
    Column("started_at", _TIME, nullable=False),
    Column("touched_at", _TIME, nullable=False, index=True),
)

messages = Table(
    "messages",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("conversation_id", ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False),
    Column("role", String(9), nullable=False),  # user or assistant
    Column("text", Text, nullable=False),
    Column("at", _TIME, nullable=False),
    Column("state", String(8), nullable=False),  # whole, stopped or failed
    Column("adapter", String(128), nullable=False),
    Column("generation", Integer, nullable=False),
    Column("record", JSON, nullable=False),  # an assistant's: sentences, sources, prompt, passages
    Index("ix_messages_conversation_id", "conversation_id", "id"),
)

feedback = Table(
    "feedback",
    metadata,
    Column("id", Integer, primary_key=True),
    Column(
        "message_id", ForeignKey("messages.id", ondelete="CASCADE"), nullable=False, unique=True
    ),
    Column("thumb", String(4), nullable=False),  # up or down
    Column("reason", String(32), nullable=False),
    Column("better", Text, nullable=False),
    Column("at", _TIME, nullable=False),
    Column("question", Text, nullable=False),
    Column("answer", Text, nullable=False),
    Column("adapter", String(128), nullable=False),
    Column("generation", Integer, nullable=False),
    Column("record", JSON, nullable=False),  # the answer's, as it was: prompt, passages, hashes
    Column("state", String(8), nullable=False, index=True),  # new, approved or rejected
    Column("reviewer", String(128), nullable=False),
    Column("reviewed_at", _TIME, nullable=False),
)

# What an editor approved for training. It outlives its conversation, so it has no foreign keys; a
# reader's deletion still finds it by conversation and visitor.
approved = Table(
    "approved",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("feedback_id", Integer, nullable=False),
    Column("conversation_id", _ID, nullable=False, index=True),
    Column("visitor", String(64), nullable=False, index=True),
    Column("question", Text, nullable=False),
    Column("answer", Text, nullable=False),
    Column("gold", JSON, nullable=False),  # ids of articles that a reader confirmed
    Column("reviewer", String(128), nullable=False),
    Column("approved_at", _TIME, nullable=False),
    sqlite_autoincrement=True,  # a training row's provenance names the id, so none comes twice
)

# Who did what and when; `about` names things by id and holds nothing a reader wrote.
audit = Table(
    "audit",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", _TIME, nullable=False, index=True),
    Column("who", String(128), nullable=False),
    Column("action", String(32), nullable=False),
    Column("about", Text, nullable=False),
)

sessions = Table(
    "sessions",
    metadata,
    Column("hash", String(64), primary_key=True),  # sha256; the token is in one browser's cookie
    Column("editor", String(64), nullable=False),
    Column("expires_at", _TIME, nullable=False),
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String(64), nullable=False, unique=True),
    Column("hash", String(64), nullable=False, unique=True),  # sha256; the key is never stored
    Column("hint", String(12), nullable=False),  # its first characters, to tell keys apart
    Column("per_minute", Integer, nullable=False),
    Column("created_at", _TIME, nullable=False),
    Column("expires_at", _TIME, nullable=False),  # "" never
    Column("revoked_at", _TIME, nullable=False),  # "" not
)


def utc_text(moment: datetime | None = None) -> str:
    """Return a moment, now by default, as the database holds it."""
    return (moment or datetime.now(UTC)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
