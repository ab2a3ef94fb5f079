"""From a reader's thumb to a row that a named person vouches for, and back out again."""

import pytest

from assistant.errors import AssistantError
from assistant.store.audit import list_entries
from assistant.store.chats import delete_chat, delete_older, delete_visitor
from assistant.store.feedback import add_feedback, read_feedback
from assistant.store.reviews import (
    approve_feedback,
    delete_old_approved,
    list_approved,
    propose_answer,
    reject_feedback,
)
from tests.rated import rate


def test_an_approved_row_holds_the_edited_words_and_who_vouches_for_them(engine):
    rated = rate(engine, better="it trains 4.9 million")

    row = approve_feedback(engine, rated.feedback, "Ann", answer=" It trains 4.9 million. ")

    assert (row.answer, row.reviewer, row.gold) == ("It trains 4.9 million.", "Ann", ())
    kept = read_feedback(engine, rated.feedback)
    assert (kept.state, kept.reviewer, kept.reviewed_at) == ("approved", "Ann", row.approved_at)
    assert [(e.who, e.action, e.about) for e in list_entries(engine)] == [
        ("Ann", "approved", f"feedback {rated.feedback}")
    ]


def test_a_thumb_up_vouches_for_the_articles_that_were_cited(engine):
    rated = rate(engine, thumb="up", articles=("rank", "galley"))

    row = approve_feedback(engine, rated.feedback, "Ann")

    assert row.gold == ("rank", "galley")
    assert row.answer == "A rank of 16 trains 4.9 million parameters."


def test_what_is_proposed_leaves_set_phrases_and_marks_out(engine):
    rated = rate(engine, thumb="up", answer="It trains. [1] It costs. [2]")
    item = read_feedback(engine, rated.feedback)
    item.record["sentences"].insert(0, {"text": "Here is how we put it:", "frame": True})

    assert propose_answer(item) == "It trains. It costs."


def test_a_second_approval_takes_the_place_of_the_first(engine):
    rated = rate(engine, better="One.")
    first = approve_feedback(engine, rated.feedback, "Ann")
    second = approve_feedback(engine, rated.feedback, "Ben", answer="Two.")

    assert list_approved(engine) == [second]
    assert second.id > first.id


def test_a_rejection_takes_an_approved_row_back(engine):
    rated = rate(engine, better="One.")
    approve_feedback(engine, rated.feedback, "Ann")

    reject_feedback(engine, rated.feedback, "Ben")

    assert list_approved(engine) == []
    assert read_feedback(engine, rated.feedback).state == "rejected"


def test_a_reader_who_changes_their_mind_is_looked_at_again(engine):
    rated = rate(engine, better="One.")
    reject_feedback(engine, rated.feedback, "Ben")

    add_feedback(engine, rated.message, rated.visitor, "up")

    assert read_feedback(engine, rated.feedback).state == "new"


@pytest.mark.parametrize(
    ("who", "more", "says"),
    [
        ("Ann", {}, "thumb down without a better answer; write"),
        ("", {"answer": "It trains."}, "needs a reviewer"),
        ("Ann", {"answer": "x" * 4001}, "1 to 4000 characters"),
    ],
)
def test_what_nobody_can_vouch_for_is_not_approved(engine, who, more, says):
    rated = rate(engine)

    with pytest.raises(AssistantError, match=says):
        approve_feedback(engine, rated.feedback, who, **more)
    assert list_approved(engine) == []


def test_feedback_that_is_not_there_is_named(engine):
    with pytest.raises(AssistantError, match="no feedback 99; `masthead feedback list`"):
        reject_feedback(engine, 99, "Ann")


@pytest.mark.parametrize("forget", ["chat", "visitor"])
def test_a_reader_who_deletes_takes_the_approved_row_along(engine, forget):
    rated, other = rate(engine, better="One."), rate(engine, better="Two.", visitor="visitor-2")
    for one in (rated, other):
        approve_feedback(engine, one.feedback, "Ann")

    if forget == "chat":
        delete_chat(engine, rated.chat, rated.visitor)
    else:
        delete_visitor(engine, rated.visitor)

    assert [row.answer for row in list_approved(engine)] == ["Two."]


def test_nobody_else_can_take_an_approved_row_away(engine):
    rated = rate(engine, better="One.")
    approve_feedback(engine, rated.feedback, "Ann")

    assert not delete_chat(engine, rated.chat, "visitor-2")
    assert len(list_approved(engine)) == 1


def test_an_approved_row_outlives_its_conversation_and_not_its_own_days(engine):
    rated = rate(engine, better="One.", days_ago=40)
    approve_feedback(engine, rated.feedback, "Ann")

    assert delete_older(engine, 30) == 1
    assert len(list_approved(engine)) == 1
    assert delete_old_approved(engine, 1) == 0
    assert delete_old_approved(engine, -1) == 1
    assert list_approved(engine) == []


def test_a_later_thumb_under_a_number_used_before_takes_no_older_row_away(engine):
    first = rate(engine, better="One.", days_ago=40)
    approve_feedback(engine, first.feedback, "Ann")
    delete_older(engine, 30)
    second = rate(engine, better="Two.", visitor="visitor-2")
    approve_feedback(engine, second.feedback, "Ann")

    assert first.feedback == second.feedback
    assert [row.answer for row in list_approved(engine)] == ["One.", "Two."]
