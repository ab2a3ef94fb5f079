"""Fit fusion and decision on the generation's own questions, shrunk towards the shipped prior.

Each question is asked three times: as things are, with its article taken out, with its passage and
the ones beside it taken out. A question made from a heading has that heading masked in its passage,
or the fit would learn to match headings.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from assistant.decide import (
    FEATURES,
    DecisionModel,
    Matrix,
    fit_decision,
    load_prior,
    read_features,
)
from assistant.generation import Fits, Generation
from assistant.progress import Report
from assistant.reading import read_closely, texts_to_read
from assistant.retrieve import fuse
from assistant.seams import Encoder
from assistant.text import content_stems
from ingest.embed import MemoEncoder
from ingest.own_search import AskedQuestion, ask_questions, find_answers, sample_questions

_PRIOR_STRENGTH = 200.0  # the prior weighs as much as this many questions
_FUSION_STRENGTH = 40.0
_GRID = np.round(np.arange(0.2, 0.91, 0.05), 2)
_DEPTH = 10  # articles looked at
_FOLDS = 5  # the error rates are of questions that their fit did not see


@dataclass(frozen=True, slots=True)
class Cases:
    """Questions asked as things are and with something taken out, a row each.

    `features` (n, len(FEATURES)); `kinds` (n,) says what was taken out: "", "article", "passage";
    `questions` (n,) numbers the question.
    """

    features: Matrix
    kinds: NDArray[np.str_]
    questions: NDArray[np.int64]

    @property
    def answerable(self) -> NDArray[np.bool_]:
        """Whether nothing was taken out, (n,)."""
        return np.asarray(self.kinds == "", dtype=bool)


def fit_generation(
    generation: Generation,
    encoder: Encoder,
    on_progress: Report,
    prior: tuple[DecisionModel, float] | None = None,
) -> Fits:
    """Return the fits of a generation that has none yet; with no questions, the prior itself.

    `prior` is the shipped one unless another is given.
    """
    model, prior_weight = prior or load_prior()
    memo = MemoEncoder(encoder)
    questions = sample_questions(generation.questions())
    asked = ask_questions(generation, questions, memo)
    dense_weight = _fit_fusion(asked, prior_weight)
    cases = read_cases(generation, asked, dense_weight, memo, on_progress)
    truth = cases.answerable
    if not truth.any() or truth.all():
        return Fits(dense_weight, model, {"questions": len(asked), "fitted": False})
    # The questions are our own and easier than readers'; the cutoffs stay those of the prior,
    # which were measured on questions that people wrote.
    decision = replace(_fit(cases, np.ones_like(truth), model), cutoffs=model.cutoffs)
    return Fits(dense_weight, decision, _report(cases, model, len(asked)))


def read_cases(
    generation: Generation,
    asked: Sequence[AskedQuestion],
    dense_weight: float,
    encoder: MemoEncoder,
    on_progress: Report,
) -> Cases:
    """Read the passages of every question: all there, its article gone, its passage gone."""
    cases = [
        (number, without, find_answers(generation, one, dense_weight, _DEPTH, without), kind)
        for number, one in enumerate(asked)
        for without, kind in _removals(one)
    ]
    encoder.encode_ahead(
        (text for _, _, found, _ in cases for text in texts_to_read(found)), on_progress
    )
    rows = np.zeros((len(cases), len(FEATURES)))
    for row, (number, without, found, _) in enumerate(cases):
        words = asked[number].words
        weights = generation.lexical.weigh(content_stems(words), without)
        reading = read_closely(asked[number].vector, found, weights, encoder)
        rows[row] = read_features(words, found, reading)
    kinds = np.array([kind for *_, kind in cases], dtype=str)
    return Cases(rows, kinds, np.array([number for number, *_ in cases], dtype=np.int64))


def _removals(one: AskedQuestion) -> Iterator[tuple[Collection[int], str]]:
    yield (), ""
    yield one.siblings, "article"
    beside = {one.gold - 1, one.gold, one.gold + 1} & one.siblings
    if len(beside) < len(one.siblings):
        yield beside, "passage"


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


def _fit(cases: Cases, use: NDArray[np.bool_], prior: DecisionModel) -> DecisionModel:
    """Fit on the rows in `use`, (n,) bool; with none there is the prior."""
    if not use.any():
        return prior
    return fit_decision(cases.features[use], cases.answerable[use], prior, strength=_PRIOR_STRENGTH)


def _report(cases: Cases, prior: DecisionModel, n_questions: int) -> dict[str, object]:
    """Return both error rates at each cutoff, every question scored by a fit that left it out."""
    scores = np.zeros(len(cases.kinds))
    for fold in range(_FOLDS):
        held_out = cases.questions % _FOLDS == fold
        decision = _fit(cases, ~held_out, prior)
        scores[held_out] = [decision.score(row) for row in cases.features[held_out]]
    truth = cases.answerable
    rates = {}
    for name, cutoff in prior.cutoffs.items():
        rates[name] = {
            "answered_though_taken_out": round(float(np.mean(scores[~truth] >= cutoff)), 3),
            "refused_though_there": round(float(np.mean(scores[truth] < cutoff)), 3),
        }
    return {"questions": n_questions, "fitted": True, "own_questions": rates}
