import asyncio
import threading

import pytest

from assistant.records import Message, Shown, Stage
from serve.conversation import (
    HISTORY_TURNS,
    MAX_TURNS,
    Progress,
    Turn,
    apply_event,
    fail_turn,
    finish_turn,
    history_of,
    stop_turn,
)
from serve.desk import Asked
from serve.handlers import answer_turn, find_problem, keep_turns
from tests.serve.fake_assistant import GENERATED, MERGE_CITATION, FakeAssistant, written


def test_sentences_and_their_sources_gather_until_the_answer_has_the_last_word():
    turn = apply_event(Turn(1, "Why?"), Stage("generate"))
    turn = apply_event(turn, Shown(written("One.", 1), (MERGE_CITATION,)))

    assert (turn.stage, len(turn.sentences), turn.citations) == ("generate", 1, (MERGE_CITATION,))
    assert finish_turn(turn, GENERATED).sentences == GENERATED.sentences


def test_history_is_the_newest_answered_turns_oldest_first():
    turns = [finish_turn(Turn(n, f"q{n}"), GENERATED) for n in range(1, 10)]
    turns.append(stop_turn(Turn(10, "never answered")))

    history = history_of(turns)

    assert history[0] == Message("user", f"q{10 - HISTORY_TURNS}")
    assert history[-1] == Message("assistant", GENERATED.text)
    assert len(history) == 2 * HISTORY_TURNS


def all_turns(desk, turn, history=()):
    async def gather():
        asked = Asked(turn.question, history)
        return [t async for t in answer_turn(desk, turn, asked, threading.Event())]

    return asyncio.run(gather())


@pytest.mark.parametrize("question", ["break, please", "crash, please"])
def test_an_answer_that_breaks_off_keeps_its_question_and_says_what_to_do(make_desk, question):
    *_, last = all_turns(make_desk(FakeAssistant()), Turn(1, question))

    assert last.progress is Progress.FAILED
    assert "press Ask to try again" in last.note


def test_the_assistant_is_given_the_turns_before_the_question(make_desk):
    assistant = FakeAssistant()
    first = finish_turn(Turn(1, "Merge?"), GENERATED)

    all_turns(make_desk(assistant), Turn(2, "And its cost?"), history_of([first]))

    question, history = assistant.asked[0]
    assert question == "And its cost?"
    assert [m.content for m in history] == ["Merge?", GENERATED.text]


def test_a_finished_turn_cannot_be_stopped():
    turn = finish_turn(Turn(1, "Why?"), GENERATED)

    assert stop_turn(turn) is turn


def test_a_failed_turn_leaves_when_its_question_is_asked_again():
    turns = (Turn(1, "a"), fail_turn(Turn(2, "b")))

    assert [t.question for t in keep_turns(turns)] == ["a"]


def test_the_oldest_turns_leave_a_long_conversation():
    turns = tuple(Turn(n, "q") for n in range(100))

    assert len(keep_turns(turns)) == MAX_TURNS - 1
    assert keep_turns(turns)[-1].number == 99


def test_a_question_may_have_two_thousand_characters_and_no_more():
    assert find_problem("x" * 2000) == ""
    assert find_problem("x" * 2001) == (
        "That question is 2,001 characters long; we read up to 2,000. Shorten it and ask again."
    )
