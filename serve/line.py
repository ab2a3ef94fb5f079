"""A bounded line of questions before the few that are answered at once. Lives on one event loop."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import AsyncIterator

from assistant.errors import Busy

_LOOK_S = 0.25  # how long a stop may go unnoticed by somebody who waits
_WAIT_S = 5  # what someone turned away is told to wait; a few answers take about that


class LineFull(Busy):
    """Too many are waiting already; `retry_after_s` says when to come back."""

    retry_after_s = _WAIT_S


class Ticket:
    """A place in the line. `moved` is set whenever the line moves."""

    def __init__(self) -> None:
        self.moved = asyncio.Event()


class Line:
    """Who is being answered and who waits; first come, first served."""

    def __init__(self, at_once: int, waiting: int) -> None:
        self._at_once = at_once
        self._most_waiting = waiting
        self._answered: set[Ticket] = set()
        self._waiting: deque[Ticket] = deque()

    @property
    def n_answered(self) -> int:
        """How many are being answered."""
        return len(self._answered)

    @property
    def n_waiting(self) -> int:
        """How many wait."""
        return len(self._waiting)

    @property
    def is_full(self) -> bool:
        """Whether the next one would be turned away."""
        free = len(self._answered) < self._at_once and not self._waiting
        return not free and len(self._waiting) >= self._most_waiting

    def join(self) -> Ticket:
        """Take a place; LineFull where there is none."""
        if self.is_full:
            raise LineFull(
                f"{len(self._waiting)} questions are waiting already; ask again in a moment"
            )
        ticket = Ticket()
        if len(self._answered) < self._at_once and not self._waiting:
            self._answered.add(ticket)
        else:
            self._waiting.append(ticket)
        return ticket

    async def wait(self, ticket: Ticket, halt: threading.Event) -> AsyncIterator[int]:
        """Yield the ticket's place (1 is next) each time it changes, until it is its turn."""
        place = 0
        while ticket in self._waiting and not halt.is_set():
            if place != (place := self._waiting.index(ticket) + 1):
                yield place
            ticket.moved.clear()
            try:
                await asyncio.wait_for(ticket.moved.wait(), _LOOK_S)
            except TimeoutError:
                continue

    def leave(self, ticket: Ticket) -> None:
        """Give a place up, answered or not; the next one's turn comes."""
        self._answered.discard(ticket)
        if ticket in self._waiting:
            self._waiting.remove(ticket)
        while self._waiting and len(self._answered) < self._at_once:
            called = self._waiting.popleft()
            self._answered.add(called)
            called.moved.set()
        for waiting in self._waiting:
            waiting.moved.set()
