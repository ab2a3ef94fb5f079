"""What the page and its server need of an assistant; assistant.answer.Assistant gives it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from assistant.reader import ANYONE, Reader
from assistant.records import Answer, Message, Shown, Stage
from assistant.seams import Generator, Tokenizer
from assistant.settings import Settings


class Served(Protocol):
    """An assistant as readers meet it: shared, read-only, and streaming."""

    @property
    def settings(self) -> Settings:
        """The workspace's settings."""
        ...

    @property
    def generation_number(self) -> int:
        """The generation being served."""
        ...

    @property
    def promoted(self) -> str | None:
        """The adapter in service, None for the base."""
        ...

    @property
    def adapters(self) -> tuple[str, ...]:
        """The adapters that are loaded and can be asked for by name."""
        ...

    @property
    def engine(self) -> Generator:
        """What writes."""
        ...

    @property
    def tokenizer(self) -> Tokenizer:
        """The base model's tokenizer."""
        ...

    def newest(self) -> Served:
        """Return what one whole answer is made with, whatever changes meanwhile."""
        ...

    def with_engine(self, engine: Generator, reader: Reader = ANYONE) -> Served:
        """Return the same assistant writing with another engine, for one reader."""
        ...

    def stream(
        self, question: str, history: Sequence[Message] = (), *, adapter: str = "promoted"
    ) -> Iterator[Stage | Shown | Answer]:
        """Yield stages and sentences, and last the whole answer."""
        ...
