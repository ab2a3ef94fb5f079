"""Bars on a terminal, plain log lines elsewhere; both on stderr and both with the time left."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

log = logging.getLogger(__name__)

_LINE_EVERY_S = 15.0


Report = Callable[[int, int], None]


class NotedReport(Protocol):
    """Takes how much is done of how much, and a few words on how it goes."""

    def __call__(self, done: int, total: int, note: str = "") -> None: ...  # noqa: D102


def ignore_progress(done: int, total: int, note: str = "") -> None:
    """Take a report of progress and show nothing."""


@contextmanager
def show_progress(what: str) -> Iterator[NotedReport]:
    """Give a function to call with (done, total) while the step `what` runs."""
    if not sys.stderr.isatty():
        yield _LineReport(what)
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        TextColumn("{task.fields[note]}"),
    )
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(what, total=None, note="")

        def report(done: int, total: int, note: str = "") -> None:
            bar.update(task, completed=done, total=total, note=note)

        yield report


class _LineReport:
    """A line when the step is done and every fifteen seconds before."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._began = self._said = time.monotonic()

    def __call__(self, done: int, total: int, note: str = "") -> None:
        now = time.monotonic()
        if done < total and now - self._said < _LINE_EVERY_S:
            return
        self._said = now
        spent = now - self._began
        left = f", {spent / done * (total - done):.0f} s left" if 0 < done < total else ""
        said = f", {note}" if note else ""
        log.info("%s: %d of %d, %.0f s%s%s", self._what, done, total, spent, left, said)
