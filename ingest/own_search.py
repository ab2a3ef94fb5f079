"""A generation asked its own questions: the scores of every passage, the question's heading masked.

Fits and checks read from here. A question made from a heading has that heading masked in its
passage, or one would measure how well headings match themselves; words are disguised, in part.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np

from assistant.generation import Generation
from assistant.passage_text import prefixed_text
from assistant.progress import ignore_progress
from assistant.records import Found, OwnQuestion
from assistant.retrieve import Scores, find_passages, fuse
from assistant.seams import Floats
from assistant.text import content_stems
from ingest.disguise import disguise_question, words_to_borrow
from ingest.embed import MemoEncoder

_QUESTIONS = 100  # asked at most; each costs some thirty encoded sentences in a fit
_LOST = (0.0, 0.35, 0.6)  # shares of a question's words disguised, in turn


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """One question with every passage's scores, its own heading masked."""

    question: OwnQuestion
    words: str  # as it is matched, disguised
    vector: Floats
    dense: Floats
    lexical: Floats
    gold: int
    siblings: frozenset[int]


def sample_questions(questions: Sequence[OwnQuestion]) -> list[OwnQuestion]:
    """Return at most _QUESTIONS that say something, spread over articles by their hash."""
    usable = [q for q in questions if len(content_stems(q.question)) >= 2]
    usable.sort(key=lambda q: hashlib.sha256(q.id.encode()).hexdigest())
    return usable[:_QUESTIONS]


def ask_questions(
    generation: Generation,
    questions: Sequence[OwnQuestion],
    encoder: MemoEncoder,
    lost: Sequence[float] = _LOST,
) -> list[AskedQuestion]:
    """Return every question with the scores of every passage.

    `lost` are the shares of a question's words that are disguised, in turn.
    """
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
        disguise_question(question.question, lost[number % len(lost)], question.id, others)
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
        asked.append(AskedQuestion(question, words.lexical, vector, dense, lexical, gold, siblings))
    return asked


def find_answers(
    generation: Generation,
    one: AskedQuestion,
    dense_weight: float,
    depth: int,
    without: Collection[int] = (),
) -> list[Found]:
    """Return the best passages of `depth` articles, as if rows in `without` were not there."""
    fused = fuse(one.dense, one.lexical, dense_weight)
    found = find_passages(generation, Scores(one.dense, one.lexical, fused), depth, without=without)
    return [_mask(item, one.question) for item in found]


def _mask(item: Found, question: OwnQuestion) -> Found:
    if item.passage.id != question.passage_id or not question.masked:
        return item
    kept = tuple(h for h in item.passage.headings if h != question.masked)
    return replace(item, passage=replace(item.passage, headings=kept))
