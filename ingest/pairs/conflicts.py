"""Rows that ask the same: the second goes where both agree, both wait where they do not. Pure.

Contrast rows are not looked at: the same question with and without its passage is meant.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from assistant.pair_review import row_key
from assistant.records import Pair, PairKind
from assistant.text import content_stems, is_negated, numbers, split_sentences
from ingest.pairs.hygiene import Repeats
from ingest.pairs.rows import DroppedPair

_FACTUAL = (PairKind.ANSWER, PairKind.IMPORTED)
_SAME_MATTER = 0.3  # of the content words of two first sentences, before a "not" tells them apart


@dataclass(slots=True)
class Sifted:
    """Rows kept, rows dropped with the reason, and (first, second, what differs)."""

    kept: list[Pair] = field(default_factory=list)
    dropped: list[DroppedPair] = field(default_factory=list)
    conflicts: list[tuple[Pair, Pair, str]] = field(default_factory=list)


def sift_repeats(pairs: Iterable[Pair], approved: Collection[str] = ()) -> Sifted:
    """Tell repeated questions apart; `approved` are the row keys that a person kept."""
    sifted, asked = Sifted(), Repeats()
    first_of: dict[str, Pair] = {}
    for pair in pairs:
        question = pair.messages[-2].content
        before = asked.find(question) if pair.kind in _FACTUAL else ""
        if not before:
            sifted.kept.append(pair)
            if pair.kind in _FACTUAL:
                asked.add(question)
                first_of[question] = pair
            continue
        other = first_of[before]
        differs = find_difference(other.messages[-1].content, pair.messages[-1].content)
        if not differs:
            sifted.dropped.append(DroppedPair(pair, "repeated_question", f"row {other.id} asks it"))
            continue
        sifted.conflicts.append((other, pair, differs))
        if row_key(pair) in approved:
            sifted.kept.append(pair)
    _leave_out(sifted, approved)
    return sifted


def find_difference(first: str, second: str) -> str:
    """Return in what two answers to one question disagree, or ""."""
    left, right = set(numbers(first)), set(numbers(second))
    if left and right and not (left <= right or right <= left):
        return f"figures {', '.join(sorted(left - right))} and {', '.join(sorted(right - left))}"
    one, two = (split_sentences(text)[:1] for text in (first, second))
    if not one or not two:
        return ""
    stems = [set(content_stems(one[0])), set(content_stems(two[0]))]
    shared = len(stems[0] & stems[1]) / (len(stems[0] | stems[1]) or 1)
    if shared >= _SAME_MATTER and is_negated(one[0]) != is_negated(two[0]):
        return "one says not"
    return ""


def _leave_out(sifted: Sifted, approved: Collection[str]) -> None:
    """Take out both sides of a conflict that no person has decided."""
    gone: dict[str, DroppedPair] = {}
    for first, second, differs in sifted.conflicts:
        for pair, other in ((first, second), (second, first)):
            if row_key(pair) not in approved:
                detail = (
                    f"{differs}: row {other.id} of article {other.article or 'none'} says"
                    f" {other.messages[-1].content}"
                )
                gone[pair.id] = DroppedPair(pair, "contradiction", detail)
    sifted.kept = [pair for pair in sifted.kept if pair.id not in gone]
    sifted.dropped += gone.values()
