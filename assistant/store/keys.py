"""API keys: made, listed, revoked, recognised. The key itself is shown once and never stored."""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, RowMapping, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from assistant.errors import AssistantError
from assistant.store.tables import api_keys, utc_text

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_HINT = 7  # characters of a key that are kept to tell it apart


@dataclass(frozen=True, slots=True)
class Key:
    """What is known of a key. `state` is live, expired or revoked; `expires_at` "" is never."""

    name: str
    hint: str
    per_minute: int
    created_at: str
    expires_at: str
    state: str


def create_key(
    engine: Engine, name: str, *, days: int = 0, per_minute: int = 60
) -> tuple[str, Key]:
    """Make a key and return it, for the only time, with its row; `days` 0 never expires."""
    if not _NAME.fullmatch(name):
        raise AssistantError(
            f"{name!r} is not a key's name; use a-z, 0-9, dot, dash and underscore, 64 at most"
        )
    token = f"mh_{secrets.token_urlsafe(32)}"
    now = datetime.now(UTC)
    row = {
        "name": name,
        "hash": hash_secret(token),
        "hint": token[:_HINT],
        "per_minute": per_minute,
        "created_at": utc_text(now),
        "expires_at": utc_text(now + timedelta(days=days)) if days else "",
        "revoked_at": "",
    }
    try:
        with engine.begin() as connection:
            connection.execute(insert(api_keys).values(row))
    except IntegrityError as error:
        raise AssistantError(f"there is a key {name} already; choose another name") from error
    return token, _key(row, utc_text(now))


def list_keys(engine: Engine) -> list[Key]:
    """Return every key, oldest first, the revoked ones too."""
    with engine.connect() as connection:
        rows = connection.execute(select(api_keys).order_by(api_keys.c.id)).mappings()
        return [_key(row, utc_text()) for row in rows]


def revoke_key(engine: Engine, name: str) -> None:
    """End a key at once; AssistantError where there is none of that name."""
    with engine.begin() as connection:
        done = connection.execute(
            update(api_keys)
            .where(api_keys.c.name == name, api_keys.c.revoked_at == "")
            .values(revoked_at=utc_text())
        )
    if not done.rowcount:
        raise AssistantError(f"there is no live key {name}; `masthead keys list` names them")


def find_key(engine: Engine, token: str) -> Key | None:
    """Return the live key that a caller shows, or None."""
    with engine.connect() as connection:
        row = (
            connection.execute(select(api_keys).where(api_keys.c.hash == hash_secret(token)))
            .mappings()
            .first()
        )
    found = _key(row, utc_text()) if row else None
    return found if found and found.state == "live" else None


def has_keys(engine: Engine) -> bool:
    """Whether any key was ever made; revoking the last one does not open the door."""
    with engine.connect() as connection:
        return bool(connection.execute(select(func.count()).select_from(api_keys)).scalar())


def hash_secret(token: str) -> str:
    """Return what the database holds of a secret of 256 random bits: its sha256."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _key(row: RowMapping | dict[str, object], now: str) -> Key:
    expires = str(row["expires_at"])
    ended = "expired" if expires and expires <= now else "live"
    return Key(
        name=str(row["name"]),
        hint=str(row["hint"]),
        per_minute=int(str(row["per_minute"])),
        created_at=str(row["created_at"]),
        expires_at=expires,
        state="revoked" if row["revoked_at"] else ended,
    )
