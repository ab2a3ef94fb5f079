"""Shorten and join a passage's own sentences by rules, each result still supported. Pure.

Nothing is added but "and": the claim stays the publication's, the sentence is not a copy.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from assistant.evidence import Evidence
from assistant.text import STOPWORDS, is_negated, words
from assistant.verify import check_support
from ingest.pairs.speech import find_imperative

_PARENTHESIS = re.compile(r"\s\([^()]*\)(?=[\s.,;:!])")
_INNER_CLAUSE = re.compile(r", (?:which|who|where) [^,;:.()`]{3,70}, (?!and\b|or\b)")
_TRAILING_CLAUSE = re.compile(r", (?:which|because|whose) [^;:?]*\.$")
_FEWEST_WORDS = 5  # left after shortening
_LONGEST_PART = 22  # words of a sentence to be joined
_LONGEST_JOINED = 38
_NOT_JOINED = frozenset("but so and or yet however then still also instead because which".split())


def rewrite_sentences(sentences: Sequence[str], evidence: Evidence) -> list[str]:
    """Return the sentences shortened and joined, or [] where no rule gives more than a copy."""
    shorter = [_shorten(sentence, evidence) for sentence in sentences]
    written = _join_first_pair(shorter, evidence)
    is_copy = all(check_support(text, evidence).verbatim for text in written)
    return [] if is_copy else written


def drop_parenthesis(sentence: str) -> str:
    """Take out what stands in round brackets."""
    return _PARENTHESIS.sub("", sentence)


def drop_clause(sentence: str) -> str:
    """Take out a clause that only adds: ", which ...," in the middle or the end."""
    inner = _INNER_CLAUSE.sub(" ", sentence)
    if inner != sentence:
        return inner
    rest = _TRAILING_CLAUSE.sub(".", sentence)
    return sentence if is_negated(rest) else rest


def join_sentences(first: str, second: str) -> str:
    """Return both as one sentence, or "" where they do not join."""
    opening = re.match(r"[A-Za-z']+", second)
    word = opening.group() if opening else ""
    fits = (
        word.lower() in STOPWORDS - _NOT_JOINED
        and word not in ("I", "The")
        and not find_imperative(first)  # "Keep it, and that costs" is no sentence
        and first.endswith(".")
        and second.endswith(".")
        and not re.search(r"[;:?!\u2014]|, and\b", first + second)
        and max(len(words(first)), len(words(second))) <= _LONGEST_PART
        and len(words(first)) + len(words(second)) < _LONGEST_JOINED
    )
    if not fits:
        return ""
    return f"{first[:-1]}, and {second[:1].lower()}{second[1:]}"


def _shorten(sentence: str, evidence: Evidence) -> str:
    rules: tuple[Callable[[str], str], ...] = (drop_parenthesis, drop_clause)
    for rule in rules:
        shorter = rule(sentence)
        if len(words(shorter)) >= _FEWEST_WORDS and check_support(shorter, evidence).ok:
            sentence = shorter
    return sentence


def _join_first_pair(sentences: list[str], evidence: Evidence) -> list[str]:
    for i, (first, second) in enumerate(zip(sentences, sentences[1:], strict=False)):
        joined = join_sentences(first, second)
        if joined and check_support(joined, evidence).ok:
            return [*sentences[:i], joined, *sentences[i + 2 :]]
    return sentences
