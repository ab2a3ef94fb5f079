"""Which articles carry the answers, which of those are old, and which are never used. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from assistant.records import Article
from assistant.store.answers import StoredAnswer

OLD_YEARS = 2


@dataclass(frozen=True, slots=True)
class Carrier:
    """An article with the answers that rest on it. `newer` is the title of what replaced it."""

    article: Article
    count: int
    share: float
    is_old: bool
    newer: str


def weigh_articles(
    answers: Sequence[StoredAnswer], articles: Sequence[Article], today: date
) -> list[Carrier]:
    """Return every article, the one that most answers rest on first; a refusal rests on none."""
    counts = Counter(
        name
        for answer in answers
        if answer.mode and answer.mode != "refused"
        for name in {str(cited["article"]) for cited in answer.citations}
    )
    most = max(counts.values(), default=1)
    titles = {article.id: article.title for article in articles}
    carriers = [
        Carrier(
            article=article,
            count=counts[article.id],
            share=counts[article.id] / most,
            is_old=_is_old(article.date, today),
            newer=titles.get(article.superseded_by, ""),
        )
        for article in articles
    ]
    return sorted(carriers, key=lambda c: (-c.count, c.article.title))


def _is_old(iso: str, today: date) -> bool:
    return bool(iso) and iso[:10] < f"{today.year - OLD_YEARS}{today:-%m-%d}"
