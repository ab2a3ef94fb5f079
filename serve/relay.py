"""Events of an answer, handed on until someone asks to stop; then the work behind them ends too."""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from typing import TypeVar

_LOOK_S = 0.05  # how long a stop may go unnoticed
_T = TypeVar("_T")


def relay_until(halt: threading.Event, events: Iterator[_T]) -> Iterator[_T]:
    """Yield events as they come; end within 0.05 s of `halt`, though the next is still being made.

    The events are made on a thread of their own, which closes them as soon as it is free: after a
    halt, and also when the visitor has gone and this iterator is closed.
    """
    maker = ThreadPoolExecutor(1, thread_name_prefix="answer")
    try:
        while True:
            coming = maker.submit(next, events, None)
            while not coming.done():
                if halt.is_set():
                    return
                wait([coming], timeout=_LOOK_S)
            event = coming.result()
            if event is None:
                return
            yield event
    finally:
        if isinstance(events, Generator):
            maker.submit(events.close)
        maker.shutdown(wait=False)
