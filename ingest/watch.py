"""Somebody watching a run: what was read and dropped, and how far each step is."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Protocol

from assistant.progress import Report, show_progress
from assistant.records import Article, Dropped
from assistant.settings import SourceSettings


class Watch(Protocol):
    """What a run tells while it goes on."""

    def item(self, source: SourceSettings, item: Article | Dropped) -> None:
        """Take note of one article or drop that a source gave."""
        ...

    def step(self, what: str) -> AbstractContextManager[Report]:
        """Give a function to call with (done, total) while a step runs."""
        ...


class LogWatch:
    """Plain lines on stderr, for a run that nobody sits in front of."""

    def item(self, source: SourceSettings, item: Article | Dropped) -> None:
        """Say nothing; the account at the end counts them."""

    def step(self, what: str) -> AbstractContextManager[Report]:
        """Show a step's progress as `assistant.progress` does."""
        return show_progress(what)
