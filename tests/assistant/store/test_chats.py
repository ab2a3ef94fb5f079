import pytest
from sqlalchemy import update

from assistant.store.chats import (
    add_answer,
    add_question,
    delete_chat,
    delete_older,
    delete_visitor,
    list_chats,
    read_chat,
)
from assistant.store.feedback import MAX_BETTER, add_feedback, list_feedback
from assistant.store.tables import conversations

ANN, BOB = "ann" * 8, "bob" * 8
RECORD = {"prompt": [{"role": "user", "content": "canary-prompt"}], "passages": ["rank#0"]}


def ask(engine, question="What does rank cost?", *, chat="", visitor=ANN):
    chat = add_question(engine, question, chat=chat, visitor=visitor, surface="page")
    answer = add_answer(
        engine, chat, "A little.", state="whole", record=RECORD, adapter="base", generation=7
    )
    return chat, answer


def test_a_conversation_is_read_back_in_order(engine):
    chat, _ = ask(engine)
    ask(engine, "And time?", chat=chat)

    assert [(m.role, m.text) for m in read_chat(engine, chat, ANN)] == [
        ("user", "What does rank cost?"),
        ("assistant", "A little."),
        ("user", "And time?"),
        ("assistant", "A little."),
    ]
    assert [c.title for c in list_chats(engine, ANN)] == ["What does rank cost?"]


def test_to_anyone_else_a_conversation_does_not_exist(engine):
    chat, message = ask(engine)

    assert read_chat(engine, chat, BOB) == []
    assert list_chats(engine, BOB) == []
    assert not delete_chat(engine, chat, BOB)
    assert not add_feedback(engine, message, BOB, "down")
    assert ask(engine, chat=chat, visitor=BOB)[0] != chat
    assert len(read_chat(engine, chat, ANN)) == 2


def test_feedback_holds_everything_the_answer_was_made_from(engine):
    _, message = ask(engine)

    add_feedback(engine, message, ANN, "up")
    assert add_feedback(engine, message, ANN, "down", reason="wrong", better="b" * 9_999)

    (kept,) = list_feedback(engine, "new")
    assert (kept.thumb, kept.reason, len(kept.better)) == ("down", "wrong", MAX_BETTER)
    assert (kept.question, kept.answer) == ("What does rank cost?", "A little.")
    assert (kept.adapter, kept.generation, kept.record) == ("base", 7, RECORD)


def test_a_question_has_no_thumb(engine):
    chat, _ = ask(engine)
    question = read_chat(engine, chat, ANN)[0].id

    assert not add_feedback(engine, question, ANN, "up")


def test_what_a_visitor_deletes_is_nowhere_in_the_files(engine, tmp_path):
    chat, message = ask(engine, "canary-question")
    add_feedback(engine, message, ANN, "down", better="canary-better")
    kept, _ = ask(engine, "Another")

    assert delete_chat(engine, chat, ANN)

    stored = b"".join(path.read_bytes() for path in tmp_path.glob("masthead.db*"))
    assert b"canary-question" not in stored
    assert b"canary-better" not in stored
    assert [c.id for c in list_chats(engine, ANN)] == [kept]
    assert delete_visitor(engine, ANN) == 1
    assert list_feedback(engine) == []


def test_an_answer_to_a_deleted_conversation_is_let_go(engine):
    chat = add_question(engine, "Q", chat="", visitor=ANN, surface="page")
    delete_chat(engine, chat, ANN)

    assert add_answer(engine, chat, "A", state="whole", record={}) == 0


@pytest.mark.parametrize(("keep_days", "left"), [(30, 1), (36_500, 2)])
def test_conversations_older_than_the_days_set_go(engine, keep_days, left):
    old, _ = ask(engine)
    ask(engine)
    with engine.begin() as connection:
        connection.execute(
            update(conversations)
            .where(conversations.c.id == old)
            .values(touched_at="2020-01-01T00:00:00Z")
        )

    assert delete_older(engine, keep_days) == 2 - left
    assert len(list_chats(engine, ANN)) == left


@pytest.mark.parametrize(
    "text", ["'; DROP TABLE messages; --", "%s %n {0}", "a\r\nb\x1b[31m", "\u202ex", "x\x00y"]
)
def test_hostile_text_is_only_text(engine, text):
    chat, _ = ask(engine, text)

    assert read_chat(engine, chat, ANN)[0].text == text
