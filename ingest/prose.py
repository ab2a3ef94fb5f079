"""Cut prose that is too long at the ends of sentences, and long blocks into overlapping windows."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

CountTokens = Callable[[Sequence[str]], list[int]]

# An initial, a title or "e.g." before the space does not end a sentence.
_SENTENCE_END = (
    r"(?:(?<=[.!?…])|(?<=[.!?…][\"”’')*_]))"
    r"(?<!\b[A-Z]\.)(?<!\b[A-Z]\.[A-Z]\.)(?<!\b[MD][rs]\.)(?<!\bMrs\.)(?<!\be\.g\.)(?<!\bi\.e\.)"
    r"\s+(?=\S)|(?<=[。！？])"
)
_PROSE_SEPARATORS = (_SENTENCE_END, r"(?<=[,;:—])\s+", r"\s+", "")
_CODE_SEPARATORS = (r"\n", r"\s+", "")
_LONG_RUN = re.compile(r"\S{1000}(?=\S)")
# Links and inline code hold together: their spaces hide behind control characters meanwhile.
_TOGETHER = re.compile(r"\[[^\[\]]{1,300}\]\([^()\s]*\)|`[^`]{1,300}`")
_HIDE, _SHOW = str.maketrans(" \n", "\x02\x03"), str.maketrans("\x02\x03", " \n")
_CHARACTERS_PER_TOKEN = 10  # a run that a tokeniser gives up on counts one token, however long


def split_prose(text: str, max_tokens: int, measure: Callable[[str], int]) -> list[str]:
    """Return pieces of at most max_tokens, each opening with the end of the one before.

    Cut at ends of sentences, then clauses, then words; about a fifth of a piece is overlap.
    """
    hidden = _TOGETHER.sub(lambda match: match[0].translate(_HIDE), break_runs(text))
    pieces = _split(
        hidden, _PROSE_SEPARATORS, max_tokens, lambda piece: measure(piece.translate(_SHOW))
    )
    return [piece.translate(_SHOW) for piece in pieces]


def split_lines(text: str, max_tokens: int, measure: Callable[[str], int]) -> list[str]:
    """Return overlapping windows of at most max_tokens over code or a table, cut between lines."""
    return _split(text, _CODE_SEPARATORS, max_tokens, measure)


def break_runs(text: str) -> str:
    """Break runs of over 1,000 characters, whose tokenising takes time with their square."""
    return _LONG_RUN.sub(r"\g<0> ", text)


def token_costs(texts: Sequence[str], count_tokens: CountTokens) -> list[int]:
    """Return each text's tokens without special ones, more where a token hides a long run."""
    if not texts:
        return []
    special, *counts = count_tokens(["", *texts])
    return [
        max(count - special, len(text) // _CHARACTERS_PER_TOKEN)
        for count, text in zip(counts, texts, strict=True)
    ]


def _split(
    text: str, separators: Sequence[str], max_tokens: int, measure: Callable[[str], int]
) -> list[str]:
    from langchain_text_splitters import RecursiveCharacterTextSplitter  # noqa: PLC0415  # 0.7 s

    splitter = RecursiveCharacterTextSplitter(
        separators=list(separators),
        is_separator_regex=True,
        keep_separator="end",
        chunk_size=max_tokens,
        chunk_overlap=max_tokens // 5,
        length_function=measure,
    )
    return splitter.split_text(text)
