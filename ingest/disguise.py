"""Make a question that the archive wrote itself read as if a stranger had asked it.

Own questions and questions written with the text in view repeat its words; readers do not. Fits on
them alone refuse readers. A disguised question has lost some of its words: for word matching others
stand in for them, as a reader's own words would; for the encoder, which knows words of like
meaning, every second one is left out. Pure and deterministic.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from assistant.text import content_stems, names

# Of the words of xquad-en's questions that their passage does not hold, 15 % stand nowhere in the
# archive (223 of 1,453 over 1,190 questions); the others are found in some other passage.
_UNKNOWN = 0.15
_WORD = re.compile(r"[^\W\d_][\w'\-]*")


@dataclass(frozen=True, slots=True)
class Disguised:
    """A question for word matching and the same for the encoder."""

    lexical: str
    dense: str


def disguise_question(question: str, share: float, seed: str, others: Sequence[str]) -> Disguised:
    """Return the question with about `share` (0..1) of its content words lost.

    Words of `others` stand in for most of them, an unknown word for some. Names and numbers stay:
    a reader has no other word for them. One content word always stays.
    """
    kept = {name.lower() for name in names(question)}
    losable = [
        match
        for match in _WORD.finditer(question)
        if content_stems(match.group()) and match.group().lower() not in kept
    ]
    losable.sort(key=lambda m: _draw(seed, m.start()))
    n_lost = min(round(share * len(losable)), len(losable) - (0 if kept else 1))
    lexical = dense = question
    lost = losable[: max(n_lost, 0)]
    for match in sorted(lost, key=lambda m: -m.start()):
        other = _other_word(others, f"{seed} {match.group()}")
        lexical = f"{lexical[: match.start()]}{other}{lexical[match.end() :]}"
    for match in sorted(lost[::2], key=lambda m: -m.start()):
        dense = f"{dense[: match.start()].rstrip()} {dense[match.end() :].lstrip()}"
    return Disguised(lexical, dense.strip())


def words_to_borrow(questions: Iterable[str]) -> list[str]:
    """Return the content words of questions, repeats kept, so that common ones are drawn often."""
    return [w for text in questions for w in _WORD.findall(text.lower()) if content_stems(w)]


def _other_word(others: Sequence[str], seed: str) -> str:
    if not others or _draw(seed, "unknown") < _UNKNOWN:
        return f"qx{_draw(seed, 'spelling'):.9f}q".replace(".", "")
    return others[int(_draw(seed, "other") * len(others))]


def _draw(seed: str, what: object) -> float:
    """Return a number in 0..1 that the same seed always gives."""
    digest = hashlib.sha256(f"{seed}{what}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64
