"""How well a stranger could tell a model's text from the publication's, by style alone.

Content words are masked, so that subjects do not count; a linear classifier reads what is left:
character n-grams over function words, marks and the mask, punctuation, sentence lengths.
Its area under the curve is measured on articles that it was not fitted on (0.5: it cannot tell).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.text import STOPWORDS, split_sentences, words

_LEAST_TEXTS = 8
_LEAST_ARTICLES = 4
_LEAST_WORDS = 15  # of both texts; a shorter one has no style to speak of
_FOLDS = 5
_RESAMPLES = 500
_WORD = re.compile(r"[^\W_]+(?:['\u2019-][^\W_]+)*")
_MARKS = ",;:()?!\u2014\u2013-\"'"
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Sample:
    """One prompt's text by a person, and by each voice, of the same article."""

    article: str
    human: str
    written: Mapping[str, str]


def measure_style(samples: Sequence[Sample], names: tuple[str, ...]) -> dict[str, Any] | None:
    """Return how each voice is told from the publication; None where there is too little to tell.

    `names` are base, the adapter in service and the candidate, of which some may be the same.
    "gap_closed" is (AUC of base - AUC) / (AUC of base - 0.5); "difference" the candidate's AUC
    less that of the one in service (below 0: nearer to the publication), with a 95 % interval by
    resampling articles. "noise_floor" is the AUC between halves of the publication's own articles.
    """
    cut = [found for sample in samples if (found := _cut_alike(sample, names))]
    articles = np.array([sample.article for sample in cut])
    if len(cut) < _LEAST_TEXTS or len(set(articles)) < _LEAST_ARTICLES:
        return None
    human = [sample.human for sample in cut]
    scores = {
        name: _score(human, [sample.written[name] for sample in cut], articles)
        for name in dict.fromkeys(names)
    }
    base, other, candidate = names
    auc = {name: _area(*found) for name, found in scores.items()}
    return {
        "texts": len(cut),
        "articles": len(set(articles)),
        "auc": {name: round(value, 3) for name, value in auc.items()},
        "noise_floor": round(_noise_floor(human, articles), 3),
        "gap_closed": {
            name: round((auc[base] - value) / (auc[base] - 0.5), 3) if auc[base] > 0.5 else None
            for name, value in auc.items()
            if name != base
        },
        "difference": _difference(scores[candidate], scores[other], articles),
    }


def mask_words(text: str) -> str:
    """Put x (X where it had a capital) for each word that is not a function word, 0 for a number.

    "The Plate holds 12 drawings." gives "The X x 0 x."
    """

    def mask(match: re.Match[str]) -> str:
        word = match.group()
        if word.lower() in STOPWORDS:
            return word
        if any(c.isdigit() for c in word):
            return "0"
        return "X" if word[0].isupper() else "x"

    return _WORD.sub(mask, text)


def _cut_alike(sample: Sample, names: Sequence[str]) -> Sample | None:
    """Cut all texts of a prompt to as many words as the shortest has, or give it up."""
    texts = {name: sample.written[name] for name in dict.fromkeys(names)}
    length = min(len(text.split()) for text in (sample.human, *texts.values()))
    if length < _LEAST_WORDS:
        return None
    return Sample(
        sample.article,
        _first_words(sample.human, length),
        {name: _first_words(text, length) for name, text in texts.items()},
    )


def _first_words(text: str, count: int) -> str:
    return " ".join(text.split()[:count])


def _score(
    first: Sequence[str], second: Sequence[str], articles: NDArray[np.str_]
) -> tuple[Floats, Floats]:
    """Return the out-of-fold scores of both kinds; higher means more like the second."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GroupKFold

    texts = [*first, *second]
    labels = np.repeat([0, 1], [len(first), len(second)])
    groups = np.concatenate([articles, articles])
    scores = np.zeros(len(texts))
    folds = GroupKFold(min(_FOLDS, len(set(groups))))
    for learn, judge in folds.split(texts, labels, groups):
        features = _Features([texts[n] for n in learn])
        model = LogisticRegression(max_iter=1000)
        model.fit(features.read([texts[n] for n in learn]), labels[learn])
        scores[judge] = model.decision_function(features.read([texts[n] for n in judge]))
    return scores[: len(first)], scores[len(first) :]


class _Features:
    """What the classifier sees of a text, scaled on the texts that it learns from."""

    def __init__(self, texts: Sequence[str]) -> None:
        from sklearn.feature_extraction.text import TfidfVectorizer

        self._ngrams = TfidfVectorizer(
            analyzer="char", ngram_range=(1, 4), min_df=2, sublinear_tf=True, lowercase=False
        ).fit([mask_words(text) for text in texts])
        counts = np.stack([_count(text) for text in texts])
        self._mean, self._spread = counts.mean(0), counts.std(0) + 1e-6

    def read(self, texts: Sequence[str]) -> Floats:
        ngrams = self._ngrams.transform([mask_words(text) for text in texts]).toarray()
        counts = (np.stack([_count(text) for text in texts]) - self._mean) / self._spread
        # The dozen counts together weigh about as much as the n-grams, whose rows have length 1.
        return np.hstack([ngrams, counts / len(counts[0]) ** 0.5])


def _count(text: str) -> Floats:
    lengths = [len(sentence.split()) for sentence in split_sentences(text)] or [0]
    spoken = words(text) or [""]
    function = sum(word.lower() in STOPWORDS for word in spoken) / len(spoken)
    marks = [text.count(mark) / len(spoken) for mark in _MARKS]
    return np.array([np.mean(lengths), np.std(lengths), function, *marks])


def _area(first: Floats, second: Floats) -> float:
    """Return the chance that a text of the second kind scores above one of the first."""
    above = (second[:, None] > first[None, :]).mean()
    return float(above + 0.5 * (second[:, None] == first[None, :]).mean())


def _noise_floor(human: Sequence[str], articles: NDArray[np.str_]) -> float:
    """Return the mean AUC, above or below a half, between halves of the publication's articles."""
    found = []
    names = sorted(set(articles))
    for seed in range(_FOLDS):
        half = set(np.random.default_rng(seed).permutation(names)[: len(names) // 2])
        in_half = np.array([article in half for article in articles])
        first = [t for t, inside in zip(human, in_half, strict=True) if inside]
        second = [t for t, inside in zip(human, in_half, strict=True) if not inside]
        order = np.concatenate([articles[in_half], articles[~in_half]])
        area = _area(*_score_split(first, second, order))
        found.append(0.5 + abs(area - 0.5))
    return float(np.mean(found))


def _score_split(
    first: Sequence[str], second: Sequence[str], articles: NDArray[np.str_]
) -> tuple[Floats, Floats]:
    """Score two kinds whose articles differ, leaving out whole articles of both at a time."""
    from sklearn.linear_model import LogisticRegression

    texts = np.array([*first, *second], dtype=object)
    labels = np.repeat([0, 1], [len(first), len(second)])
    fold = np.zeros(len(texts), dtype=int)
    for label in (0, 1):
        for number, article in enumerate(sorted(set(articles[labels == label]))):
            fold[articles == article] = number % 2
    scores = np.zeros(len(texts))
    for number in (0, 1):
        learn, judge = fold != number, fold == number
        if len(set(labels[learn])) < 2 or not judge.any():
            continue
        features = _Features(list(texts[learn]))
        model = LogisticRegression(max_iter=1000).fit(
            features.read(list(texts[learn])), labels[learn]
        )
        scores[judge] = model.decision_function(features.read(list(texts[judge])))
    return scores[labels == 0], scores[labels == 1]


def _difference(
    mine: tuple[Floats, Floats], theirs: tuple[Floats, Floats], articles: NDArray[np.str_]
) -> dict[str, float]:
    numbers = np.random.default_rng(0)
    rows_of = [np.flatnonzero(articles == name) for name in sorted(set(articles))]
    found = []
    for _ in range(_RESAMPLES):
        drawn = numbers.integers(len(rows_of), size=len(rows_of))
        rows = np.concatenate([rows_of[number] for number in drawn])
        areas = [_area(human[rows], model[rows]) for human, model in (mine, theirs)]
        found.append(areas[0] - areas[1])
    low, high = np.quantile(found, [0.025, 0.975])
    value = _area(*mine) - _area(*theirs)
    return {"value": round(value, 3), "low": round(float(low), 3), "high": round(float(high), 3)}
