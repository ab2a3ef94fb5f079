"""How long an answer a reader chose: what the model is told, and how much it may write.

Checks stay the same, and a quotation stays whole. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum

from assistant.records import Message


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
HINT_TOKENS = 16  # what a hint may add to a prompt


def with_length(messages: Sequence[Message], length: Length) -> tuple[Message, ...]:
    """Return the prompt with the length asked for at the end of its system message."""
    return tuple(
        replace(message, content=message.content + _SAYS[length])
        if message.role == "system"
        else message
        for message in messages
    )


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
