"""The database opened: SQLite in the workspace or any SQLAlchemy URL, brought up to date.

SQLite runs in WAL mode with synchronous FULL, so that what was acknowledged survives a power cut,
and overwrites what is deleted.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.config import Workspace
from assistant.errors import AssistantError

if TYPE_CHECKING:
    from alembic.config import Config
    from sqlalchemy import Connection, Engine

FILE = "masthead.db"  # in the workspace
_BUSY_MS = 30_000  # another process may hold SQLite's one writer for a moment
_PRAGMAS = (
    f"busy_timeout={_BUSY_MS}",  # first: the next one may have to wait
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "secure_delete=ON",
)


def open_store(workspace: Workspace) -> Engine:
    """Open the workspace's database, making or migrating it; AssistantError where it cannot be.

    A message never holds the URL, which may hold a password.
    """
    from sqlalchemy import event
    from sqlalchemy.exc import DBAPIError

    own = not workspace.settings.store.url.get_secret_value()
    engine = connect_store(workspace, _sqlite_url(workspace.root / FILE) if own else "")
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _set_pragmas)
    try:
        with engine.begin() as connection:
            migrate(connection)
    except DBAPIError as error:
        kind = type(error).__name__
        raise AssistantError(
            f"the database of {workspace.root} cannot be opened ({kind}); check store.url, the"
            " server behind it, and that the folder can be written"
        ) from error
    return engine


def connect_store(workspace: Workspace, url: str = "") -> Engine:
    """Return an engine on a URL, by default store.url; nothing is asked of the database yet."""
    from sqlalchemy import create_engine
    from sqlalchemy.exc import ArgumentError, NoSuchModuleError

    try:
        return create_engine(
            url or workspace.settings.store.url.get_secret_value(), pool_pre_ping=True
        )
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError) as error:
        raise AssistantError(
            "store.url is not a database URL that this install can open; write it like"
            " postgresql+psycopg://user:password@host/name and install its driver"
        ) from error


def newest_version() -> str:
    """Return the version that a database made now has."""
    from alembic.script import ScriptDirectory

    return ScriptDirectory.from_config(_migrations()).get_current_head() or ""


def has_store(workspace: Workspace) -> bool:
    """Whether there is a database already; looking makes none."""
    named = workspace.settings.store.url.get_secret_value()
    return bool(named) or (workspace.root / FILE).exists()


def migrate(connection: Connection) -> None:
    """Run the steps that a database lacks; AssistantError where a newer version made it."""
    from alembic import command
    from alembic.util import CommandError

    config = _migrations()
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise AssistantError(
            f"the database was made by a newer version of Masthead ({error}); install that one"
        ) from error


def forget_deleted(engine: Engine) -> None:
    """Take what was deleted out of SQLite's write-ahead log too."""
    if engine.dialect.name == "sqlite":
        with engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")


def _migrations() -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config


def _sqlite_url(path: Path) -> str:
    if not path.exists():
        try:
            os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
        except OSError as error:
            raise AssistantError(
                f"{path} cannot be made ({error.strerror}); set store.url, or make the folder"
                " writable"
            ) from error
    return f"sqlite:///{path}"


def _set_pragmas(connection: object, _record: object) -> None:
    from sqlite3 import Connection as SqliteConnection

    if isinstance(connection, SqliteConnection):
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
