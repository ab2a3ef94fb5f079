"""Does a passage support a sentence? Words, numbers, names, code, negation, direction, order.

Deterministic and the same for every base model; what fails here is not shown as fact. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from assistant.evidence import Evidence, flatten
from assistant.negation import demands_more, denies_otherwise
from assistant.placement import find_misplaced
from assistant.text import (
    code_identifiers,
    content_stems,
    is_negated,
    names,
    numbers,
    stem_words,
    words,
)

# Every content stem of a sentence must stand in two neighbouring sentences of the passage, or in
# its title, in about their order: where overlap is the test, one word from elsewhere is a claim
# from elsewhere ("drilled on June" for "drilled on Friday"). Planted errors caught and right
# sentences lost: benchmarks/planted_errors.py.
_MIN_STEMS = 4  # "The answer is yes." is true of any passage with an answer in it
# One wrong word of these turns a claim round, so each must stand in the passage's own sentence.
_DIRECTION_WORDS = """increase decrease rise fall raise lower higher less more fewer larger smaller
bigger faster slower better worse above below before after first last always never only most least
best worst minimum maximum all none some same different true false cheap expensive early late short
long good bad left right old new gain lose win reduce add remove double half start stop begin end
allow forbid accept refuse keep drop open close yes no safe unsafe possible impossible rather up
down top bottom under over front back easy hard strong weak north south east west""".split()


@dataclass(frozen=True, slots=True)
class Support:
    """Whether a sentence is supported; `reason` says why not, `score` is the window's share."""

    ok: bool
    score: float
    reason: str = ""
    verbatim: bool = False


def check_support(sentence: str, evidence: Evidence) -> Support:
    """Judge a plain sentence (no [n]) against one passage."""
    stems = content_stems(sentence)
    if not stems:
        return Support(ok=False, score=0.0, reason="says nothing")
    if len(stems) > 1 and is_verbatim(sentence, evidence):
        if _loses_negation(sentence, flatten(sentence), evidence):
            return Support(ok=False, score=1.0, reason="negation differs")
        return Support(ok=True, score=1.0, verbatim=True)
    if len(stems) < _MIN_STEMS:
        return Support(ok=False, score=0.0, reason="says too little")
    known = evidence.stems | evidence.label_stems
    if missing := [stem for stem in stems if stem not in known]:
        share = 1 - len(missing) / len(stems)
        return Support(ok=False, score=share, reason="words not in the passage")
    window, score = _best_window(stems, evidence)
    if score < 1:
        return Support(ok=False, score=score, reason="pieced together")
    reason = _find_fault(sentence, stems, evidence, window)
    return Support(ok=not reason, score=score, reason=reason)


def is_verbatim(sentence: str, evidence: Evidence) -> bool:
    """Whether a sentence stands word for word in the passage."""
    return f" {flatten(sentence)} " in f" {evidence.flat} "


def _loses_negation(sentence: str, flat: str, evidence: Evidence) -> bool:
    """Whether the words stand only inside sentences that deny them: "Never merge" -> "Merge"."""
    homes = [text for text in evidence.sentences if f" {flat} " in f" {flatten(text)} "]
    return bool(homes) and all(is_negated(text) != is_negated(sentence) for text in homes)


def _find_fault(
    sentence: str, stems: Sequence[str], evidence: Evidence, window: Sequence[int]
) -> str:
    source = [evidence.sentences[i] for i in window]
    missing = [n for n in numbers(sentence) if n not in evidence.numbers]
    if missing:
        return f"number {missing[0]} not in the passage"
    for name in [*names(sentence), *code_identifiers(sentence)]:
        if not _has_word(name.lower(), evidence.lower):
            return f"name {name} not in the passage"
    if denies_otherwise(sentence, source):
        return "negation differs"
    near = {stem for i in window for stem in evidence.sentence_stems[i]}
    plain = set(stem_words([w for text in source for w in words(text)]))
    for word in words(sentence):
        stem = stem_words([word])[0]
        if stem in _directions() and stem not in plain | near:
            return f"direction {word} not in the passage"
    if demands_more(sentence, source):
        return "a demand that the passage does not make"
    return find_misplaced(sentence, stems, evidence, window)


def _best_window(stems: Sequence[str], evidence: Evidence) -> tuple[tuple[int, ...], float]:
    best: tuple[tuple[int, ...], float] = ((), 0.0)
    for window in evidence.windows:
        have = {stem for i in window for stem in evidence.sentence_stems[i]} | evidence.label_stems
        share = _share(stems, have)
        if share > best[1]:  # a pair only where it adds to every single sentence
            best = (window, share)
    return best


def _share(stems: Sequence[str], have: frozenset[str] | set[str]) -> float:
    return sum(stem in have for stem in stems) / len(stems)


def _has_word(word: str, text: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(word)}(?:'s|s)?(?!\w)", text) is not None


@cache
def _directions() -> frozenset[str]:
    return frozenset(stem_words(_DIRECTION_WORDS))
