"""Fit fusion and decision on the generation's own questions, shrunk towards the shipped prior.

Each question is asked three times: as things are, with its article taken out, with its passage and
the ones beside it taken out. A question made from a heading has that heading masked in its passage,
or the fit would learn to match headings.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from assistant.decide import DecisionModel, fit_decision, load_prior, read_features
from assistant.generation import Fits, Generation
from assistant.passage_text import prefixed_text
from assistant.progress import Report, ignore_progress
from assistant.reading import read_closely, texts_to_read
from assistant.records import Found, OwnQuestion
from assistant.retrieve import Scores, find_passages, fuse
from assistant.seams import Encoder, Floats
from assistant.text import content_stems
from ingest.disguise import disguise_question, words_to_borrow
from ingest.embed import MemoEncoder

_QUESTIONS = 100  # asked at most; each costs some thirty encoded sentences
_PRIOR_STRENGTH = 200.0  # the prior weighs as much as this many questions
_LOST = (0.0, 0.35, 0.6)  # shares of a question's words disguised, in turn
_FUSION_STRENGTH = 40.0
_GRID = np.round(np.arange(0.2, 0.91, 0.05), 2)
_DEPTH = 10  # articles looked at


@dataclass(frozen=True, slots=True)
class _Asked:
    """One question with every passage's scores, its own heading masked."""

    question: OwnQuestion
    words: str  # as it is matched, disguised
    vector: Floats
    dense: Floats
    lexical: Floats
    gold: int
    siblings: frozenset[int]


def fit_generation(generation: Generation, encoder: Encoder, on_progress: Report) -> Fits:
    """Return the fits of a generation that has none yet; with no questions, the prior itself."""
    prior, prior_weight = load_prior()
    memo = MemoEncoder(encoder)
    questions = _sample(generation.questions())
    asked = _ask_all(generation, questions, memo)
    dense_weight = _fit_fusion(asked, prior_weight)
    cases = [
        (one, without, _find(generation, one, dense_weight, without), answerable)
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


def _ask_all(
    generation: Generation, questions: Sequence[OwnQuestion], encoder: MemoEncoder
) -> list[_Asked]:
    passages = generation.passages()
    row_of = {passage.id: row for row, passage in enumerate(passages)}

    def mask_text(question: OwnQuestion) -> str:
        passage = passages[row_of[question.passage_id]]
        title = generation.article(int(generation.passage_article[row_of[passage.id]])).title
        kept = tuple(h for h in passage.headings if h != question.masked)
        return prefixed_text(title, kept, passage.text)

    masked = {q.id: mask_text(q) for q in questions if q.masked}
    others = words_to_borrow(question.question for question in questions)
    worded = [
        disguise_question(question.question, _LOST[number % len(_LOST)], question.id, others)
        for number, question in enumerate(questions)
    ]
    encoder.encode_ahead([*(w.dense for w in worded), *masked.values()], ignore_progress)
    asked = []
    for question, words in zip(questions, worded, strict=True):
        vector = encoder.encode([words.dense])[0]
        gold = row_of[question.passage_id]
        lexical = generation.lexical.scores(words.lexical).copy()
        dense = generation.dense_scores(vector, also=np.argsort(-lexical)[:200])
        if text := masked.get(question.id):
            dense[gold] = float(encoder.encode([text])[0] @ vector)
            lexical[gold] = generation.lexical.score_text(words.lexical, text)
        article = generation.passage_article[gold]
        siblings = frozenset(np.flatnonzero(generation.passage_article == article).tolist())
        asked.append(_Asked(question, words.lexical, vector, dense, lexical, gold, siblings))
    return asked


def _removals(generation: Generation, one: _Asked) -> Iterator[tuple[Collection[int], bool]]:
    yield (), True
    yield one.siblings, False
    beside = {one.gold - 1, one.gold, one.gold + 1} & one.siblings
    if len(beside) < len(one.siblings):
        yield beside, False


def _find(
    generation: Generation, one: _Asked, dense_weight: float, without: Collection[int]
) -> list[Found]:
    fused = fuse(one.dense, one.lexical, dense_weight)
    found = find_passages(
        generation, Scores(one.dense, one.lexical, fused), _DEPTH, without=without
    )
    return [_mask(item, one.question) for item in found]


def _mask(item: Found, question: OwnQuestion) -> Found:
    if item.passage.id != question.passage_id or not question.masked:
        return item
    kept = tuple(h for h in item.passage.headings if h != question.masked)
    return replace(item, passage=replace(item.passage, headings=kept))


def _fit_fusion(asked: Sequence[_Asked], prior_weight: float) -> float:
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


def _sample(questions: Sequence[OwnQuestion]) -> list[OwnQuestion]:
    """Return at most _QUESTIONS that say something, spread over articles by their hash."""
    usable = [q for q in questions if len(content_stems(q.question)) >= 2]
    usable.sort(key=lambda q: hashlib.sha256(q.id.encode()).hexdigest())
    return usable[:_QUESTIONS]


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
