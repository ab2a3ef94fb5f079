"""The best passages read closely for one question: each sentence with how near it is.

Read once an answer; the decision takes its features from it and the quoted fallback its sentences.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from assistant.lexical import Weight
from assistant.records import Found
from assistant.seams import Encoder, Floats
from assistant.text import content_stems, prose_sentences

_PASSAGES = 3  # read closely, whatever the prompt shows
_SENTENCES = 40  # encoded at most


@dataclass(frozen=True, slots=True)
class ReadSentence:
    """A sentence of a passage.

    `similarity` is cosine with the question (-1..1), `coverage` the idf-weighted share of the
    question's content words in it (0..1).
    """

    item: Found
    position: int
    text: str
    similarity: float
    coverage: float

    @property
    def value(self) -> float:
        """How likely this sentence holds the answer, for ranking within one question.

        On 298 questions of xquad-en the best sentence so chosen holds the reference answer for
        0.815, with its neighbours (62 words) for 0.919; without the passage's score 0.899.
        """
        return 0.5 * self.similarity + 0.5 * self.coverage + 0.6 * self.item.score


@dataclass(frozen=True, slots=True)
class Reading:
    """What close reading of the best passages gave."""

    items: tuple[Found, ...]
    sentences: tuple[ReadSentence, ...]
    passage_stems: tuple[frozenset[str], ...]
    weights: Mapping[str, Weight]  # of the question's content stems

    def coverage(self, stems: frozenset[str]) -> float:
        """Return the idf-weighted share of the question's content stems among `stems`."""
        total = sum(weight.idf for weight in self.weights.values())
        held = sum(weight.idf for stem, weight in self.weights.items() if stem in stems)
        return held / total if total else 0.0

    def rarest_missing(self, stems: frozenset[str]) -> float:
        """Return the highest idf of the question not among `stems`, as a share of its highest."""
        missing = [weight.idf for stem, weight in self.weights.items() if stem not in stems]
        highest = max((weight.idf for weight in self.weights.values()), default=0.0)
        return max(missing, default=0.0) / highest if highest else 0.0

    @property
    def foreign(self) -> float:
        """The idf-weighted share (0..1) of the question's words that stand nowhere in the archive.

        A compound is judged by its parts.
        """
        plain = [weight for stem, weight in self.weights.items() if "-" not in stem]
        total = sum(weight.idf for weight in plain)
        return sum(w.idf for w in plain if not w.is_known) / total if total else 0.0


def read_closely(
    vector: Floats,
    found: Sequence[Found],
    weights: Mapping[str, Weight],
    encoder: Encoder,
) -> Reading:
    """Read the best passages for a question whose (dim,) unit vector is at hand.

    `weights` has the question's content stems (`LexicalIndex.weigh`).
    """
    items = tuple(found[:_PASSAGES])
    places = _places(items)
    similarities = encoder.encode([text for _, _, text in places]) @ vector
    stems = tuple(
        frozenset(content_stems(f"{label_of(item)} {item.passage.text}")) for item in items
    )
    bare = Reading(items, (), stems, weights)
    sentences = tuple(
        ReadSentence(
            item, position, text, float(near), bare.coverage(frozenset(content_stems(text)))
        )
        for (item, position, text), near in zip(places, similarities, strict=True)
    )
    return Reading(items, sentences, stems, weights)


def leave_out(reading: Reading, articles: Collection[str]) -> Reading:
    """Return a reading without the sentences of some articles, while others have any."""
    kept = tuple(s for s in reading.sentences if s.item.article.id not in articles)
    return replace(reading, sentences=kept) if kept else reading


def texts_to_read(found: Sequence[Found]) -> list[str]:
    """Return the sentences that `read_closely` would encode, for one large batch ahead."""
    return [text for _, _, text in _places(found[:_PASSAGES])]


def _places(items: Sequence[Found]) -> list[tuple[Found, int, str]]:
    return [
        (item, position, text)
        for item in items
        for position, text in enumerate(prose_sentences(item.passage.text))
    ][:_SENTENCES]


def label_of(item: Found) -> str:
    """Return an item's title and headings as one line, the context its sentences stand in."""
    return " > ".join([item.article.title, *item.passage.headings])
