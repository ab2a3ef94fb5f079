"""Dates that cannot be: taken off, so that no article is the newest of all by mistake. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta

from assistant.records import Article

_FIRST_YEAR = 1600  # the first newspapers are of 1605
_YEARS_AHEAD = 5  # a date farther off is a placeholder such as 9999-12-31


def repair_dates(article: Article) -> Article:
    """Return the article without dates that cannot be."""
    return replace(
        article, published=_possible(article.published), updated=_possible(article.updated)
    )


def find_date_doubts(articles: Iterable[Article]) -> dict[str, list[str]]:
    """Return the ids of articles to look at: `undated`, and `future_date` after tomorrow."""
    tomorrow = (date.today() + timedelta(days=1)).isoformat()
    doubts: dict[str, list[str]] = {"undated": [], "future_date": []}
    for article in articles:
        if not article.published:
            doubts["undated"].append(article.id)
        elif article.published > tomorrow:
            doubts["future_date"].append(article.id)
    return {doubt: ids for doubt, ids in doubts.items() if ids}


def _possible(day: str) -> str:
    if not day:
        return ""
    year = int(day[:4])
    return day if _FIRST_YEAR <= year <= date.today().year + _YEARS_AHEAD else ""
