"""A passage read once so that many sentences can be held against it. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from assistant.text import (
    content_stems,
    numbers,
    plain_text,
    prose_sentences,
    split_units,
    words,
)


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
        flat=flatten(whole),
        label_stems=frozenset(content_stems(label)),
        stems=frozenset(stem for sentence in stems for stem in sentence),
        sentences=tuple(sentences),
        sentence_stems=stems,
        numbers=frozenset(numbers(whole) + numbers(label)),
        lower=f"{label} {whole}".lower(),
    )


def flatten(text: str) -> str:
    """Return the words in lower case, marks left out, one space between them."""
    return " ".join(re.findall(r"[^\W_]+(?:\.\d+)?", text.lower()))


def _tells(line: str) -> bool:
    return bool(words(line)) and not line.lstrip().startswith(("```", "~~~"))
