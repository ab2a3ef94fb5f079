"""Flatten a paragraph into neutral notes: its facts as terse bullets, its style left out. Pure.

Content words, numbers, names and code of each sentence stay in order; function words, adverbs and
turns of speech go. No run of five words of the paragraph is left.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from assistant.text import NEGATIONS, STOPWORDS, split_sentences, words

_LONGEST_RUN = 4  # words of the paragraph in a row, at most
_LONGEST_NOTE = 22  # words; the rest of a longer sentence is left to the writer
_FEWEST = 2  # words in a note; a sentence with fewer is all style
_TOKEN = re.compile(
    r"`[^`]+`|[$\u00a3\u20ac]?\d[\d,.]*(?:\s?%|(?:[\w\-.]*\w))?|[^\W_]+(?:['\u2019.\-/_][^\W_]+)*|[;:()\u2014]"
)
# Evaluation, emphasis and connection: how it is said, not what.
_STYLE = frozenset(
    """actually almost already always anyway apparently basically certainly clearly completely
    consequently course dull easily else entirely especially even exactly fairly finally first
    frankly generally great happily honest however indeed instead just kind likely little lot mainly
    merely moreover mostly nice obvious often otherwise perhaps plain plainly pretty probably
    properly proud quite rather reason really respectable right sadly simple simply sometimes
    somewhat soon sort still such sure surely therefore thing though truly usual usually whatever
    wonderful word yet""".split()
)
_NOT_ADVERBS = frozenset(
    """only early reply apply supply rely family daily weekly monthly yearly multiply assembly
    anomaly fly july italy""".split()
)


def write_notes(paragraph: str) -> list[str]:
    """Return one note for each sentence that states something."""
    target_runs = _runs(words(paragraph), _LONGEST_RUN + 1)
    written: list[str] = []
    notes = []
    for sentence in split_sentences(paragraph):
        kept = []
        for token in _keep_facts(sentence)[:_LONGEST_NOTE]:
            if target_runs & _runs([*written[-_LONGEST_RUN:], *words(token)], _LONGEST_RUN + 1):
                kept.append("and")
                written.append("and")
            kept.append(token)
            written += words(token)
        if sum(token not in (";", "and") for token in kept) >= _FEWEST:
            notes.append(_join(kept))
    return notes


def longest_shared_run(first: str, second: str) -> int:
    """Return how many words in a row two texts share at most."""
    left, right = words(first), words(second)
    row = [0] * (len(right) + 1)
    longest = 0
    for word in left:
        row = [0, *(row[j] + 1 if word == other else 0 for j, other in enumerate(right))]
        longest = max(longest, *row)
    return longest


def _keep_facts(sentence: str) -> list[str]:
    return [fact for token in _TOKEN.findall(sentence) if (fact := _fact_of(token))]


def _fact_of(token: str) -> str:
    """Return a token as a note has it, "" for a word of style, ";" for a turn of the sentence."""
    low = token.lower().replace("\u2019", "'")
    if token[0] == "`" or token[-1].isdigit() or token.endswith("%"):
        return token
    if token in ";:()\u2014":
        return ";"
    if low in NEGATIONS or low.endswith("n't"):
        return "not"
    if low in STOPWORDS or low in _STYLE or "'" in low and low.split("'")[0] in STOPWORDS:
        return ""
    if low.endswith("ly") and low not in _NOT_ADVERBS:
        return ""
    has_inner_capital = any(c.isupper() or c.isdigit() for c in token[1:])
    return token if has_inner_capital else low.removesuffix("'s")


def _join(tokens: Iterable[str]) -> str:
    text = " ".join(tokens).replace(" ;", ";")
    return re.sub(r"(?:;\s*)+", "; ", text).strip("; ")


def _runs(items: Sequence[str], length: int) -> set[tuple[str, ...]]:
    return set(_windows(items, length))


def _windows(items: Sequence[str], length: int) -> Iterator[tuple[str, ...]]:
    for start in range(len(items) - length + 1):
        yield tuple(items[start : start + length])
