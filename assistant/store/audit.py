"""The log of editors' acts: who, what, when. Nothing that a reader wrote stands in it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, Engine, insert, select

from assistant.store.tables import audit, utc_text


@dataclass(frozen=True, slots=True)
class Entry:
    """One act."""

    at: str
    who: str
    action: str
    about: str


def add_entry(connection: Connection, who: str, action: str, about: str) -> None:
    """Write an act down, in the transaction that does it where there is one."""
    row = {"at": utc_text(), "who": who, "action": action, "about": about}
    connection.execute(insert(audit).values(row))


def log_act(engine: Engine, who: str, action: str, about: str = "") -> None:
    """Write down an act that changes nothing in the database itself."""
    with engine.begin() as connection:
        add_entry(connection, who, action, about)


def list_entries(engine: Engine, most: int = 200) -> list[Entry]:
    """Return the newest acts, newest first."""
    query = select(audit).order_by(audit.c.id.desc()).limit(most)
    with engine.connect() as connection:
        return [Entry(r.at, r.who, r.action, r.about) for r in connection.execute(query)]
