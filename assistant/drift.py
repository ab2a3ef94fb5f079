"""Whether newer articles are written differently: function words and sentence lengths. Pure.

The words that carry no subject are the plainest mark of a voice (Burrows' Delta, 2002).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from assistant.records import Article
from assistant.text import STOPWORDS, prose_sentences, words

_MARKS = 40  # function words, the commonest of the archive's own
_DRAWS = 400
_FEWEST = 4  # articles on either side; fewer say nothing
_SURE = 0.95  # of random groups of as many older articles that lie nearer


@dataclass(frozen=True, slots=True)
class Drift:
    """`share` of random older groups that lie nearer to the older voice than the newer articles."""

    n_newer: int
    share: float

    @property
    def has_moved(self) -> bool:
        """Whether chance hardly explains it."""
        return self.share >= _SURE


def find_drift(older: Sequence[Article], newer: Sequence[Article], seed: int = 7) -> Drift | None:
    """Return how far newer articles lie from the older ones' voice; None for too few."""
    if len(newer) < _FEWEST or len(older) < len(newer) + _FEWEST:
        return None
    counted = [_count(article) for article in (*older, *newer)]
    total: Counter[str] = sum((counts for counts, _ in counted), Counter())
    marks = [word for word, _ in total.most_common(_MARKS)]
    rows = np.array([_measure(counts, length, marks) for counts, length in counted])
    rows = (rows - rows.mean(axis=0)) / (rows.std(axis=0) + 1e-9)
    old, new = rows[: len(older)], rows[len(older) :]
    distance = np.abs(new.mean(axis=0) - old.mean(axis=0)).mean()
    draw = np.random.default_rng(seed)
    nearer = 0
    for _ in range(_DRAWS):
        order = draw.permutation(len(old))
        inside, rest = old[order[: len(new)]], old[order[len(new) :]]
        nearer += bool(np.abs(inside.mean(axis=0) - rest.mean(axis=0)).mean() < distance)
    return Drift(len(newer), nearer / _DRAWS)


def _count(article: Article) -> tuple[Counter[str], float]:
    sentences = prose_sentences(article.body)
    said = [word for sentence in sentences for word in words(sentence)]
    counts = Counter(word for word in map(str.lower, said) if word in STOPWORDS)
    return counts, len(said) / max(1, len(sentences))


def _measure(counts: Counter[str], length: float, marks: Sequence[str]) -> list[float]:
    total = max(1, counts.total())
    return [length, *(counts[word] / total for word in marks)]
