import asyncio
import threading

import pytest

from serve.line import Line, LineFull


def test_the_first_are_answered_the_next_wait_and_the_rest_are_turned_away():
    line = Line(2, 1)
    for _ in range(3):
        line.join()

    assert (line.n_answered, line.n_waiting, line.is_full) == (2, 1, True)
    with pytest.raises(LineFull, match="1 questions are waiting already; ask again in a moment"):
        line.join()


def test_first_come_first_served_and_each_is_told_the_place():
    async def stand():
        line = Line(1, 5)
        first, second, third = line.join(), line.join(), line.join()
        places = []

        async def queue_up(ticket):
            async for place in line.wait(ticket, threading.Event()):
                places.append(place)

        waiting = [asyncio.create_task(queue_up(t)) for t in (second, third)]
        await asyncio.sleep(0)
        line.leave(first)
        await waiting[0]
        line.leave(second)
        await waiting[1]
        return places, line.n_answered

    assert asyncio.run(stand()) == ([1, 2, 1], 1)


def test_somebody_who_leaves_the_line_is_not_waited_for():
    line = Line(1, 2)
    first, second = line.join(), line.join()
    line.leave(second)
    third = line.join()
    line.leave(first)

    assert (line.n_answered, line.n_waiting) == (1, 0)
    line.leave(third)
    assert line.n_answered == 0


def test_a_stop_ends_the_wait():
    async def stand():
        line, halt = Line(1, 1), threading.Event()
        line.join()
        halt.set()
        return [place async for place in line.wait(line.join(), halt)]

    assert asyncio.run(stand()) == []
