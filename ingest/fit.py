"""Fit fusion and decision on the generation's own questions, shrunk towards the shipped prior.

Each question is asked three times: as things are, with its article taken out, with its passage and
the ones beside it taken out. A question made from a heading has that heading masked in its passage,
or the fit would learn to match headings.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from assistant.decide import DecisionModel, fit_decision, load_prior, read_features
from assistant.generation import Fits, Generation
from assistant.progress import Report
from assistant.reading import read_closely, texts_to_read
from assistant.retrieve import fuse
from assistant.seams import Encoder, Floats
from assistant.text import content_stems
from ingest.embed import MemoEncoder
from ingest.own_search import AskedQuestion, ask_questions, find_answers, sample_questions

_PRIOR_STRENGTH = 200.0  # the prior weighs as much as this many questions
_FUSION_STRENGTH = 40.0
_GRID = np.round(np.arange(0.2, 0.91, 0.05), 2)
_DEPTH = 10  # articles looked at


def fit_generation(generation: Generation, encoder: Encoder, on_progress: Report) -> Fits:
    """Return the fits of a generation that has none yet; with no questions, the prior itself."""
    prior, prior_weight = load_prior()
    memo = MemoEncoder(encoder)
    questions = sample_questions(generation.questions())
    asked = ask_questions(generation, questions, memo)
    dense_weight = _fit_fusion(asked, prior_weight)
    cases = [
        (one, without, find_answers(generation, one, dense_weight, _DEPTH, without), answerable)
        for one in asked
        for without, answerable in _removals(generation, one)
    ]
    memo.encode_ahead(
        (text for *_, found, _ in cases for text in texts_to_read(found)), on_progress
    )
    rows: list[Floats] = []
    labels: list[bool] = []
    for one, without, found, answerable in cases:
        weights = generation.lexical.weigh(content_stems(one.words), without)
        reading = read_closely(one.vector, found, weights, memo)
        rows.append(read_features(one.words, found, reading))
        labels.append(answerable)
    truth = np.asarray(labels, dtype=bool)
    if not truth.any() or truth.all():
        return Fits(dense_weight, prior, {"questions": len(asked), "fitted": False})
    decision = fit_decision(
        np.stack(rows).astype(np.float64), truth, prior, strength=_PRIOR_STRENGTH
    )
    # The questions are our own and easier than readers'; the cutoffs stay those of the prior,
    # which were measured on questions that people wrote.
    decision = replace(decision, cutoffs=prior.cutoffs)
    return Fits(dense_weight, decision, _report(decision, rows, truth, len(asked)))


def _removals(generation: Generation, one: AskedQuestion) -> Iterator[tuple[Collection[int], bool]]:
    yield (), True
    yield one.siblings, False
    beside = {one.gold - 1, one.gold, one.gold + 1} & one.siblings
    if len(beside) < len(one.siblings):
        yield beside, False


def _fit_fusion(asked: Sequence[AskedQuestion], prior_weight: float) -> float:
    """Return the dense share with the best mean reciprocal rank, shrunk towards the prior."""
    if not asked:
        return prior_weight
    means = []
    for weight in _GRID:
        ranks = []
        for one in asked:
            fused = fuse(one.dense, one.lexical, float(weight))
            ranks.append(1.0 / (1 + int(np.sum(fused > fused[one.gold]))))
        means.append(float(np.mean(ranks)))
    best = float(_GRID[int(np.argmax(means))])
    n = len(asked)
    return round((n * best + _FUSION_STRENGTH * prior_weight) / (n + _FUSION_STRENGTH), 3)


def _report(
    decision: DecisionModel, rows: Sequence[Floats], truth: NDArray[np.bool_], n_questions: int
) -> dict[str, object]:
    scores = np.array([decision.score(row) for row in rows])
    rates = {}
    for name, cutoff in decision.cutoffs.items():
        rates[name] = {
            "answered_though_taken_out": round(float(np.mean(scores[~truth] >= cutoff)), 3),
            "refused_though_there": round(float(np.mean(scores[truth] < cutoff)), 3),
        }
    return {"questions": n_questions, "fitted": True, "own_questions": rates}
