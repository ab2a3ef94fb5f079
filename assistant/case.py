"""What is made of one question before anything is written: found, read closely, decided.

Everything here reads the generation alone; no model writes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial

from assistant.courtesy import find_courtesy
from assistant.decide import read_features
from assistant.generation import Generation
from assistant.listing import Listing, find_listing
from assistant.pair_scorer import NO_SECOND_READERS, SecondReaders
from assistant.parts import Look, Partial, find_partial
from assistant.reading import Reading, leave_out, read_closely
from assistant.records import Found
from assistant.retrieve import find_passages, outdated, score_passages
from assistant.seams import Encoder, Floats
from assistant.settings import Settings
from assistant.text import content_stems

_ARTICLES_LISTED = 10  # named in `retrieved`, whatever the prompt shows


@dataclass(frozen=True, slots=True)
class Case:
    """A question with what was found for it and the kind of answer it gets.

    `asked` is what the model hears, `score` (0..1) how surely the archive answers. At most one of
    `courtesy` and `listing` is set, and then nothing is generated.
    """

    asked: str
    standalone: str
    found: Sequence[Found]
    reading: Reading
    score: float
    refused: bool
    courtesy: str | None
    listing: Listing | None
    partial: Partial | None


@dataclass(frozen=True, slots=True)
class Archive:
    """One generation with what reads it."""

    generation: Generation
    encoder: Encoder
    settings: Settings
    readers: SecondReaders = NO_SECOND_READERS

    def search(self, question: str) -> tuple[Floats, list[Found]]:
        """Return the question's (dim,) vector and the passages found, best first."""
        vector = self.encoder.encode([question])[0]
        scores = score_passages(self.generation, question, vector)
        rerank = partial(self.readers.rerank, question)
        return vector, find_passages(self.generation, scores, _ARTICLES_LISTED, rerank=rerank)

    def decide(
        self, question: str, standalone: str, vector: Floats, found: Sequence[Found], today: date
    ) -> Case:
        """Read the best passages closely and decide how the question is answered."""
        reading, score = self._read(standalone, vector, found)
        asked = question
        if missed := find_partial(standalone, reading, self._look):
            asked = standalone = missed.covered
            vector, found = self.search(standalone)
            reading, score = self._read(standalone, vector, found)
        refused = not found or score < self._cutoffs[self.settings.retrieval.caution]
        courtesy = find_courtesy(question, self.settings.brand)
        listing = None if courtesy else find_listing(standalone, self.generation, today)
        if listing and listing.is_empty and listing.may_answer and not refused:
            listing = None
        if courtesy or listing:
            refused = bool(listing and listing.is_empty)
        reading = leave_out(reading, outdated(found, self.generation))
        return Case(asked, standalone, found, reading, score, refused, courtesy, listing, missed)

    @property
    def _cutoffs(self) -> dict[str, float]:
        return self.generation.fits.decision.cutoffs

    def _read(self, question: str, vector: Floats, found: Sequence[Found]) -> tuple[Reading, float]:
        """Read the best passages closely; return that and the score (0..1) of the decision."""
        weights = self.generation.lexical.weigh(content_stems(question))
        reading = read_closely(vector, found, weights, self.encoder)
        decision = self.generation.fits.decision
        return reading, decision.score(read_features(question, found, reading))

    def _look(self, question: str) -> Look:
        vector, found = self.search(question)
        reading, score = self._read(question, vector, found)
        is_there = score >= self._cutoffs[self.settings.retrieval.caution]
        return Look(reading, is_there, score >= self._cutoffs["rather refuse"])
