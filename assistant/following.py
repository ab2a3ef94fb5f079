"""An assistant that follows its workspace: the newest generation, and the brand as it is now.

An answer keeps the generation and the wording that it began with. What cannot be opened or read is
said once, and what is in use stays.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from assistant.answer import Assistant, Event
from assistant.commit import number_name, read_current
from assistant.config import load_workspace
from assistant.errors import ConfigError, IndexMismatch
from assistant.generation import open_generation
from assistant.reader import ANYONE, Reader
from assistant.records import Message
from assistant.seams import Generator, Tokenizer
from assistant.settings import Settings

log = logging.getLogger(__name__)


class FollowingAssistant:
    """Shared by all visitors; each question asks for the newest assistant once."""

    def __init__(self, assistant: Assistant, index_root: Path, config: Path | None = None) -> None:
        """`config` is the masthead.yaml whose brand is followed, None for none."""
        assistant.generation.load()  # its folder may be gone by the first question
        self._assistant = assistant
        self._index_root = index_root
        self._seen = number_name(assistant.generation_number)
        self._config = config
        self._stamp = _stamp_of(config)
        self._opening = threading.Lock()

    @property
    def settings(self) -> Settings:
        """The workspace's settings: the brand as it is written now, the rest as it was opened."""
        return self._rebranded().settings

    @property
    def generation_number(self) -> int:
        """The generation that the next question is answered from."""
        return self.newest().generation_number

    @property
    def promoted(self) -> str | None:
        """The adapter in service, None for the base."""
        return self._assistant.promoted

    @property
    def engine(self) -> Generator:
        """What writes; it stays whatever the generation."""
        return self._assistant.engine

    @property
    def adapters(self) -> tuple[str, ...]:
        """The adapters that are loaded and can be asked for by name."""
        return self._assistant.adapters

    @property
    def tokenizer(self) -> Tokenizer:
        """The base model's tokenizer."""
        return self._assistant.tokenizer

    def with_engine(self, engine: Generator, reader: Reader = ANYONE) -> Assistant:
        """Return an assistant on the newest generation that writes with another engine."""
        return self.newest().with_engine(engine, reader)

    def stream(
        self, question: str, history: Sequence[Message] = (), *, adapter: str = "promoted"
    ) -> Iterator[Event]:
        """Yield stages, sentences and last the whole answer, all from one generation."""
        yield from self.newest().stream(question, history, adapter=adapter)

    def newest(self) -> Assistant:
        """Return an assistant on the generation that CURRENT names now."""
        assistant = self._rebranded()
        name = read_current(self._index_root)
        if name is None or name == self._seen or not self._opening.acquire(blocking=False):
            return assistant  # a second visitor need not wait while the first one opens it
        try:
            identity = self._assistant.encoder.identity
            generation = open_generation(self._index_root, identity).load()
            self._assistant = replace(self._assistant, generation=generation)
            log.info("answering from generation %d now", generation.number)
        except IndexMismatch as error:
            number = self._assistant.generation_number
            log.warning("generation %d stays in use: %s", number, error)
        finally:
            self._seen = name
            self._opening.release()
        return self._assistant

    def _rebranded(self) -> Assistant:
        """Take the brand from masthead.yaml where the file has changed."""
        stamp = _stamp_of(self._config)
        if self._config is None or stamp == self._stamp:
            return self._assistant
        if not self._opening.acquire(blocking=False):
            return self._assistant
        try:
            settings = load_workspace(self._config.parent).settings
            mine = self._assistant.settings
            if settings.model_copy(update={"brand": mine.brand}) != mine:
                log.warning(
                    "masthead.yaml changed in more than its brand; restart to apply the rest"
                )
            branded = mine.model_copy(update={"brand": settings.brand})
            self._assistant = replace(self._assistant, settings=branded)
        except ConfigError as error:
            log.warning("the brand in use stays: %s", error)
        finally:
            self._stamp = stamp
            self._opening.release()
        return self._assistant


def _stamp_of(path: Path | None) -> tuple[int, int] | None:
    """Return what tells one state of a file from the next, None where there is no file."""
    try:
        found = path.stat() if path else None
    except FileNotFoundError:
        return None
    return (found.st_mtime_ns, found.st_size) if found else None
