"""What a generation must pass before it is used: it is whole, and finds what the last one found."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from assistant.errors import IndexMismatch
from assistant.generation import Generation
from assistant.seams import Encoder
from ingest.embed import MemoEncoder
from ingest.index import IndexParts
from ingest.own_search import ask_questions, find_answers, sample_questions

RECALL_FILE = "recall.json"
_DEPTH = 5  # articles among which the right one must be
_DISGUISED = (0.0,)  # not at all, so that a question reads the same next time
_NOISE = 0.05  # of the questions; new articles push a few answers down, and that is no fault
_SAME_QUESTIONS = 30  # fewer in both generations say nothing


@dataclass(frozen=True, slots=True)
class Recall:
    """The share of own questions whose article is among the first five, now and before (0..1).

    Over the questions that both generations were asked, else over each one's own; `before` is
    None for a first generation.
    """

    questions: int
    now: float
    before: float | None = None
    noise: float = 0.0

    @property
    def is_lower(self) -> bool:
        """Whether it fell by more than chance explains."""
        return self.before is not None and self.before - self.now > self.noise

    def as_json(self) -> dict[str, float | int | None]:
        """Return it for the manifest and the report."""
        return {key: round(v, 4) if isinstance(v, float) else v for key, v in asdict(self).items()}


def check_whole(generation: Generation, parts: IndexParts) -> None:
    """Raise IndexMismatch unless what is on disk is all that was made."""
    lengths = np.linalg.norm(parts.vectors, axis=1)
    without = len(parts.passages) - len(np.unique(parts.owner))
    counts = {
        "articles": (generation.n_articles, len(parts.articles)),
        "passages": (generation.n_passages, len(parts.passages)),
        "vectors": (generation.n_vectors, len(parts.owner)),
        "passages without a vector": (without, 0),
        "vectors that are not of unit length": (int(np.sum(~(np.abs(lengths - 1) < 0.01))), 0),
    }
    for what, (found, wanted) in counts.items():
        if found != wanted:
            raise IndexMismatch(
                f"the new generation has {found} {what} where {wanted} were meant, so the one"
                " before stays in use; run `masthead ingest --full`"
            )


def measure_recall(generation: Generation, encoder: Encoder) -> dict[str, bool]:
    """Return for each own question asked whether its article was found."""
    questions = sample_questions(generation.questions())
    asked = ask_questions(generation, questions, MemoEncoder(encoder), _DISGUISED)
    weight = generation.fits.dense_weight
    return {
        one.question.id: any(
            found.article.id == one.question.article_id
            for found in find_answers(generation, one, weight, _DEPTH)
        )
        for one in asked
    }


def compare_recall(now: dict[str, bool], before: dict[str, bool]) -> Recall:
    """Compare question by question where both were asked enough of the same, else the shares."""
    if not now or not before:
        return Recall(len(now), _share(now))
    both = [question for question in now if question in before]
    if len(both) < _SAME_QUESTIONS:
        spread = sum(_share(one) * (1 - _share(one)) / len(one) for one in (now, before))
        return Recall(len(now), _share(now), _share(before), _NOISE + 2 * math.sqrt(spread))
    differ = sum(now[question] != before[question] for question in both)
    return Recall(
        len(both),
        _share({question: now[question] for question in both}),
        _share({question: before[question] for question in both}),
        max(_NOISE, 2 * math.sqrt(differ) / len(both)),
    )


def refuse_lower(recall: Recall, before: int) -> None:
    """Raise IndexMismatch where a generation finds less than the one before."""
    if recall.is_lower:
        raise IndexMismatch(
            f"the new generation finds the article for {recall.now:.0%} of {recall.questions} own"
            f" questions where generation {before} found {recall.before:.0%}, so {before} stays in"
            " use; look at what changed, or run again with --allow-lower-recall"
        )


def read_recall(folder: Path) -> dict[str, bool]:
    """Return what a generation's folder says it found; nothing for one written without."""
    path = folder / RECALL_FILE
    if not path.is_file():
        return {}
    found: dict[str, bool] = json.loads(path.read_text(encoding="utf-8"))
    return found


def _share(found: dict[str, bool]) -> float:
    return sum(found.values()) / len(found) if found else 0.0
