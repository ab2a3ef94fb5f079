"""An assistant that follows adapters/CURRENT: promoted or rolled back, the next answer speaks so.

An adapter that is loaded takes over at once. One that is not is loaded on a thread of its own while
the one before goes on; an answer that began keeps its voice to the end.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from assistant.answer import Assistant, Event
from assistant.commit import read_current
from assistant.errors import AssistantError
from assistant.following import FollowingAssistant
from assistant.records import Message
from assistant.seams import Generator, Tokenizer
from assistant.settings import Settings

log = logging.getLogger(__name__)


class _Engines:
    """The Generator seam over the engine in use and the one before it, which still has answers."""

    def __init__(self, first: FollowingAssistant) -> None:
        self._newest, self._before = first, first

    @property
    def name(self) -> str:
        return self._newest.engine.name

    def add(self, newest: FollowingAssistant) -> None:
        """Put a new engine first; the one before the last is let go."""
        self._before, self._newest = self._newest, newest

    def stream(
        self, messages: Sequence[Message], *, adapter: str | None, max_tokens: int
    ) -> Iterator[str]:
        """Yield pieces from the newest engine that has the adapter loaded."""
        newest, before = self._newest, self._before
        is_old = adapter is not None and adapter not in newest.adapters
        chosen = before if is_old and adapter in before.adapters else newest
        yield from chosen.engine.stream(messages, adapter=adapter, max_tokens=max_tokens)


class FollowingAdapters:
    """A FollowingAssistant whose adapter in service changes while it runs."""

    def __init__(self, open_newest: Callable[[], FollowingAssistant], adapters_root: Path) -> None:
        self._open_newest = open_newest
        self._root = adapters_root
        self._current = open_newest()
        self._engines = _Engines(self._current)
        self._seen = self._current.promoted
        self._changing = threading.Lock()

    @property
    def settings(self) -> Settings:
        """The workspace's settings."""
        return self._current.settings

    @property
    def generation_number(self) -> int:
        """The generation that the next question is answered from."""
        return self._current.generation_number

    @property
    def promoted(self) -> str | None:
        """The adapter that the next answer is written with, None for the base."""
        return self._follow().promoted

    @property
    def engine(self) -> Generator:
        """What writes, whichever adapter is asked of it."""
        return self._engines

    @property
    def adapters(self) -> tuple[str, ...]:
        """The adapters that are loaded and can be asked for by name."""
        return self._follow().adapters

    @property
    def tokenizer(self) -> Tokenizer:
        """The base model's tokenizer."""
        return self._current.tokenizer

    def with_engine(self, engine: Generator) -> Assistant:
        """Return an assistant of now that writes with another engine."""
        return self._follow().with_engine(engine)

    def stream(
        self, question: str, history: Sequence[Message] = (), *, adapter: str = "promoted"
    ) -> Iterator[Event]:
        """Yield stages, sentences and last the whole answer, all in one voice."""
        yield from self.with_engine(self._engines).stream(question, history, adapter=adapter)

    def _follow(self) -> FollowingAssistant:
        """Look at CURRENT, and begin to change over where it names another adapter."""
        name = read_current(self._root)
        if name == self._seen or not self._changing.acquire(blocking=False):
            return self._current
        if name is None or name in self._current.adapters:
            self._current.put_into_service(name)
            self._seen = name
            self._changing.release()
        else:
            threading.Thread(target=self._load, args=(name,), daemon=True).start()
        return self._current

    def _load(self, name: str) -> None:
        try:
            opened = self._open_newest()
            self._engines.add(opened)
            self._current = opened
            log.info("answering with adapter %s now", opened.promoted or "base")
        except AssistantError as error:
            log.warning("adapter %s stays in use: %s", self._current.promoted or "base", error)
        finally:
            self._seen = name
            self._changing.release()
