"""What stands in the database, read without making, migrating or changing anything."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from assistant.config import Workspace
from assistant.errors import AssistantError
from assistant.store.opening import FILE, connect_store, has_store, newest_version

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine


def describe_store(workspace: Workspace) -> str:
    """Return what is stored and at which version; AssistantError where it cannot be read."""
    from sqlalchemy.exc import DBAPIError

    if not has_store(workspace):
        return f"none yet; `masthead serve` makes {workspace.root / FILE}"
    engine = _connect(workspace)
    try:
        with engine.connect() as connection:
            return f"{engine.dialect.name}: {_describe(connection)}"
    except DBAPIError as error:
        raise AssistantError(
            f"the database of {workspace.root} cannot be read ({type(error).__name__}); check"
            " store.url, the server behind it, or whether the file is damaged"
        ) from error
    finally:
        engine.dispose()


def look_into_store(workspace: Workspace) -> Engine | None:
    """Open the database as it is, for looking only; None where there is none of this version."""
    from sqlalchemy import inspect
    from sqlalchemy.exc import SQLAlchemyError

    if not has_store(workspace):
        return None
    try:
        engine = _connect(workspace)
        return engine if inspect(engine).has_table("approved") else None
    except (SQLAlchemyError, AssistantError):
        return None  # opening it in earnest says why


def _describe(connection: Connection) -> str:
    from sqlalchemy import func, inspect, select

    from assistant.store.tables import api_keys, conversations, feedback

    if not inspect(connection).has_table("alembic_version"):
        return "empty; `masthead serve` makes its tables"
    version = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    counts = ", ".join(
        f"{connection.execute(select(func.count()).select_from(table)).scalar()} {name}"
        for name, table in (
            ("conversations", conversations),
            ("feedback", feedback),
            ("API keys", api_keys),
        )
    )
    later = "" if version == newest_version() else "; `masthead serve` brings it up to date"
    return f"version {version}{later}; {counts}"


def _connect(workspace: Workspace) -> Engine:
    is_own = not workspace.settings.store.url.get_secret_value()
    return connect_store(workspace, url=_read_only(workspace.root / FILE) if is_own else "")


def _read_only(path: Path) -> str:
    # Without a log there is nothing beside the file, and nothing is made there.
    mode = "mode=ro" if path.with_name(f"{path.name}-wal").exists() else "mode=ro&immutable=1"
    return f"sqlite:///file:{path}?{mode}&uri=true"
