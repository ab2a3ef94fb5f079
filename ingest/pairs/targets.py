"""Which of a passage's own sentences answer a question, and whether they can stand alone. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.compose import best_sentences
from assistant.gate import clean_sentence
from assistant.reading import Reading
from assistant.text import words

_MIN_VALUE = 0.3  # of the best sentence; below it the passage answers with its code or its table
_FEWEST_WORDS = 8  # in a whole target
_CONNECTIVE = re.compile(r"^(?:But|So|And|Yet|However|Then|Still|Or|Also|Instead)\b,?\s+(?=\w)")
# Words that point at something said before when they stand near the start of a sentence.
_POINTERS = frozenset(
    """it its they them their theirs this that these those he she his her him both neither such
    former latter here there again""".split()
)
_OPENING_WORDS = 3  # a pointer further in has usually met its noun
_POINTING_PHRASES = re.compile(
    r"\b(?:the (?:same|other|others|second|third|first|latter|former|rest|next|last) ?(?:one|two|is|are|of (?:them|these))?"
    r"(?=[ ,.])|as above|see above|see below|above|below|following)\b|:$",
    re.IGNORECASE,
)


def choose_sentences(reading: Reading, most: int) -> list[str]:
    """Return one to `most` neighbouring sentences that answer, the first of which stands alone.

    Empty where the passage's prose does not answer, or only with sentences that lean on others.
    """
    if not reading.sentences or max(s.value for s in reading.sentences) < _MIN_VALUE:
        return []
    run = best_sentences(reading, most)
    chosen = trim_run([s.text for s in run])
    best = max(run, key=lambda s: s.value).text
    if chosen and clean_sentence(drop_connective(best))[0] in chosen + [
        drop_connective(text) for text in chosen
    ]:
        return chosen
    return []


def trim_run(sentences: Sequence[str]) -> list[str]:
    """Return the longest part of a run of sentences that reads on its own, or nothing.

    Sentences are cleaned as the server cleans what it shows. Questions, fragments and lead-ins to
    a list end a run; a first sentence may lose its connective but may not lean on the one before.
    """
    kept: list[str] = []
    for sentence in (clean_sentence(text)[0] for text in sentences):
        if not kept:
            sentence = drop_connective(sentence)
        if not is_whole(sentence):
            if kept:
                break
            continue
        if kept or not leans(sentence):
            kept.append(sentence)
    return kept if len(words(" ".join(kept))) >= _FEWEST_WORDS else []


def leans(sentence: str) -> bool:
    """Whether a sentence points at something that stood before it."""
    opening = words(sentence)[:_OPENING_WORDS]
    return bool(_POINTERS & set(opening) or _POINTING_PHRASES.search(sentence))


def is_whole(sentence: str) -> bool:
    """Whether a sentence is a statement from its capital to its full stop."""
    opens = re.match(r"""["'\u2018\u201c(`*]*[A-Z0-9`]""", sentence)
    closes = re.search(r"""[.!]["'\u2019\u201d)`*]*$""", sentence)
    balanced = sentence.count("(") == sentence.count(")") and sentence.count("`") % 2 == 0
    return bool(opens and closes and balanced)


def drop_connective(sentence: str) -> str:
    """Take off a leading "But" or "So,", which means nothing without the sentence before."""
    rest = _CONNECTIVE.sub("", sentence, count=1)
    return rest[:1].upper() + rest[1:] if rest != sentence else sentence


def cite(sentences: Sequence[str], number: int) -> str:
    """Return the sentences with the passage's [n] after each, as the server shows them."""
    return " ".join(f"{sentence} [{number}]" for sentence in sentences)
