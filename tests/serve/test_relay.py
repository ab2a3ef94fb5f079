import threading
import time

import pytest

from serve.relay import relay_until


def test_events_come_in_order_and_end():
    assert list(relay_until(threading.Event(), iter([1, 2, 3]))) == [1, 2, 3]


def test_a_halt_ends_it_while_the_next_event_is_still_being_made():
    halt, closed = threading.Event(), threading.Event()

    def make():
        try:
            yield 1
            time.sleep(1)
            yield 2
        finally:
            closed.set()

    events = relay_until(halt, make())
    assert next(events) == 1
    halt.set()
    began = time.perf_counter()

    assert list(events) == []
    assert time.perf_counter() - began < 0.8
    assert closed.wait(5)


def test_a_visitor_who_leaves_ends_the_work_too():
    closed = threading.Event()

    def make():
        try:
            while True:
                yield 1
        finally:
            closed.set()

    events = relay_until(threading.Event(), make())
    next(events)
    events.close()

    assert closed.wait(5)


def test_what_the_work_raises_is_raised_here():
    def make():
        yield 1
        raise ValueError("the engine broke")

    with pytest.raises(ValueError, match="the engine broke"):
        list(relay_until(threading.Event(), make()))
