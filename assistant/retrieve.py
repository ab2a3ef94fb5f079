"""Passages for a question: dense and lexical scores in one calibrated convex sum.

Pure over an open Generation and an encoded question; what the prompt shows is chosen here too.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assistant.generation import Generation
from assistant.records import Found
from assistant.seams import Encoder, Floats
from assistant.settings import RetrievalSettings

_RETURNED_ARTICLES = 10  # what an answers line lists, whatever the prompt holds
_DEEPEST = 200  # passages looked at while naming that many articles
# A superseded article gives way to its update when both match about as well.
_SUPERSEDED_FACTOR = 0.85


@dataclass(frozen=True, slots=True)
class Scores:
    """Every passage's scores for one question, each (n_passages,) float32."""

    dense: Floats
    lexical: Floats
    fused: Floats


class HybridRetriever:
    """The Retriever seam over one generation."""

    def __init__(self, generation: Generation, encoder: Encoder) -> None:
        self._generation = generation
        self._encoder = encoder

    def search(self, question: str, k: int = _RETURNED_ARTICLES) -> list[Found]:
        """Return passages best first until k different articles are named."""
        return find_passages(self._generation, self.score(question), k)

    def score(self, question: str) -> Scores:
        """Score every passage for a question."""
        return score_passages(self._generation, question, self._encoder.encode([question])[0])


def score_passages(generation: Generation, question: str, vector: Floats) -> Scores:
    """Score every passage for a question whose (dim,) vector is at hand."""
    lexical = generation.lexical.scores(question)
    dense = generation.dense_scores(vector, also=_top_rows(lexical, _DEEPEST))
    return Scores(dense, lexical, fuse(dense, lexical, generation.fits.dense_weight))


def fuse(dense: Floats, lexical: Floats, dense_weight: float) -> Floats:
    """Return the convex sum; both parts lie in about 0..1 without looking at other passages."""
    total = dense_weight * np.maximum(dense, 0.0) + (1.0 - dense_weight) * lexical
    return np.asarray(total, dtype=np.float32)


def find_passages(
    generation: Generation,
    scores: Scores,
    k: int,
    *,
    without: Collection[int] = (),
) -> list[Found]:
    """Return passages best first until k different articles are named.

    `without` names passage rows to act as if they were not there (fits and pairs take out gold).
    """
    found: list[Found] = []
    seen: set[str] = set()
    for row in _best_rows(scores.fused, without):
        article = generation.article(int(generation.passage_article[row]))
        found.append(
            Found(
                passage=generation.passage(int(row)),
                article=article,
                score=float(scores.fused[row])
                * (_SUPERSEDED_FACTOR if article.superseded_by else 1),
                dense=float(scores.dense[row]),
                lexical=float(scores.lexical[row]),
            )
        )
        seen.add(article.id)
        if len(seen) >= k:
            break
    return sorted(found, key=lambda item: -item.score)


def choose_for_prompt(found: Sequence[Found], settings: RetrievalSettings) -> list[Found]:
    """Return the passages that the prompt shows, in its canonical order.

    At most `per_article` of one article; ordered by article date, then as they stand in it, so
    that follow-ups on the same passages repeat the prompt's prefix.
    """
    chosen: list[Found] = []
    counts: dict[str, int] = {}
    for item in found:
        if len(chosen) == settings.passages:
            break
        if counts.get(item.article.id, 0) < settings.per_article:
            counts[item.article.id] = counts.get(item.article.id, 0) + 1
            chosen.append(item)
    return sorted(chosen, key=_canonical_key)


def _canonical_key(item: Found) -> tuple[str, str, int]:
    start = item.article.body.find(item.passage.text[:40])
    return item.article.date, item.article.id, start


def _best_rows(fused: Floats, without: Collection[int]) -> NDArray[np.int64]:
    usable = fused.copy()
    usable[list(without)] = -np.inf
    rows = _top_rows(usable, _DEEPEST)
    return rows[np.isfinite(usable[rows])]


def _top_rows(values: Floats, depth: int) -> NDArray[np.int64]:
    depth = min(depth, len(values))
    if not depth:
        return np.zeros(0, dtype=np.int64)
    rows = np.argpartition(-values, depth - 1)[:depth]
    return np.asarray(rows[np.argsort(-values[rows], kind="stable")], dtype=np.int64)
