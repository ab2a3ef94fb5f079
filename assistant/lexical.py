"""BM25 over passages, scored as a share of what the question could score at most.

bm25s does the scoring; Snowball stems from assistant.text on both sides. Lucene's variant with
k1 0.9 and b 0.4: 41.1 against 39.6-39.9 mean nDCG@10 for 1.2/0.75 (bm25-benchmarks); of seven
pairs of values none is better on all of three sets (benchmarks/bm25.py).
"""

from __future__ import annotations

import json
import logging
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from assistant.seams import Floats
from assistant.text import content_stems

if TYPE_CHECKING:
    import bm25s

K1, B = 0.9, 0.4
_STATS = "stats.json"


@dataclass(frozen=True, slots=True)
class Weight:
    """A stem's idf, and whether any passage holds it."""

    idf: float
    is_known: bool


class LexicalIndex:
    """An open BM25 index of passages in their row order."""

    def __init__(self, index: bm25s.BM25, n_passages: int, mean_length: float) -> None:
        self._index = index
        self._mean_length = mean_length
        self._vocabulary: dict[str, int] = index.vocab_dict
        self._n = n_passages
        # bm25s keeps its matrix by term: a column's rows are the passages that hold the term.
        self._starts = np.asarray(index.scores["indptr"])
        self._rows = np.asarray(index.scores["indices"])

    @classmethod
    def build(cls, texts: Sequence[str], *, k1: float = K1, b: float = B) -> LexicalIndex:
        """Index texts, one a passage, in order."""
        import bm25s

        logging.getLogger("bm25s").setLevel(logging.WARNING)  # DEBUG since its import
        tokens = [content_stems(text) for text in texts]
        index = bm25s.BM25(method="lucene", k1=k1, b=b)
        index.index(tokens, show_progress=False)
        mean_length = sum(map(len, tokens)) / len(tokens) if tokens else 1.0
        return cls(index, len(texts), mean_length)

    @classmethod
    def open(cls, folder: Path, n_passages: int) -> LexicalIndex:
        """Open what `save` wrote."""
        import bm25s

        stats = json.loads((folder / _STATS).read_text(encoding="utf-8"))
        index = bm25s.BM25.load(folder, load_corpus=False)
        return cls(index, n_passages, float(stats["mean_length"]))

    def save(self, folder: Path) -> None:
        """Write the index into a folder."""
        self._index.save(folder, show_progress=False)
        stats = json.dumps({"mean_length": self._mean_length})
        (folder / _STATS).write_text(stats, encoding="utf-8")

    def idf(self, stem: str) -> float:
        """Return Lucene's idf of a stem; a stem that no passage has gets the highest."""
        return self._idf(len(self.holders(stem)))

    def holders(self, stem: str) -> NDArray[np.integer[Any]]:
        """Return the rows of the passages that hold a stem."""
        term = self._vocabulary.get(stem)
        if term is None:
            return self._rows[:0]
        return self._rows[self._starts[term] : self._starts[term + 1]]

    def weigh(self, stems: Iterable[str], without: Collection[int] = ()) -> dict[str, Weight]:
        """Return each stem's weight in the archive, as if the rows of `without` were not there."""
        gone = np.fromiter(without, dtype=np.int64)
        weights = {}
        for stem in stems:
            held = self.holders(stem)
            count = len(held) - int(np.isin(held, gone).sum())
            weights[stem] = Weight(self._idf(count), count > 0)
        return weights

    def _idf(self, count: int) -> float:
        return float(np.log1p((self._n - count + 0.5) / (count + 0.5)))

    def scores(self, question: str) -> Floats:
        """Return (n_passages,) float32 in 0..1: BM25 over the sum of the question's idf."""
        stems = list(dict.fromkeys(content_stems(question)))
        most = sum(self.idf(stem) for stem in stems)
        known = [stem for stem in stems if stem in self._vocabulary]
        if not known or most <= 0:
            return np.zeros(self._n, dtype=np.float32)
        raw = self._index.get_scores(known)
        return np.asarray(raw / most, dtype=np.float32)

    def score_text(self, question: str, text: str) -> float:
        """Return what a text that is not in the index would score (0..1) if it were."""
        stems = list(dict.fromkeys(content_stems(question)))
        most = sum(self.idf(stem) for stem in stems)
        counts = Counter(content_stems(text))
        length = K1 * (1 - B + B * sum(counts.values()) / self._mean_length)
        total = sum(self.idf(s) * counts[s] / (counts[s] + length) for s in stems if counts[s])
        return total / most if most > 0 else 0.0
