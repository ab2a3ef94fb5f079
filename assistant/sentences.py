"""Sentences out of a stream of text pieces, each as soon as it is complete. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from assistant.text import split_sentences

_STUCK_WORDS = 25
_LONGEST = 600  # characters; a run-on longer than this is cut off as it stands


def stream_sentences(pieces: Iterable[str]) -> Iterator[str]:
    """Yield raw sentences; the last one also when it has no full stop.

    A list item or line is a sentence of its own; its marker is left out. Ends early, without the
    sentence at hand, when the text only repeats itself.
    """
    buffer = ""
    for piece in pieces:
        buffer += piece
        if _is_stuck(buffer):
            return
        *lines, rest = buffer.split("\n")
        for line in lines:
            yield from _sentences_of(line)
        *complete, rest = _sentences_of(rest) or [""]
        yield from complete
        # split_sentences strips: keep the blank that may separate the next word.
        buffer = rest + (" " if buffer[-1:].isspace() and rest else "")
        if len(buffer) > _LONGEST:
            yield buffer.strip()
            buffer = ""
    yield from _sentences_of(buffer)


def _is_stuck(text: str) -> bool:
    """Whether the end of the text says the same few words over and over."""
    words = text.split()[-_STUCK_WORDS:]
    return len(words) == _STUCK_WORDS and len(set(words)) <= _STUCK_WORDS // 5


def _sentences_of(line: str) -> list[str]:
    return split_sentences(re.sub(r"^\s*(?:[-*+>]\s+)+", "", line))
