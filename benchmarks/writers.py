"""Engines for benchmarks: one that copies from its prompt, with errors planted, and a recorder."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from assistant.records import Message
from assistant.seams import Generator
from assistant.text import content_stems, numbers, split_sentences
from benchmarks.planted_errors import plant, shorten

KINDS = ("number", "name", "negation", "article")


@dataclass(frozen=True)
class Said:
    """What was written for one answer; `planted` is the wrong sentence among it."""

    right: str
    planted: str = ""
    kind: str = ""


@dataclass
class PlantingCopier:
    """Says the prompt's sentence nearest the question, its last clause cut off; errs by plan.

    It knows only its prompt. The wrong sentence is another of the same passage with one error of
    the planned kind (the right one where no other has room for it), or one of `strangers`.
    """

    plan: list[str]  # a kind, or "" to write no wrong sentence; the last is next
    strangers: Sequence[str]  # sentences of other articles
    rng: random.Random
    name: str = "planting copier"
    said: list[Said] = field(default_factory=list)

    def stream(
        self, messages: Sequence[Message], *, adapter: str | None, max_tokens: int
    ) -> Iterator[str]:
        passages = read_prompt(messages[0].content)
        asked = set(content_stems(messages[-1].content))
        number, right = max(
            ((n, text) for n, texts in passages.items() for text in texts),
            key=lambda pair: len(asked & set(content_stems(pair[1]))),
        )
        kind, wrong = self._err(passages[number], right, asked)
        said = Said(shorten(right), wrong, kind)
        self.said.append(said)
        both = [f"{text[:-1]} [{number}]{text[-1]} " for text in (said.right, wrong) if text]
        yield from both if self.rng.random() < 0.5 else reversed(both)

    def _err(self, passage: list[str], right: str, asked: set[str]) -> tuple[str, str]:
        kind = self.plan.pop()
        if not kind:
            return "", ""
        mine = sorted(passage, key=lambda text: -len(asked & set(content_stems(text))))
        for wanted in [kind, *self.rng.sample(KINDS, len(KINDS))]:
            for text in [t for t in mine if t != right] + [right]:
                other = self.rng.choice(self.strangers)
                wrong = plant(wanted, text, other, self.rng)
                if wrong and wrong != text and not (
                    wanted == "number" and numbers(wrong) == numbers(text)
                ):  # fmt: skip
                    if wanted != kind and wanted in self.plan:
                        self.plan[self.plan.index(wanted)] = kind  # keep each kind's number
                    return wanted, wrong
        raise AssertionError("a sentence of another article always fits")


@dataclass
class Recorder:
    """Passes another engine's text on and keeps it."""

    engine: Generator
    raw: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        return self.engine.name

    def stream(
        self, messages: Sequence[Message], *, adapter: str | None, max_tokens: int
    ) -> Iterator[str]:
        self.raw.append("")
        for piece in self.engine.stream(messages, adapter=adapter, max_tokens=max_tokens):
            self.raw[-1] += piece
            yield piece


def read_prompt(system: str) -> dict[int, list[str]]:
    """Return the sentences of each numbered passage of a prompt, its label left out."""
    parts = re.split(r"\n\n\[(\d+)\] ", system)
    texts = zip(parts[1::2], parts[2::2], strict=True)
    return {
        int(n): [
            sentence
            for line in text.split("\n")[1:]
            for sentence in split_sentences(line)
            if len(content_stems(sentence)) >= 4 and sentence[-1] in ".!"
        ]
        for n, text in texts
    }
