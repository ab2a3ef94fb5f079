import asyncio
import threading
import time

import pytest

from assistant.errors import AssistantError
from assistant.records import Message, Stage
from serve.desk import Asked, Finished, InLine
from serve.heard import HeardEngine, Stopped
from tests.fakes import FakeTokenizer, ScriptedGenerator
from tests.serve.fake_assistant import FakeAssistant

ASK = [Message("system", "Be brief."), Message("user", "Why?")]


def run(desk, *questions, halt=None):
    """Ask all at once; return each one's events."""

    async def one(question):
        return [event async for event in desk.answer(Asked(question, keep=False), halt)]

    async def together():
        return await asyncio.gather(*(one(q) for q in questions))

    return asyncio.run(together())


def test_an_answers_events_come_in_order_and_the_whole_one_last(make_desk):
    (events,) = run(make_desk(FakeAssistant()), "Merge?")

    assert events[0] == Stage("rewrite")
    assert isinstance(events[-1], Finished)
    assert sum(isinstance(event, Finished) for event in events) == 1


def test_those_who_wait_are_told_their_place(make_desk):
    first, second, third, fourth = run(make_desk(FakeAssistant(pause_s=0.02)), *"abcd")

    assert not any(isinstance(event, InLine) for event in first + second)
    assert third[0] == InLine(1)
    assert fourth[0] == InLine(2)
    assert all(isinstance(events[-1], Finished) for events in (first, second, third, fourth))


def test_a_halt_ends_it_though_the_next_event_is_still_being_made(make_desk):
    desk, halt = make_desk(FakeAssistant(gate=(gate := threading.Event()))), threading.Event()
    threading.Timer(0.1, halt.set).start()
    began = time.perf_counter()
    (events,) = run(desk, "Merge?", halt=halt)

    assert time.perf_counter() - began < 2
    assert not isinstance(events[-1], Finished)
    gate.set()


def test_a_bug_in_the_work_is_logged_and_told_by_its_id_alone(make_desk, caplog):
    with pytest.raises(AssistantError, match=r"answer [0-9a-f]{16} broke off; the log has"):
        run(make_desk(FakeAssistant()), "crash, please")

    assert "RuntimeError: a bug" in caplog.text


def test_the_engine_of_one_answer_keeps_the_prompt_and_counts():
    inner = ScriptedGenerator(["One ", "two."])
    heard = HeardEngine(inner, FakeTokenizer(), threading.Event())

    assert "".join(heard.stream(ASK, adapter="may", max_tokens=100)) == "One two."
    assert inner.prompts == [heard.prompt] == [tuple(ASK)]
    assert heard.count_tokens() == (len(FakeTokenizer().render(heard.prompt)), 2)


@pytest.mark.parametrize(("most", "allowed"), [(None, 100), (10, 10), (1_000, 100)])
def test_a_caller_may_lower_how_much_is_written(most, allowed):
    inner = ScriptedGenerator(["x"])
    heard = HeardEngine(inner, FakeTokenizer(), threading.Event(), most_tokens=most)
    list(heard.stream(ASK, adapter=None, max_tokens=100))

    assert inner.most_tokens == [allowed]


def test_a_halt_stops_the_engine_at_its_next_piece():
    inner, halt = ScriptedGenerator(["a"] * 9), threading.Event()
    pieces = HeardEngine(inner, FakeTokenizer(), halt).stream(ASK, adapter=None, max_tokens=9)
    next(pieces)
    halt.set()

    with pytest.raises(Stopped):
        next(pieces)
    assert inner.closed
    assert inner.yielded == 2
