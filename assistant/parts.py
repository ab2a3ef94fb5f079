"""A question that asks two things: where it comes apart, and which part the archive lacks.

Split by coordination ("how do I do A and B?", "what is A, and how does B work?"). Most such
questions are answered by one article, so a part counts as missing only where passages lack its
own words and the decision refuses it. Pure, English only.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from assistant.gate import clean_sentence
from assistant.leaning import leans_on_history
from assistant.reading import Reading
from assistant.text import content_stems

_COVERED = 0.6  # idf-weighted share of a part's own words in one passage: it may be answered there
_ASK = r"(?:how|what|why|when|where|which|who|is|are|do|does|did|can|could|should|would|will|must)"
_QUESTIONS = re.compile(rf"\?\s+(?:and\s+|also,?\s+)?(?={_ASK}\b)", re.IGNORECASE)
_JOINED = re.compile(rf"(?:,\s*|\s+)and(?: also)?,?\s+(?={_ASK}\b)", re.IGNORECASE)
_COORDINATED = re.compile(r"(?:,\s*|\s+)(?:and(?: also)?|as well as|plus)\s+", re.IGNORECASE)
_ASKS = re.compile(rf"^{_ASK}\b", re.IGNORECASE)
# "between A and B", "both A and B" are one thing.
_ONE_THING = re.compile(r"\b(?:between|both|difference|compared?|versus|vs)\b", re.IGNORECASE)
# What a second half shares with the first: "how do I", "what do you say about".
_FRAME = re.compile(
    r"^(?:how (?:do|can|could|should|would|must) (?:i|we|you|one)|(?:can|could|should|may|must|do)"
    r" (?:i|we|you)|what (?:do|did|have) you (?:say|said|write|written|recommend|think)"
    r"(?: about| on| for| of)?)\b",
    re.IGNORECASE,
)
_DEGREE = re.compile(r"\bhow \w+", re.IGNORECASE)  # "how long" is no word to look for
_QUOTED_WORDS = 12  # of a part, where a set phrase names it


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that is asked: its words, a question for it alone, and the stems it adds."""

    words: str
    question: str
    own: frozenset[str]


@dataclass(frozen=True, slots=True)
class Look:
    """What search, reading and decision say to a question, at the set caution and at the most."""

    reading: Reading
    says_yes: bool
    is_sure: bool


@dataclass(frozen=True, slots=True)
class Partial:
    """The question that can be answered, and the words of the part that cannot."""

    covered: str
    missing: str


def split_parts(question: str) -> tuple[Part, Part] | None:
    """Return the two things that a question asks, or None where it asks one."""
    text = question.strip().rstrip("?.! ")
    if not _ASKS.match(text) or _ONE_THING.search(text):
        return None
    for boundary in (_QUESTIONS, _JOINED):
        if match := boundary.search(text):
            return _make_parts(text[: match.start()], text[match.end() :], "")
    frame = _FRAME.match(text)
    places = list(_COORDINATED.finditer(text))
    if len(places) != 1 or frame is None or re.search(r"[.?!;:,] ", text):
        return None
    return _make_parts(text[: places[0].start()], text[places[0].end() :], frame.group())


def find_partial(question: str, whole: Reading, look: Callable[[str], Look]) -> Partial | None:
    """Return which part of a question the archive lacks, where it surely has the other."""
    parts = split_parts(question)
    if parts is None or all(_covers(whole, part.own) for part in parts):
        return None
    looks = [look(part.question) for part in parts]
    lacks = [
        not seen.says_yes and not _covers(seen.reading, part.own) and not _covers(whole, part.own)
        for seen, part in zip(looks, parts, strict=True)
    ]
    if sum(lacks) != 1:
        return None
    missing = lacks.index(True)
    other, seen = parts[1 - missing], looks[1 - missing]
    if not seen.is_sure or not _covers(seen.reading, other.own) or leans_on_history(other.question):
        return None
    return Partial(other.question, parts[missing].words)


def say_missing(partial: Partial) -> str:
    """Return the set phrase that names what is not covered."""
    named = clean_sentence(" ".join(partial.missing.split()[:_QUOTED_WORDS]))[0]
    return f"That is one part of your question; on \u201c{named}\u201d we have published nothing."


def _make_parts(left: str, right: str, frame: str) -> tuple[Part, Part] | None:
    first, second = (set(content_stems(_DEGREE.sub("", text))) for text in (left, right))
    shared = set(content_stems(frame))
    own = frozenset(first - second - shared), frozenset(second - first - shared)
    opens = set(content_stems(right.split()[0])) if right.split() else set()
    if not all(own) or opens & first:
        return None  # "thumbs up and thumbs down" are one thing
    said = left[len(frame) :].strip() or left
    return (
        Part(said if frame else left, f"{left}?", own[0]),
        Part(right, f"{frame} {right}?".strip(), own[1]),
    )


def _covers(reading: Reading, own: frozenset[str]) -> bool:
    """Whether one of the passages holds enough of a part's own words, by their weight."""
    weights = {s: w.idf for s, w in reading.weights.items() if s in own}
    total = sum(weights.values())
    return any(
        sum(idf for stem, idf in weights.items() if stem in have) >= _COVERED * total
        for have in reading.passage_stems
    )
