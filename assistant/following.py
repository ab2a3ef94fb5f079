"""An assistant that follows the index: the next question is answered from the newest generation.

An answer keeps the generation that it began with. What cannot be opened is said once, and the
generation in use stays.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from assistant.answer import Assistant, Event
from assistant.commit import number_name, read_current
from assistant.errors import IndexMismatch
from assistant.generation import open_generation
from assistant.records import Message
from assistant.seams import Generator, Tokenizer
from assistant.settings import Settings

log = logging.getLogger(__name__)


class FollowingAssistant:
    """Shared by all visitors; each question asks for the newest assistant once."""

    def __init__(self, assistant: Assistant, index_root: Path) -> None:
        assistant.generation.load()  # its folder may be gone by the first question
        self._assistant = assistant
        self._index_root = index_root
        self._seen = number_name(assistant.generation_number)
        self._opening = threading.Lock()

    @property
    def settings(self) -> Settings:
        """The workspace's settings, as they were when it was opened."""
        return self._assistant.settings

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

    def with_engine(self, engine: Generator) -> Assistant:
        """Return an assistant on the newest generation that writes with another engine."""
        return self.newest().with_engine(engine)

    def stream(
        self, question: str, history: Sequence[Message] = (), *, adapter: str = "promoted"
    ) -> Iterator[Event]:
        """Yield stages, sentences and last the whole answer, all from one generation."""
        yield from self.newest().stream(question, history, adapter=adapter)

    def put_into_service(self, adapter: str | None) -> None:
        """Answer with a loaded adapter, or None for the base, from the next question on."""
        with self._opening:
            self._assistant = replace(self._assistant, promoted=adapter)

    def newest(self) -> Assistant:
        """Return an assistant on the generation that CURRENT names now."""
        name = read_current(self._index_root)
        if name is None or name == self._seen or not self._opening.acquire(blocking=False):
            return self._assistant  # a second visitor need not wait while the first one opens it
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
