"""The questions of a snapshot, each with what the real retriever brings for it.

Takes a generation, gives Asked for a question that brings its own passage back in the top three,
DroppedPair with the reason for one that does not or that was asked before.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from assistant.records import Article, Found, PairKind, Passage
from ingest.pairs.hygiene import Repeats
from ingest.pairs.phrasing import Asking, phrase_questions
from ingest.pairs.pick import draw
from ingest.pairs.rows import DroppedPair, Origin, Tools, drop_begun

PER_ARTICLE = 4  # answer rows of one article, at most
_CANDIDATES = 3  # questions tried for each of those
_MOST = 1500  # questions tried in all; each costs an encoding and a search
_ROUND_TRIP = 3  # its own passage must be among the first so many


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with its gold passage as retrieved and everything retrieved, best first."""

    asking: Asking
    gold: Found
    found: tuple[Found, ...]

    @property
    def question(self) -> str:
        """The question's text."""
        return self.asking.question

    def origin(self, kind: PairKind, task: str) -> Origin:
        """Return where a row of this question comes from."""
        return Origin(kind, task, self.gold.article, self.gold.passage.id, self.asking.by)


def ask_questions(tools: Tools) -> Iterator[Asked | DroppedPair]:
    """Yield every question that was tried, in an order fixed by the seed."""
    tried = _choose_questions(tools)
    tools.encoder.encode([asking.question for _, _, asking in tried])
    repeats = Repeats()
    for article, passage, asking in tried:
        origin = Origin(PairKind.ANSWER, "qa", article, passage.id, asking.by)
        if before := repeats.find(asking.question):
            yield drop_begun(tools, asking.question, origin, "repeated_question", before)
            continue
        found = tools.find(asking.question)
        top = [item.passage.id for item in found[:_ROUND_TRIP]]
        if passage.id in top:
            repeats.add(asking.question)
            yield Asked(asking, found[top.index(passage.id)], tuple(found))
        else:
            detail = f"the search brings {', '.join(top)}"
            yield drop_begun(tools, asking.question, origin, "failed_round_trip", detail)


def _choose_questions(tools: Tools) -> list[tuple[Article, Passage, Asking]]:
    """Return at most a dozen questions an article, spread over its passages and the rules."""
    by_article: dict[str, list[tuple[float, Article, Passage, Asking]]] = {}
    for row, passage in enumerate(tools.generation.passages()):
        article = tools.articles[int(tools.generation.passage_article[row])]
        if article.superseded_by:
            continue
        idf = tools.generation.lexical.idf
        for asking in phrase_questions(article, passage, idf, tools.seed):
            drawn = draw(tools.seed, "ask", passage.id, asking.question)
            # Any sentence gives keywords; the other rules are rarer and read better.
            late = 1.0 if asking.by == "template:keywords" and drawn > 0.15 else 0.0
            by_article.setdefault(article.id, []).append((late + drawn, article, passage, asking))
    chosen = [
        entry
        for entries in by_article.values()
        for entry in sorted(entries, key=lambda e: e[0])[: PER_ARTICLE * _CANDIDATES]
    ]
    chosen.sort(key=lambda e: e[0])
    return [(article, passage, asking) for _, article, passage, asking in chosen[:_MOST]]
