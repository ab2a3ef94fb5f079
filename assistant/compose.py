"""The desk that puts an answer together: takes raw sentences, lets through what holds.

Keeps the numbering of sources as the reader sees it, what was shown, and what was dropped and why.
One Composer serves one answer.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from assistant.gate import clean_sentence
from assistant.generation import Generation
from assistant.judge import Judge
from assistant.length import Length, quotes_for
from assistant.listing import Listing, cite_article, describe_article
from assistant.quoting import best_sentence, best_sentences, close_elsewhere, whole_sentence
from assistant.records import (
    Citation,
    DroppedSentence,
    Found,
    Mode,
    Origin,
    Sentence,
    Shown,
)
from assistant.text import content_stems, split_sentences

QUOTE_LEAD_IN = "Here is how we put it:"
_NEAREST = 3  # articles named by a refusal
_MAX_SENTENCES = 6
_FAILED_IN_A_ROW = 2  # dropped sentences after which a small model will not recover
_CLEARLY_BETTER = 0.08  # in a sentence's value: the best one is added to an answer that missed it
_SAME = 0.8  # share of stems two sentences share when the second says nothing new


@dataclass(slots=True)
class Composer:
    """One answer in the making. `found` is best first, whatever the prompt shows of it."""

    judge: Judge
    found: Sequence[Found]
    refusal: str
    length: Length = Length.NORMAL
    sentences: list[Sentence] = field(default_factory=list)
    dropped: list[DroppedSentence] = field(default_factory=list)
    citations: list[Citation] = field(default_factory=list)
    verify_seconds: float = 0.0
    gave_up: bool = False  # the model repeated itself or refused; nothing more is taken from it
    refused: bool = False
    _failed_in_a_row: int = 0

    @property
    def text(self) -> str:
        """The answer as plain text with [n] marks."""
        parts = []
        for sentence in self.sentences:
            marks = "".join(f"[{n}]" for n in sentence.citations)
            parts.append(f"{sentence.text} {marks}".strip())
        return " ".join(parts)

    @property
    def mode(self) -> Mode:
        """What kind of answer this has become."""
        if self.refused:
            return Mode.REFUSED
        origins = {sentence.origin for sentence in self.sentences}
        if origins == {Origin.FRAME}:
            return Mode.CATALOGUE  # answered from the brand's own records
        return Mode.GENERATED if Origin.GENERATED in origins else Mode.QUOTED

    def take(self, raw: str) -> Shown | None:
        """Check one raw sentence of the model; None when it is not shown."""
        began = time.perf_counter()
        try:
            return self._take(raw)
        finally:
            self.verify_seconds += time.perf_counter() - began

    def reply(self, courtesy: str) -> Iterator[Shown]:
        """Show the set reply to a courtesy, sentence by sentence."""
        for sentence in split_sentences(courtesy):
            yield self._show(sentence, (), Origin.FRAME)

    def list_articles(self, listing: Listing) -> Iterator[Shown]:
        """Show a reading list; where no article fits, say so and name the nearest."""
        if listing.is_empty:
            yield from self.refuse(" ".join(line.text for line in listing.lines))
            return
        for line in listing.lines:
            yield self._show(line.text, [line.item] if line.item else (), Origin.FRAME)

    def remark(self, text: str, items: Sequence[Found] = ()) -> Shown:
        """Show a set phrase below an answer."""
        return self._show(text, items, Origin.FRAME)

    def remark_replaced(self, generation: Generation) -> Iterator[Shown]:
        """Name the newer article for each cited one that has been replaced, if it is not cited."""
        cited = {citation.article.id: citation.article for citation in self.citations}
        for article in cited.values():
            newer = generation.shelf.successor(article)
            if newer and newer.id not in cited:
                said = f"{describe_article(article)} has since been replaced by"
                item = cite_article(generation, generation.shelf.rows[newer.id])
                yield self.remark(f"{said} {describe_article(newer)}.", [item])

    def refuse(self, said: str = "") -> Iterator[Shown]:
        """Show the refusal, in other words where some are given, and the nearest articles."""
        self.refused = True
        yield self._show(said or self.refusal, (), Origin.FRAME)
        nearest: dict[str, Found] = {}
        for item in self.found:
            nearest.setdefault(item.article.id, item)
        items = list(nearest.values())[:_NEAREST]
        if items:
            titles = [f"\u201c{clean_sentence(item.article.title)[0]}\u201d" for item in items]
            named = titles[0] if len(titles) == 1 else f"{', '.join(titles[:-1])} and {titles[-1]}"
            yield self._show(f"The nearest we have written: {named}.", items, Origin.FRAME)

    def complete(self) -> Iterator[Shown]:
        """Quote the passages where the model gave nothing, or missed what answers.

        That is the best sentence where what was said is clearly worse, and the best of another
        article where it comes close.
        """
        if not self.has_facts:
            yield from self.quote()
            return
        best = best_sentence(self.judge.reading)
        shown = max((self.judge.value_of(s.text) for s in self.sentences), default=0.0)
        missed = [best] if best and best.value > shown + _CLEARLY_BETTER else []
        cited = {citation.article.id for citation in self.citations}
        told = cited | {s.item.article.id for s in missed}
        missed += close_elsewhere(self.judge.reading, told, quotes_for(self.length))
        for sentence in missed[: max(0, _MAX_SENTENCES - len(self.sentences))]:
            if clean := clean_sentence(sentence.text)[0]:
                yield self._show(clean, [sentence.item], Origin.QUOTED)

    def quote(self) -> Iterator[Shown]:
        """Show the best sentences word for word, under a lead-in; refuse where there are none.

        They come from one article, and from others that come close; the length says how many.
        """
        quoting = quotes_for(self.length)
        best = best_sentences(self.judge.reading, quoting)
        told = {s.item.article.id for s in best}
        chosen = [*best, *close_elsewhere(self.judge.reading, told, quoting)]
        quotes = [(clean_sentence(sentence.text)[0], sentence.item) for sentence in chosen]
        if not any(text for text, _ in quotes):
            yield from self.refuse()
            return
        yield self._show(QUOTE_LEAD_IN, (), Origin.FRAME)
        for text, item in quotes:
            if text:
                yield self._show(text, [item], Origin.QUOTED)

    @property
    def has_facts(self) -> bool:
        """Whether anything but set phrases has been shown."""
        return any(not s.frame for s in self.sentences)

    def _take(self, raw: str) -> Shown | None:
        text, cited = clean_sentence(raw)
        if not text:
            return None
        if _says_the_same(text, self.refusal):
            self.gave_up = True
            self._drop(text, "the model refused")
            return None
        if any(_says_the_same(text, shown.text) for shown in self.sentences):
            self.gave_up = True
            self._drop(text, "repeats itself")
            return None
        if text[-1] not in ".!\"'\u201d)`":
            ends = {":": "leads to nothing", "?": "asks instead of answering"}
            self._drop(text, ends.get(text[-1], "cut off"))
            return None
        home, support = self.judge.find_support(text, cited)
        if home is not None and support.verbatim:
            text = clean_sentence(whole_sentence(text, home.passage.text))[0]
            if any(_says_the_same(text, shown.text) for shown in self.sentences):
                self._drop(text, "already quoted")
                return None
        if home is None or (reason := self.judge.find_objection(text, home, support)):
            self._drop(text, support.reason if home is None else reason)
            return None
        if len(self.sentences) >= _MAX_SENTENCES:
            self.gave_up = True
            self._drop(text, "long enough")
            return None
        self._failed_in_a_row = 0
        origin = Origin.QUOTED if support.verbatim else Origin.GENERATED
        return self._show(text, [home], origin)

    def _drop(self, text: str, reason: str) -> None:
        repeats = any(dropped.text == text for dropped in self.dropped)
        self.dropped.append(DroppedSentence(text, reason))
        self._failed_in_a_row += 1
        self.gave_up = self.gave_up or repeats or self._failed_in_a_row >= _FAILED_IN_A_ROW

    def _show(self, text: str, items: Sequence[Found], origin: Origin) -> Shown:
        before = len(self.citations)
        numbers = tuple(self._number(item) for item in items)
        sentence = Sentence(text, numbers, supported=True, origin=origin)
        self.sentences.append(sentence)
        return Shown(sentence, tuple(self.citations[before:]))

    def _number(self, item: Found) -> int:
        for citation in self.citations:
            if citation.passage.id == item.passage.id:
                return citation.n
        number = len(self.citations) + 1
        self.citations.append(Citation(number, item.article, item.passage, item.passage.anchor))
        return number


def _says_the_same(text: str, other: str) -> bool:
    first, second = set(content_stems(text)), set(content_stems(other))
    if not first or not second:
        return text.strip().lower() == other.strip().lower()
    return len(first & second) / len(first | second) >= _SAME
