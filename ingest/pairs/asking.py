"""The questions of a snapshot, each with what the real retriever brings for it.

Takes a generation, gives Asked for a question that brings its own passage back in the top three,
DroppedPair with the reason for one that does not or that was asked before.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from assistant.records import Article, Found, PairKind, Passage
from ingest.pairs.hygiene import Repeats
from ingest.pairs.phrasing import Asking, phrase_questions
from ingest.pairs.pick import draw
from ingest.pairs.rows import DroppedPair, Origin, Tools, drop_begun
from ingest.pairs.speech import House
from ingest.pairs.topics import Topics

PER_ARTICLE = 4  # answer rows of one article, at most
_CANDIDATES = 3  # questions tried for each of those
_MOST = 1200  # questions tried in all; each costs an encoding and a search
_ROUND_TRIP = 3  # its own passage must be among the first so many


_TASKS = dict.fromkeys(("goal", "advice", "condition", "may", "use", "habit"), "how-to") | (
    dict.fromkeys(
        ("definition", "subject", "does", "lets", "heading", "reason", "summary", "lesson"),
        "explanation",
    )
)


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

    @property
    def task(self) -> str:
        """What kind of help is asked for."""
        rule = self.asking.by.removeprefix("template:").partition("+")[0]
        return _TASKS.get(rule, "qa")

    def origin(self, kind: PairKind, task: str) -> Origin:
        """Return where a row of this question comes from."""
        return Origin(kind, task, self.gold.article, self.gold.passage.id, self.asking.by)


def ask_questions(
    tools: Tools, written: Sequence[tuple[Passage, Asking]] = ()
) -> Iterator[Asked | DroppedPair]:
    """Yield every question that was tried: those `written` by a model, then the templates' own."""
    articles = {article.id: article for article in tools.articles}
    tried = [(articles[passage.article_id], passage, asking) for passage, asking in written]
    tried += _choose_questions(tools)
    tools.encoder.encode([asking.question for _, _, asking in tried])
    of_article: dict[str, Repeats] = {}
    for article, passage, asking in tried:
        origin = Origin(PairKind.ANSWER, "qa", article, passage.id, asking.by)
        # The same question to two articles may get two answers: conflicts.py compares them.
        repeats = of_article.setdefault(article.id, Repeats())
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
    """Return at most a dozen questions an article, one a sentence, the best rules first."""
    passages = tools.generation.passages()
    house = House(Topics(passage.text for passage in passages), tools.seed)
    drawn: dict[str, dict[str, _Drawn]] = {}
    for row, passage in enumerate(passages):
        article = tools.articles[int(tools.generation.passage_article[row])]
        if article.superseded_by:
            continue
        best = drawn.setdefault(article.id, {})
        for asking in phrase_questions(passage, house, article.language, article.title):
            place = asking.sentence or passage.id
            one = _Drawn(_worth(tools.seed, passage, asking), article, passage, asking)
            if place not in best or one.worth < best[place].worth:
                best[place] = one
    chosen = [
        one
        for best in drawn.values()
        for one in sorted(best.values(), key=lambda d: d.worth)[: PER_ARTICLE * _CANDIDATES]
    ]
    chosen.sort(key=lambda d: d.worth)
    return [(d.article, d.passage, d.asking) for d in chosen[:_MOST]]


@dataclass(frozen=True, slots=True)
class _Drawn:
    worth: float  # least first
    article: Article
    passage: Passage
    asking: Asking


def _worth(seed: int, passage: Passage, asking: Asking) -> float:
    """Rank a question: the rules that read best first."""
    return draw(seed, "ask", passage.id, asking.question) + 0.4 * asking.rank
