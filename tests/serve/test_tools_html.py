from dataclasses import replace

import pytest

from assistant.store.chats import Chat
from serve.conversation import Turn, fail_turn, finish_turn
from serve.tools_html import render_lengths, render_more, render_tools
from tests.serve.fake_assistant import GENERATED

HOSTILE = '"><img src=x onerror="steal()">'


def test_only_the_newest_answer_may_be_asked_again():
    turn = finish_turn(Turn(1, "Why?"), GENERATED, 5)

    assert 'data-act="retry"' in render_tools(turn, newest=True)
    assert 'data-act="retry"' not in render_tools(turn, newest=False)


def test_thumbs_are_offered_where_the_answer_is_stored_and_thanked_for():
    stored = finish_turn(Turn(1, "Why?"), GENERATED, 5)
    unstored = finish_turn(Turn(1, "Why?"), GENERATED)

    assert 'data-thumb="up"' in render_tools(stored, newest=False)
    assert "data-thumb" not in render_tools(unstored, newest=False)
    assert "Thank you" in render_tools(replace(stored, thumb="up"), newest=False)


def test_a_failed_answer_can_be_asked_again_and_one_being_read_cannot():
    assert 'data-act="retry"' in render_tools(fail_turn(Turn(1, "Why?")), newest=True)
    assert render_tools(Turn(1, "Why?"), newest=True) == ""


@pytest.mark.parametrize(
    ("days", "says"),
    [(30, "for 30 days"), (1, "for one day"), (0, "We do not keep what you ask")],
)
def test_the_privacy_note_says_what_is_set(days, says):
    assert says in render_more(days)
    assert ("Your chats" in render_more(days)) is (days > 0)


def test_a_chats_title_is_inert():
    shown = render_more(30, [Chat(HOSTILE, HOSTILE, HOSTILE)])

    assert "<img" not in shown
    assert shown.count("&quot;&gt;&lt;img") == 5  # id twice, title, label, date


def test_no_chats_are_said_to_be_none():
    assert "No chats are kept in this browser yet." in render_more(30, [])


def test_a_chat_is_dated_as_articles_are():
    assert ">3 May 2026</time>" in render_more(30, [Chat("a", "Why?", "2026-05-03T10:00:00Z")])


def test_the_normal_length_is_chosen_until_another_is():
    shown = render_lengths()

    assert shown.count("<input") == 3
    assert 'value="normal" checked' in shown
    assert shown.count("checked") == 1
