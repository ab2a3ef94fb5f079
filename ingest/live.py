"""A table of a run on a terminal: what each source gave, and how far the step is."""

from __future__ import annotations

import logging
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from assistant.progress import Report
from assistant.records import Article, Dropped
from assistant.settings import SourceSettings
from ingest.watch import LogWatch, Watch

_REDRAWN_EVERY_S = 0.25


def open_watch() -> AbstractContextManager[Watch]:
    """Return a live table where somebody sits at a terminal, else plain log lines."""
    if sys.stderr.isatty():
        return show_live(Console(stderr=True))
    return nullcontext(LogWatch())


@contextmanager
def show_live(console: Console) -> Iterator[Watch]:
    """Keep the table at the foot of the terminal; log lines scroll by above it."""
    watch = LiveWatch()
    redraws = 1 / _REDRAWN_EVERY_S
    with Live(console=console, get_renderable=watch.render, refresh_per_second=redraws):
        handlers = [h for h in logging.getLogger().handlers if type(h) is logging.StreamHandler]
        streams = [handler.setStream(sys.stderr) for handler in handlers]
        try:
            yield watch
        finally:
            for handler, stream in zip(handlers, streams, strict=True):
                if stream is not None:
                    handler.setStream(stream)


class LiveWatch:
    """The numbers behind the table."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._kept: Counter[str] = Counter()
        self._dropped: dict[str, Counter[str]] = {}
        self._step = "reading sources"
        self._began = now()
        self._done = self._total = 0

    def item(self, source: SourceSettings, item: Article | Dropped) -> None:
        """Count one article or drop."""
        dropped = self._dropped.setdefault(source.name, Counter())
        if isinstance(item, Dropped):
            dropped[item.reason] += 1
        else:
            self._kept[source.name] += 1

    @contextmanager
    def step(self, what: str) -> Iterator[Report]:
        """Show (done, total) of a step with its pace and the time left."""
        self._step, self._began, self._done, self._total = what, self._now(), 0, 0

        def report(done: int, total: int) -> None:
            self._done, self._total = done, total

        yield report

    def render(self) -> Group:
        """Return the table and the line of the step under it."""
        table = Table(box=None, padding=(0, 2, 0, 0))
        for heading in ("source", "read", "kept", "dropped"):
            table.add_column(heading, justify="right" if heading in ("read", "kept") else "left")
        for name, dropped in self._dropped.items():
            reasons = ", ".join(f"{count} {reason}" for reason, count in dropped.most_common())
            kept = self._kept[name]
            table.add_row(Text(name), str(kept + dropped.total()), str(kept), Text(reasons or "-"))
        return Group(table, Text(self._say_step()))

    def _say_step(self) -> str:
        spent = self._now() - self._began
        if not self._total:
            return f"{self._step}, {spent:.0f} s"
        said = f"{self._step}: {self._done:,} of {self._total:,}"
        if not self._done or not spent:
            return said
        pace = self._done / spent
        left = (self._total - self._done) / pace
        return f"{said}, {pace:,.1f} a second, {left:.0f} s left"
