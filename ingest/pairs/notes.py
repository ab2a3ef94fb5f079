"""Flatten a paragraph into neutral notes: its facts as terse bullets, its style left out. Pure.

Content words, numbers, names and code of each sentence stay in order, with the words that relate
them (than, if, until, not); articles, pronouns, auxiliaries, adverbs and turns of speech go. No run
of seven words of the paragraph is left.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from assistant.text import NEGATIONS, STOPWORDS, split_sentences

_LONGEST_RUN = 6  # words of the paragraph in a row, at most
_LONGEST_NOTE = 26  # words; the rest of a longer sentence is left to the writer
_FEWEST = 2  # words that carry meaning in a note; a sentence with fewer is all style
_TOKEN = re.compile(
    r"`[^`]+`|[$\u00a3\u20ac]?\d[\d,.]*(?:\s?%|(?:[\w\-.]*\w))?|[^\W_]+(?:['\u2019.\-/_][^\W_]+)*"
    r"|[;:()\u2014,]"
)
# Evaluation, emphasis and connection: how it is said, not what.
_STYLE = frozenset(
    """actually anyway apparently basically certainly clearly completely
    consequently course dull easily else entirely especially even exactly fairly finally
    frankly generally great happily honest however indeed just kind likely little lot mainly
    merely moreover mostly nice obvious otherwise perhaps plain plainly pretty probably
    properly proud quite rather reason really respectable right sadly simple simply
    somewhat soon sort still such sure surely therefore thing though truly usual usually whatever
    wonderful word yet""".split()
)
# Words that say how facts stand to one another; without them a note may say the reverse.
_RELATIONS = frozenset(
    """if when until because than before after between from to or over under above below per without
    within instead only first last always often sometimes almost already once down up out off both
    each all most more less fewer into against while where so but and for at by with
    on in""".split()
)
# Of these only the ones that join two facts stay: before a number, a name, or the last of a list.
_WEAK = frozenset("and for at by with on in to from into so but over all more most up out".split())
_NOT_ADVERBS = frozenset(
    """only early reply apply supply rely family daily weekly monthly yearly multiply assembly
    anomaly fly july italy""".split()
)


def write_notes(paragraph: str) -> list[str]:
    """Return one note for each sentence that states something."""
    target_runs = _runs(_said(paragraph), _LONGEST_RUN + 1)
    written: list[str] = []
    notes = []
    for sentence in split_sentences(paragraph):
        kept: list[str] = []
        for token in _trim(_keep_facts(sentence)):
            if target_runs & _runs([*written[-_LONGEST_RUN:], *_said(token)], _LONGEST_RUN + 1):
                if token.lower() in _RELATIONS:
                    continue
                # Seven content words in a row are a list or a long name: a plus breaks it.
                kept.append("plus")
                written.append("plus")
            kept.append(token)
            written += _said(token)
        if sum(token.lower() not in _RELATIONS | {";", "plus", "not"} for token in kept) >= _FEWEST:
            notes.append(_join(kept))
    return notes


def longest_shared_run(first: str, second: str) -> int:
    """Return how many words in a row two texts share at most."""
    left, right = _said(first), _said(second)
    row = [0] * (len(right) + 1)
    longest = 0
    for word in left:
        row = [0, *(row[j] + 1 if word == other else 0 for j, other in enumerate(right))]
        longest = max(longest, *row)
    return longest


def _keep_facts(sentence: str) -> list[str]:
    first, *rest = _TOKEN.findall(sentence) or [","]
    opening = first if rest and rest[0][:1].isupper() else _lower_word(first)
    tokens = [opening, *rest]
    return [
        fact
        for here, following in zip(tokens, [*rest, ""], strict=True)
        if (fact := _fact_of(here, following))
    ]


def _fact_of(token: str, following: str) -> str:
    """Return a token as a note has it, "" for a word of style, ";" for a turn of the sentence."""
    low = token.lower().replace("\u2019", "'")
    if token[0] == "`" or token[-1].isdigit() or token.endswith("%"):
        return token
    if token == ",":
        return ","
    if token in ";:()\u2014":
        return ";"
    if low in NEGATIONS or low.endswith("n't"):
        return low if low in {"never", "no", "without"} else "not"
    if low in _WEAK:
        is_fact_next = following[:1].isupper() or following[:1].isdigit() or following[:1] == "`"
        return low if is_fact_next else ""
    if low in _RELATIONS:
        return low
    if low in STOPWORDS or low in _STYLE or "'" in low and low.split("'")[0] in STOPWORDS:
        return ""
    if low.endswith("ly") and low not in _NOT_ADVERBS:
        return ""
    return re.sub(r"['\u2019]s$", "", token)


def _lower_word(token: str) -> str:
    """Lower a sentence's first word unless it has a capital or a digit inside."""
    has_inner_capital = any(c.isupper() or c.isdigit() for c in token[1:])
    return token if has_inner_capital or token[0] == "`" else token.lower()


def _said(text: str) -> list[str]:
    """Return a text's words in order, cut as finely as a tokenizer might: 2.5 is two."""
    return re.findall(r"[^\W_]+", text.lower())


def _trim(tokens: Sequence[str]) -> list[str]:
    """Cut a long note, and take off what relates nothing: at its ends, or before a turn."""
    kept: list[str] = []
    for token in tokens[:_LONGEST_NOTE]:
        opens = not kept or kept[-1] in (";", ",")
        if token in (";", ",") and opens or token in _RELATIONS - {"if", "when"} and opens:
            continue
        if token in (";", ",") and kept[-1] in _RELATIONS:
            kept.pop()
        kept.append(token)
    while kept and kept[-1] in _RELATIONS | {";", ","}:
        kept.pop()
    return kept


def _join(tokens: Iterable[str]) -> str:
    text = re.sub(r" ([;,])", r"\1", " ".join(tokens))
    return re.sub(r"(?:[;,]\s*)*;\s*", "; ", text).strip("; ,")


def _runs(items: Sequence[str], length: int) -> set[tuple[str, ...]]:
    return set(_windows(items, length))


def _windows(items: Sequence[str], length: int) -> Iterator[tuple[str, ...]]:
    for start in range(len(items) - length + 1):
        yield tuple(items[start : start + length])
