import pytest

from assistant.errors import AssistantError
from assistant.store.chats import add_question
from assistant.store.looking import describe_store
from assistant.store.opening import open_store
from tests.fakes import make_workspace


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_where_there_is_none_it_is_not_made(tmp_path):
    assert describe_store(make_workspace(tmp_path)).startswith("none yet; `masthead serve` makes")
    assert names(tmp_path) == []


@pytest.mark.parametrize("in_use", [True, False])
def test_what_is_stored_is_counted_and_nothing_is_changed(tmp_path, in_use):
    store = open_store(make_workspace(tmp_path))
    add_question(store, "Why?", chat="", surface="page", visitor="v")
    if not in_use:
        store.dispose()
    before = names(tmp_path)

    assert describe_store(make_workspace(tmp_path)) == (
        "sqlite: version 0002; 1 conversations, 0 feedback, 0 API keys"
    )
    assert names(tmp_path) == before
    store.dispose()


def test_a_file_that_is_no_database_is_said_to_be_none(tmp_path):
    (tmp_path / "masthead.db").write_bytes(b"not a database " * 100)

    with pytest.raises(AssistantError, match=r"cannot be read \(DatabaseError\); check store\.url"):
        describe_store(make_workspace(tmp_path))


def test_a_server_that_is_not_there_is_one_line_without_its_password(tmp_path):
    url = "sqlite:////proc/none/s3cret.db"

    with pytest.raises(AssistantError, match="cannot be read") as raised:
        describe_store(make_workspace(tmp_path, store={"url": url}))
    assert "s3cret" not in str(raised.value)
