"""Does a sentence deny what its source says, say what it denies, or demand what it tells? Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.text import content_stems, is_negated, negated_stems, words

_NECESSITY = re.compile(
    r"\b(must|should|ought to|ha(s|ve|d) to|needs? to|needed|required|requires?|necessary)\b", re.I
)


def denies_otherwise(sentence: str, source: Sequence[str]) -> bool:
    """Whether the sentence denies another word than its source, or no longer denies one it uses."""
    told = set(negated_stems(sentence))
    denied = {stem for text in source for stem in negated_stems(text)}
    told_not_denied = set(content_stems(sentence)) & denied - told
    if is_negated(sentence) != any(is_negated(text) for text in source):
        return bool(told or told_not_denied) or any(_stands_under(sentence, t) for t in source)
    return bool(told - denied)


def demands_more(sentence: str, source: Sequence[str]) -> bool:
    """Whether a sentence demands where its source only tells: "may be trained" is no "has to"."""
    return bool(_NECESSITY.search(sentence)) and not any(map(_NECESSITY.search, source))


def _stands_under(sentence: str, text: str) -> bool:
    """Whether all that a plain sentence takes from a text follows a negation there.

    "What must not happen is that the test becomes a target" does not say that it becomes one.
    """
    if is_negated(sentence):
        return False
    taken, negated = set(content_stems(sentence)), False
    for word in words(text):
        negated = negated or is_negated(word)
        if not negated and taken & set(content_stems(word)):
            return False
    return negated and bool(taken & set(content_stems(text)))
