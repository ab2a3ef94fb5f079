"""Does a passage support a sentence? Words, numbers, names, code, negation, direction, order.

Deterministic and the same for every base model; what fails here is not shown as fact. Pure.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from assistant.negation import denies_otherwise
from assistant.text import (
    code_identifiers,
    content_stems,
    is_negated,
    names,
    numbers,
    plain_text,
    prose_sentences,
    split_units,
    stem_words,
    words,
)

# Every content stem of a sentence must stand in two neighbouring sentences of the passage, or in
# its title, in about their order: where overlap is the test, one word from elsewhere is a claim
# from elsewhere ("drilled on June" for "drilled on Friday"). Planted errors caught and right
# sentences lost: benchmarks/planted_errors.py.
_MIN_ORDER_SHARE = 0.6
_COMPARED = 3  # content words behind "than" that may name what is compared with
_MIN_STEMS = 4  # "The answer is yes." is true of any passage with an answer in it
_NECESSITY = re.compile(
    r"\b(must|should|ought to|ha(s|ve|d) to|needs? to|needed|required|requires?|necessary)\b", re.I
)
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


@dataclass(frozen=True, slots=True)
class Evidence:
    """A passage read once for many checks. `label` is its title and headings, as context."""

    flat: str
    label_stems: frozenset[str]
    stems: frozenset[str]
    sentences: tuple[str, ...]
    sentence_stems: tuple[tuple[str, ...], ...]
    numbers: frozenset[str]
    lower: str

    @property
    def windows(self) -> list[tuple[int, ...]]:
        """Runs of one and two neighbouring sentences."""
        singles = [(i,) for i in range(len(self.sentences))]
        return singles + [(i, i + 1) for i in range(len(self.sentences) - 1)]


@lru_cache(maxsize=512)
def read_evidence(label: str, markdown: str) -> Evidence:
    """Read a passage for checking; prose sentences first, then code and table lines as they are."""
    sentences = prose_sentences(markdown)
    for unit in split_units(markdown):
        if not unit.is_prose:
            sentences += [line for line in unit.text.splitlines() if _tells(line)]
    stems = tuple(tuple(content_stems(sentence)) for sentence in sentences)
    whole = plain_text(markdown)
    return Evidence(
        flat=_flatten(whole),
        label_stems=frozenset(content_stems(label)),
        stems=frozenset(stem for sentence in stems for stem in sentence),
        sentences=tuple(sentences),
        sentence_stems=stems,
        numbers=frozenset(numbers(whole) + numbers(label)),
        lower=f"{label} {whole}".lower(),
    )


def check_support(sentence: str, evidence: Evidence) -> Support:
    """Judge a plain sentence (no [n]) against one passage."""
    stems = content_stems(sentence)
    if not stems:
        return Support(ok=False, score=0.0, reason="says nothing")
    if len(stems) > 1 and is_verbatim(sentence, evidence):
        if _loses_negation(sentence, _flatten(sentence), evidence):
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
    return f" {_flatten(sentence)} " in f" {evidence.flat} "


def _loses_negation(sentence: str, flat: str, evidence: Evidence) -> bool:
    """Whether the words stand only inside sentences that deny them: "Never merge" -> "Merge"."""
    homes = [text for text in evidence.sentences if f" {flat} " in f" {_flatten(text)} "]
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
    if fault := _misplaced_number(sentence, evidence):
        return fault
    if not all(
        _keeps_order(read(sentence), [n for text in source for n in read(text)])
        for read in (numbers, _marked)
    ):
        return "numbers in another order"
    if said_again := _said_again(stems, evidence, window):
        return f"{said_again} said more often than in the passage"
    return (
        _turned_comparison(sentence, source)
        or _demands_more(sentence, source)
        or _wrong_order(stems, evidence, window)
    )


def _turned_comparison(sentence: str, source: Sequence[str]) -> str:
    """Say what follows "than" here and nowhere in the source: "B is larger than A" for "A ..."."""
    there = {stem for text in source for stems in _after_than(text) for stem in stems[:_COMPARED]}
    told = [stems[0] for stems in _after_than(sentence) if stems]
    turned = next((stem for stem in told if there and stem not in there), "")
    return f"compared with {turned}, which the passage does not" if turned else ""


def _after_than(text: str) -> list[list[str]]:
    return [content_stems(part) for part in re.split(r"\bthan\b", text, flags=re.I)[1:]]


def _demands_more(sentence: str, source: Sequence[str]) -> str:
    """Say that a sentence demands where its source only tells; "may be trained" is no "has to"."""
    if _NECESSITY.search(sentence) and not any(_NECESSITY.search(text) for text in source):
        return "a demand that the passage does not make"
    return ""


def _said_again(stems: Sequence[str], evidence: Evidence, window: Sequence[int]) -> str:
    """Return a stem that the sentence holds more often than its source.

    "The server is a base and the cache is a base" has words of its passage only, and is wrong.
    """
    there = Counter(stem for i in window for stem in evidence.sentence_stems[i])
    there.update(evidence.label_stems)
    return next((stem for stem, n in Counter(stems).items() if n > max(1, there[stem])), "")


def _misplaced_number(sentence: str, evidence: Evidence) -> str:
    """Each number must stand beside a word that it stands beside in the passage's sentence."""
    tokens = re.findall(r"[^\s]+", sentence)
    for position, token in enumerate(tokens):
        for number in numbers(token):
            near = " ".join(tokens[max(0, position - 4) : position + 5])
            beside = set(content_stems(near)) - set(content_stems(token))
            homes = [
                set(sentence_stems) | evidence.label_stems
                for text, sentence_stems in zip(
                    evidence.sentences, evidence.sentence_stems, strict=True
                )
                if number in numbers(text)
            ]
            if (
                beside
                and homes
                and not any(len(beside & home) >= len(beside) / 2 for home in homes)
            ):
                return f"number {number} on another thing"
    return ""


def _marked(text: str) -> list[str]:
    """Return the words that hold a digit ("Q4_1", "arm64"): one character makes another thing."""
    return re.findall(r"[a-z]+[\w.-]*\d\w*", text.lower())


def _keeps_order(told: Sequence[str], source: Sequence[str]) -> bool:
    shared = [number for number in told if number in source]
    return _common_run(shared, source) == len(shared)


def _wrong_order(stems: Sequence[str], evidence: Evidence, window: Sequence[int]) -> str:
    source = [stem for i in window for stem in evidence.sentence_stems[i]]
    shared = [stem for stem in stems if stem in source]
    if len(shared) >= 3 and _common_run(shared, source) / len(shared) < _MIN_ORDER_SHARE:
        return "order differs"
    return ""


def _best_window(stems: Sequence[str], evidence: Evidence) -> tuple[tuple[int, ...], float]:
    best: tuple[tuple[int, ...], float] = ((), 0.0)
    for window in evidence.windows:
        have = {stem for i in window for stem in evidence.sentence_stems[i]} | evidence.label_stems
        share = _share(stems, have)
        if share > best[1]:  # a pair only where it adds to every single sentence
            best = (window, share)
    return best


def _common_run(first: Sequence[str], second: Sequence[str]) -> int:
    """Return the length of the longest common subsequence."""
    row = [0] * (len(second) + 1)
    for left in first:
        before = 0
        for j, right in enumerate(second, 1):
            kept = row[j]
            row[j] = before + 1 if left == right else max(row[j], row[j - 1])
            before = kept
    return row[-1]


def _share(stems: Sequence[str], have: frozenset[str] | set[str]) -> float:
    return sum(stem in have for stem in stems) / len(stems)


def _has_word(word: str, text: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(word)}(?:'s|s)?(?!\w)", text) is not None


def _tells(line: str) -> bool:
    return bool(words(line)) and not line.lstrip().startswith(("```", "~~~"))


def _flatten(text: str) -> str:
    return " ".join(re.findall(r"[^\W_]+(?:\.\d+)?", text.lower()))


@cache
def _directions() -> frozenset[str]:
    return frozenset(stem_words(_DIRECTION_WORDS))
