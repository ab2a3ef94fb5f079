"""Passages for a question: dense and lexical scores in one calibrated convex sum.

Pure over an open Generation and an encoded question; what the prompt shows is chosen here too.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from assistant.generation import Generation
from assistant.named import find_named
from assistant.records import Found
from assistant.seams import Encoder, Floats
from assistant.settings import RetrievalSettings

_RETURNED_ARTICLES = 10  # what an answers line lists, whatever the prompt holds
_DEEPEST = 200  # passages looked at while naming that many articles
# Added to what a question names by title or quotation: more than any passage scores otherwise.
_NAMED = 1.0
# An update goes before the article that it replaces where it matches at least so much as well;
# where it does not speak of the matter, the older article is all there is.
_MATCHES_TOO = 0.6
_BEHIND = 0.85  # of the update's best score: what the replaced article keeps at most
# Between passages that match as well the newer one goes first; far below what a match differs by.
_NEWEST_BONUS = 0.005


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
    named = find_named(generation, question)
    also = np.union1d(_top_rows(lexical, _DEEPEST), named)
    dense = generation.dense_scores(vector, also=also)
    fused = fuse(dense, lexical, generation.fits.dense_weight)
    fused[named] += _NAMED
    return Scores(dense, lexical, fused)


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
    rerank: Callable[[Sequence[Found]], Sequence[Found]] = list,
) -> list[Found]:
    """Return passages best first until k different articles are named.

    `without` names passage rows to act as if they were not there (fits and pairs take out gold);
    `rerank` puts the matches in another order. What a question names by title stays first.
    """
    found: list[Found] = []
    seen: set[str] = set()
    for row in _best_rows(scores.fused, without):
        article = generation.article(int(generation.passage_article[row]))
        found.append(
            Found(
                passage=generation.passage(int(row)),
                article=article,
                score=float(scores.fused[row]),
                dense=float(scores.dense[row]),
                lexical=float(scores.lexical[row]),
            )
        )
        seen.add(article.id)
        if len(seen) >= k:
            break
    named = [item for item in found if item.score >= _NAMED]
    ranked = [*named, *rerank(found[len(named) :])]
    return sorted(_prefer_newer(ranked, generation), key=lambda item: -item.score)


def _prefer_newer(found: Sequence[Found], generation: Generation) -> list[Found]:
    """Lower what has been replaced to below its update, and raise the newer of equals."""
    dates = sorted({item.article.date for item in found if item.article.date})
    bonus = {date: _NEWEST_BONUS * place / len(dates) for place, date in enumerate(dates, 1)}
    best: dict[str, float] = {}
    for item in found:
        best[item.article.id] = max(best.get(item.article.id, 0.0), item.score)
    result = []
    for item in found:
        score = item.score + bonus.get(item.article.date, 0.0)
        newer = generation.shelf.successor(item.article) if item.article.superseded_by else None
        rival = best.get(newer.id, 0.0) if newer else 0.0
        if item.score < _NAMED and rival >= _MATCHES_TOO * item.score:
            score = min(score, _BEHIND * rival)
        result.append(replace(item, score=score))
    return result


def outdated(found: Sequence[Found], generation: Generation) -> set[str]:
    """Return the articles that stand behind their update; nothing is quoted from those."""
    place: dict[str, int] = {}
    for number, item in enumerate(found):
        place.setdefault(item.article.id, number)
    replaced = {item.article.id: item.article for item in found if item.article.superseded_by}
    return {
        name
        for name, article in replaced.items()
        if (newer := generation.shelf.successor(article))
        and place.get(newer.id, len(found)) < place[name]
    }


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
