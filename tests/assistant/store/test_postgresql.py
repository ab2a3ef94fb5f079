"""The store on a real PostgreSQL: MASTHEAD_TEST_POSTGRESQL names an empty database's URL."""

import os

import pytest

from assistant.store.chats import add_answer, add_question, delete_visitor, list_chats, read_chat
from assistant.store.feedback import add_feedback, list_feedback
from assistant.store.keys import create_key, find_key
from assistant.store.looking import describe_store
from assistant.store.opening import open_store
from tests.fakes import make_workspace

URL = os.environ.get("MASTHEAD_TEST_POSTGRESQL", "")
pytestmark = pytest.mark.skipif(not URL, reason="MASTHEAD_TEST_POSTGRESQL names no database")


@pytest.fixture
def workspace(tmp_path):
    return make_workspace(tmp_path, store={"url": URL})


@pytest.fixture
def store(workspace):
    opened = open_store(workspace)
    yield opened
    delete_visitor(opened, "v")
    with opened.begin() as connection:
        connection.exec_driver_sql("DELETE FROM api_keys")
    opened.dispose()


def test_a_chat_its_thumb_and_a_key_are_kept_found_and_deleted(store, workspace, tmp_path):
    chat = add_question(
        store, "Why? \u2603 '; DROP TABLE messages; --", chat="", surface="page", visitor="v"
    )
    message = add_answer(store, chat, "So.", state="whole", record={"prompt": [1]}, generation=7)

    assert [m.role for m in read_chat(store, chat, "v")] == ["user", "assistant"]
    assert read_chat(store, chat, "another") == []
    assert add_feedback(store, message, "v", "down", reason="wrong", better="Thus.")
    assert list_feedback(store)[0].record == {"prompt": [1]}
    token, _ = create_key(store, "site")
    assert find_key(store, token).name == "site"
    assert "1 conversations, 1 feedback, 1 API keys" in describe_store(workspace)
    assert delete_visitor(store, "v") == 1
    assert list_chats(store, "v") == list_feedback(store) == []
    assert list(tmp_path.iterdir()) == []
