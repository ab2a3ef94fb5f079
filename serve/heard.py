"""An engine for one answer: it keeps the exact prompt, counts, and stops when it is told to."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import closing

from assistant.records import Message
from assistant.seams import Generator, Tokenizer


class Stopped(Exception):  # noqa: N818  # not an error: somebody pressed Stop or went away
    """The answer was asked to end while it was being written."""


class HeardEngine:
    """The Generator seam around an engine. `most_tokens` bounds what a caller may ask for."""

    def __init__(
        self,
        engine: Generator,
        tokenizer: Tokenizer,
        halt: threading.Event,
        *,
        most_tokens: int | None = None,
    ) -> None:
        self._engine = engine
        self._tokenizer = tokenizer
        self._halt = halt
        self._most_tokens = most_tokens
        self.prompt: tuple[Message, ...] = ()
        self.written = ""

    @property
    def name(self) -> str:
        """The engine's own name."""
        return self._engine.name

    def stream(
        self, messages: Sequence[Message], *, adapter: str | None, max_tokens: int
    ) -> Iterator[str]:
        """Yield the engine's pieces; Stopped at the first one after `halt`."""
        self.prompt = tuple(messages)
        if self._most_tokens is not None:
            max_tokens = min(max_tokens, self._most_tokens)
        pieces = self._engine.stream(self.prompt, adapter=adapter, max_tokens=max_tokens)
        with closing(pieces):  # type: ignore[type-var]
            for piece in pieces:
                if self._halt.is_set():
                    raise Stopped
                self.written += piece
                yield piece

    def count_tokens(self) -> tuple[int, int]:
        """Return the prompt's and the written tokens, both 0 where the engine was not asked."""
        if not self.prompt:
            return 0, 0
        return len(self._tokenizer.render(self.prompt)), self._tokenizer.count(self.written)
