"""How long an answer a reader chose: what the model is told, and how much it may write or we quote.

Checks stay the same, and what is quoted stays whole. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Length(StrEnum):
    """The lengths a reader may choose."""

    SHORT = "short"
    NORMAL = "normal"
    DETAILED = "detailed"


# `normal` is the brand's own wording, which the adapter was trained on, so it says nothing more.
_SAYS = {
    Length.SHORT: " Now use one or two sentences.",
    Length.NORMAL: "",
    Length.DETAILED: " Now use up to six sentences.",
}
_SHARE = {Length.SHORT: 0.6, Length.NORMAL: 1.0, Length.DETAILED: 1.5}  # of answer_tokens


@dataclass(frozen=True, slots=True)
class Quoting:
    """How much is quoted. Shares are of the best sentence's value, 0..1.

    `most` sentences of one passage, neighbours of the best from `neighbour` on; beside them one
    from each of `others` articles, from `close` on.
    """

    most: int
    neighbour: float
    others: int
    close: float


_QUOTES = {
    Length.SHORT: Quoting(most=1, neighbour=1.0, others=0, close=1.0),
    Length.NORMAL: Quoting(most=3, neighbour=0.5, others=1, close=0.8),
    Length.DETAILED: Quoting(most=6, neighbour=0.4, others=2, close=0.6),
}


def quotes_for(length: Length) -> Quoting:
    """Return how much an answer of this length quotes."""
    return _QUOTES[length]


def say_length(length: Length) -> str:
    """Return what the model is told of a length."""
    return _SAYS[length]


def drop_length(system: str) -> str:
    """Return a system message without the length asked for at its end."""
    hints = (hint for hint in _SAYS.values() if hint and system.endswith(hint))
    return system.removesuffix(next(hints, ""))


def tokens_for(length: Length, answer_tokens: int) -> int:
    """Return how many tokens an answer of this length may take."""
    return round(answer_tokens * _SHARE[length])


def most_tokens(answer_tokens: int) -> int:
    """Return how many tokens the longest answer may take, for an engine's context."""
    return max(tokens_for(length, answer_tokens) for length in Length)
