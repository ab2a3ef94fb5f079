"""Does each part of a sentence stand where its passage has it? Numbers, names, sides. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from assistant.evidence import Evidence
from assistant.text import content_stems, numbers

_MIN_ORDER_SHARE = 0.6
_COMPARED = 3  # content words behind "than" that may name what is compared with


def find_misplaced(
    sentence: str, stems: Sequence[str], evidence: Evidence, window: Sequence[int]
) -> str:
    """Return what stands elsewhere than in the window's sentences, or nothing.

    All of the sentence's content stems stand in the window or in the label.
    """
    source = [evidence.sentences[i] for i in window]
    if fault := _misplaced_number(sentence, evidence):
        return fault
    if not all(
        _keeps_order(read(sentence), [n for text in source for n in read(text)])
        for read in (numbers, _marked)
    ):
        return "numbers in another order"
    if said_again := _said_again(stems, evidence, window):
        return f"{said_again} said more often than in the passage"
    return _turned_comparison(sentence, source) or _wrong_order(stems, evidence, window)


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


def _turned_comparison(sentence: str, source: Sequence[str]) -> str:
    """Say what follows "than" here and nowhere in the source: "B is larger than A" for "A ..."."""
    there = {stem for text in source for stems in _after_than(text) for stem in stems[:_COMPARED]}
    told = [stems[0] for stems in _after_than(sentence) if stems]
    turned = next((stem for stem in told if there and stem not in there), "")
    return f"compared with {turned}, which the passage does not" if turned else ""


def _after_than(text: str) -> list[list[str]]:
    return [content_stems(part) for part in re.split(r"\bthan\b", text, flags=re.I)[1:]]


def _said_again(stems: Sequence[str], evidence: Evidence, window: Sequence[int]) -> str:
    """Return a stem that the sentence holds more often than its source.

    "The server is a base and the cache is a base" has words of its passage only, and is wrong.
    """
    there = Counter(stem for i in window for stem in evidence.sentence_stems[i])
    there.update(evidence.label_stems)
    return next((stem for stem, n in Counter(stems).items() if n > max(1, there[stem])), "")


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
