import sqlite3
import stat

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from assistant.errors import AssistantError
from assistant.store.opening import open_store
from assistant.store.tables import metadata
from tests.fakes import make_workspace


def test_the_migrations_end_where_the_tables_are(engine):
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_what_is_acknowledged_is_on_disk_and_what_is_deleted_is_overwritten(engine):
    with engine.connect() as connection:
        asked = ("journal_mode", "synchronous", "foreign_keys", "secure_delete")
        values = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in asked]

    assert values == ["wal", 2, 1, 1]  # synchronous 2 is FULL


def test_only_the_owner_may_read_the_file(engine, tmp_path):
    assert stat.S_IMODE((tmp_path / "masthead.db").stat().st_mode) == 0o600


def test_opening_again_keeps_what_is_there(engine, tmp_path):
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO conversations VALUES ('c', 'v', 'page', '', 't', '2026', '2026')"
        )

    again = open_store(make_workspace(tmp_path))

    with again.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM conversations").scalar() == 1
    again.dispose()


def test_a_database_of_a_newer_version_is_refused(engine, tmp_path):
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")

    with pytest.raises(AssistantError, match="made by a newer version of Masthead"):
        open_store(make_workspace(tmp_path))


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("postgresql+nodriver://u:s3cret@h/d", "write it like postgresql"),
        ("not a url", "write it like postgresql"),
        ("sqlite:////proc/none/s3cret.db", "cannot be opened"),
    ],
)
def test_a_database_that_cannot_be_is_one_line_without_its_url(tmp_path, url, says):
    with pytest.raises(AssistantError, match=says) as raised:
        open_store(make_workspace(tmp_path, store={"url": url}))

    assert "s3cret" not in str(raised.value)


def test_a_file_that_is_no_database_is_named_as_such(tmp_path):
    (tmp_path / "masthead.db").write_bytes(b"not a database at all" * 100)

    with pytest.raises(AssistantError, match="cannot be opened"):
        open_store(make_workspace(tmp_path))


def test_another_url_is_used_instead_of_the_workspace(tmp_path):
    place = tmp_path / "elsewhere.db"

    open_store(make_workspace(tmp_path, store={"url": f"sqlite:///{place}"})).dispose()

    with sqlite3.connect(place) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == ("0002",)
    connection.close()
    assert not (tmp_path / "masthead.db").exists()
