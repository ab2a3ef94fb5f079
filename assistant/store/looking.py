"""What stands in the database, read without making, migrating or changing anything."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from assistant.config import Workspace
from assistant.errors import AssistantError
from assistant.store.opening import FILE, connect_store, newest_version

if TYPE_CHECKING:
    from sqlalchemy import Connection


def describe_store(workspace: Workspace) -> str:
    """Return what is stored and at which version; AssistantError where it cannot be read."""
    from sqlalchemy.exc import DBAPIError

    path = workspace.root / FILE
    mine = not workspace.settings.store.url.get_secret_value()
    if mine and not path.exists():
        return f"none yet; `masthead serve` makes {path}"
    engine = connect_store(workspace, url=_read_only(path) if mine else "")
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


def _read_only(path: Path) -> str:
    # Without a log there is nothing beside the file, and nothing is made there.
    mode = "mode=ro" if path.with_name(f"{path.name}-wal").exists() else "mode=ro&immutable=1"
    return f"sqlite:///file:{path}?{mode}&uri=true"
