"""The seams: what may be swapped without the rest noticing. Fakes live in tests/fakes.py."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from assistant.records import Found, Message

Floats = NDArray[np.float32]


class Encoder(Protocol):
    """Turns texts into vectors."""

    @property
    def identity(self) -> str:
        """Model and weights' hash; part of every cache key and manifest."""
        ...

    @property
    def dim(self) -> int:
        """Length of a vector."""
        ...

    @property
    def max_tokens(self) -> int:
        """How many tokens of a text are read, special ones included."""
        ...

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Count each text's tokens, special ones included, without cutting."""
        ...

    def encode(self, texts: Sequence[str]) -> Floats:
        """Return (n_texts, dim) float32, unit length, in the texts' order."""
        ...


class PairScorer(Protocol):
    """Reads two texts together."""

    def score(self, pairs: Sequence[tuple[str, str]]) -> Floats:
        """Return (n_pairs,) float32: the higher, the better the second goes with the first."""
        ...


class Retriever(Protocol):
    """Finds passages for a question."""

    def search(self, question: str, k: int) -> list[Found]:
        """Return passages best first until k different articles are named."""
        ...


class Tokenizer(Protocol):
    """The base model's own tokenizer and chat template."""

    def render(self, messages: Sequence[Message]) -> list[int]:
        """Return the token ids of the whole prompt, the assistant's opening included."""
        ...

    def count(self, text: str) -> int:
        """Count the tokens of plain text, no special tokens added."""
        ...


class Generator(Protocol):
    """Turns messages into text, on a base model with or without an adapter."""

    @property
    def name(self) -> str:
        """Engine and model, for answers and reports."""
        ...

    def stream(
        self, messages: Sequence[Message], *, adapter: str | None, max_tokens: int
    ) -> Iterator[str]:
        """Yield pieces of text as they are made; closing the iterator stops the work."""
        ...


class QuestionWriter(Protocol):
    """Writes readers' questions for the pairs."""

    @property
    def name(self) -> str:
        """Kind and model, kept on every row that it asked."""
        ...

    def write(self, request: str) -> str:
        """Return the reply to one request: questions, one a line."""
        ...
