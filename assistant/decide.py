"""Answerable or not: a small calibrated model over features that read the passages.

A logistic model, fitted at ingest on the archive's own questions with their article and with
single passages taken out, shrunk towards a prior shipped with the code. Pure; the features take
what retrieval already computed and one encoding of the best passages' sentences.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.errors import IndexMismatch
from assistant.reading import Reading, label_of
from assistant.records import Found
from assistant.seams import Floats
from assistant.text import names, numbers

FEATURES = (
    "dense_best",
    "lexical_best",
    "dense_margin",
    "lexical_margin",
    "coverage_passage",
    "coverage_sentence",
    "coverage_top",
    "sentence_best",
    "rarest_missing",
    "missing_exact",
    "foreign",
    "agree",
)
Matrix = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class DecisionModel:
    """Logistic weights over standardised features, and the score from which an answer is tried."""

    weights: tuple[float, ...]
    bias: float
    means: tuple[float, ...]
    scales: tuple[float, ...]
    cutoffs: dict[str, float]  # by retrieval.caution

    def score(self, features: Floats | Matrix) -> float:
        """Return the probability (0..1) that the passages answer the question."""
        z = (features.astype(np.float64) - np.array(self.means)) / np.array(self.scales)
        return float(1.0 / (1.0 + np.exp(-(z @ np.array(self.weights) + self.bias))))

    def to_json(self) -> dict[str, Any]:
        """Return what `from_json` reads."""
        return {
            "features": list(FEATURES),
            "weights": list(self.weights),
            "bias": self.bias,
            "means": list(self.means),
            "scales": list(self.scales),
            "cutoffs": self.cutoffs,
        }

    @classmethod
    def from_json(cls, raw: dict[str, Any]) -> DecisionModel:
        """Read a model; IndexMismatch when it was fitted on other features."""
        if tuple(raw["features"]) != FEATURES:
            raise IndexMismatch(
                "the decision was fitted on other features than these; run `masthead ingest --full`"
            )
        return cls(
            tuple(raw["weights"]),
            raw["bias"],
            tuple(raw["means"]),
            tuple(raw["scales"]),
            dict(raw["cutoffs"]),
        )


def load_prior() -> tuple[DecisionModel, float]:
    """Return the shipped decision model and the shipped share of the dense score in fusion."""
    text = resources.files("assistant").joinpath("prior.json").read_text(encoding="utf-8")
    raw = json.loads(text)
    return DecisionModel.from_json(raw["decision"]), float(raw["dense_weight"])


def read_features(question: str, found: Sequence[Found], reading: Reading) -> Floats:
    """Return (len(FEATURES),) float32 for one question; `found` is best first."""
    if not found:
        return np.zeros(len(FEATURES), dtype=np.float32)
    dense = sorted((item.dense for item in found), reverse=True)
    lexical = sorted((item.lexical for item in found), reverse=True)
    everything = frozenset().union(*reading.passage_stems)
    sentences = reading.sentences
    values = (
        dense[0],
        lexical[0],
        dense[0] - float(np.mean(dense[1:6])) if len(dense) > 1 else 0.0,
        lexical[0] - float(np.mean(lexical[1:6])) if len(lexical) > 1 else 0.0,
        max(reading.coverage(have) for have in reading.passage_stems),
        max((sentence.coverage for sentence in sentences), default=0.0),
        reading.coverage(everything),
        max((sentence.similarity for sentence in sentences), default=0.0),
        reading.rarest_missing(everything),
        _share_missing(question, reading.items),
        reading.foreign,
        float(found[0].dense == dense[0] and found[0].lexical == lexical[0]),
    )
    return np.asarray(values, dtype=np.float32)


def fit_decision(
    features: Matrix,
    answerable: NDArray[np.bool_],
    prior: DecisionModel | None,
    *,
    strength: float,
) -> DecisionModel:
    """Fit a logistic model by Newton steps, its weights shrunk towards the prior's.

    features (n, len(FEATURES)); both classes weigh the same. `strength` is the number of
    questions that the prior is worth. Without a prior, weights shrink towards zero.
    """
    means = np.array(prior.means) if prior else features.mean(axis=0)
    scales = np.array(prior.scales) if prior else features.std(axis=0) + 1e-6
    x = np.hstack([(features - means) / scales, np.ones((len(features), 1))])
    start = (
        np.array([*prior.weights, prior.bias], dtype=np.float64) if prior else np.zeros(x.shape[1])
    )
    y = answerable.astype(np.float64)
    balance = np.where(y > 0, 0.5 / max(y.mean(), 1e-9), 0.5 / max(1 - y.mean(), 1e-9))
    weights = start.copy()
    for _ in range(50):
        p = 1.0 / (1.0 + np.exp(-(x @ weights)))
        gradient = x.T @ (balance * (p - y)) + strength * (weights - start)
        curvature = (x * (balance * p * (1 - p))[:, None]).T @ x + strength * np.eye(x.shape[1])
        step = np.linalg.solve(curvature, gradient)
        weights -= step
        if float(np.abs(step).max()) < 1e-8:
            break
    scores = 1.0 / (1.0 + np.exp(-(x @ weights)))
    return DecisionModel(
        tuple(map(float, weights[:-1])),
        float(weights[-1]),
        tuple(map(float, means)),
        tuple(map(float, scales)),
        choose_cutoffs(scores, answerable),
    )


def choose_cutoffs(scores: Matrix, answerable: NDArray[np.bool_]) -> dict[str, float]:
    """Return the score to answer from, by caution.

    balanced: the middle of where the weighted mean of both rates is within a hundredth of its
    best; refusing what was written counts twice, since what is shown is supported either way.
    rather refuse: at most 5 % of unanswerable questions answered; rather answer: at most 5 % of
    answerable ones refused.
    """
    grid = np.unique(np.concatenate([scores, [0.5]]))
    refused_right = np.array([np.mean(scores[~answerable] < cut) for cut in grid])
    answered_right = np.array([np.mean(scores[answerable] >= cut) for cut in grid])
    mean = (refused_right + 2 * answered_right) / 3
    good = grid[mean >= mean.max() - 0.01]
    middle = float(good.min() + good.max()) / 2
    strict = grid[refused_right >= 0.95]
    loose = grid[answered_right >= 0.95]
    return {
        "balanced": middle,
        "rather refuse": float(max(middle, strict.min() if len(strict) else grid.max())),
        "rather answer": float(min(middle, loose.max() if len(loose) else grid.min())),
    }


def _share_missing(question: str, read: Sequence[Found]) -> float:
    """Return the share of the question's numbers and names that no read passage holds."""
    text = " ".join(f"{label_of(item)} {item.passage.text}" for item in read)
    have = {name.lower() for name in names(text)} | set(numbers(text)) | set(text.lower().split())
    asked = [name.lower() for name in names(question)] + numbers(question)
    return sum(item not in have for item in asked) / len(asked) if asked else 0.0
