"""A catalogue question answered from the articles' records: sentences with the articles they name.

Written by code, so that no title, date or count is a model's. Pure over an open generation.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from assistant.catalogue import Request, Wish, name_period, read_request
from assistant.gate import clean_sentence
from assistant.generation import Generation
from assistant.named import rows_holding
from assistant.records import Article, Found
from assistant.shelf import plain_words
from assistant.text import content_stems

_LISTED = {Wish.LATEST: 5, Wish.COUNT: 5, Wish.PATH: 8, Wish.LIST: 12}


@dataclass(frozen=True, slots=True)
class Listed:
    """One sentence of a reading list and the article that it names, if it names one."""

    text: str
    item: Found | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """The answer to a catalogue question; `is_empty` where no article fits.

    `may_answer`: an answer from the texts is better than an empty list, where there is one.
    """

    lines: tuple[Listed, ...]
    is_empty: bool = False
    may_answer: bool = False


def find_listing(question: str, generation: Generation, today: date) -> Listing | None:
    """Return the reading list that a question asks for; None where it asks for something else."""
    request = read_request(question, today)
    if request is None:
        return None
    articles = generation.shelf.articles
    request = _settle(request, articles)
    rows = list(range(len(articles)))
    if request.author:
        rows = [row for row in rows if _is_by(articles[row], request.author)]
    rows = [row for row in rows if _is_within(articles[row], request)]
    rows, mentions = _on_topic(generation, request.topic, rows)
    if request.must_match and (mentions or not rows):
        return None
    if not rows:
        said = Listed(f"We have no article{_narrowed(request)}.")
        by_topic = bool(request.topic) and not (request.author or request.when)
        return Listing((said,), is_empty=True, may_answer=by_topic)
    return _write(request, generation, _ordered(request, articles, rows), mentions)


def describe_article(article: Article) -> str:
    """Return an article's title and date as a set phrase names it."""
    return f"{quote_title(article)} ({article.date})" if article.date else quote_title(article)


def quote_title(article: Article) -> str:
    """Return an article's title in quotation marks, fit to be shown."""
    return f"\u201c{clean_sentence(article.title)[0]}\u201d"


def cite_article(generation: Generation, row: int) -> Found:
    """Return an article as something to cite: its first passage, found by no search."""
    first = int(np.flatnonzero(generation.passage_article == row)[0])
    return Found(generation.passage(first), generation.article(row), 0.0, 0.0, 0.0)


def _settle(request: Request, articles: Sequence[Article]) -> Request:
    """Fill in the year of a month, and the name of a series."""
    if request.month:
        ending = f"-{request.month:02}"
        days = [a.published for a in articles if a.published[4:7] == ending]
        if days:
            first = max(days)[:7]
            when = f"in {name_period(first)}"
            return replace(request, when=when, first=first, last=f"{first}~")
        return replace(request, first="~")
    return request


def _is_by(article: Article, author: str) -> bool:
    wanted = [w for w in plain_words(author) if w != "the"]
    return bool(wanted) and any(set(wanted) <= set(plain_words(name)) for name in article.authors)


def _is_within(article: Article, request: Request) -> bool:
    day = article.published
    if not (request.first or request.last):
        return True
    return bool(day) and request.first <= day and (not request.last or day <= request.last)


def _on_topic(generation: Generation, topic: str, rows: Sequence[int]) -> tuple[list[int], bool]:
    """Return the rows on a topic, and whether they merely mention it.

    By tag or series first of all, else by title, subtitle and tags, else by a passage.
    """
    if not topic:
        return list(rows), False
    articles = generation.shelf.articles
    asked = " ".join(plain_words(topic))
    filed = [row for row in rows if _is_filed(articles[row], asked)]
    stems = set(content_stems(topic))
    told = [row for row in rows if stems and stems <= _told_stems(articles[row])]
    if filed or told:
        return sorted({*filed, *told}), False
    if not stems:
        return [], False
    holding = set(generation.passage_article[rows_holding(generation, stems)].tolist())
    return [row for row in rows if row in holding], True


def _is_filed(article: Article, asked: str) -> bool:
    """Whether a topic is a tag of the article, or the name of its series."""
    tags = {" ".join(plain_words(tag)) for tag in article.tags}
    return asked in tags or asked == " ".join(plain_words(article.series))


def _told_stems(article: Article) -> set[str]:
    texts = (article.title, article.subtitle, *article.tags, article.series)
    return set(content_stems(" ".join(texts)))


def _ordered(request: Request, articles: Sequence[Article], rows: Iterable[int]) -> list[int]:
    by_date = sorted(rows, key=lambda row: (articles[row].published, row))
    if request.wish is not Wish.PATH:
        return by_date[::-1]
    current = [row for row in by_date if not articles[row].superseded_by]
    return current or by_date  # a way in leads past what has been replaced


def _write(
    request: Request, generation: Generation, rows: Sequence[int], mentions: bool
) -> Listing:
    shown = rows[: _LISTED[request.wish]]
    lines = [Listed(_lead(request, len(rows), len(shown), mentions))]
    lines += [Listed(_line(generation, row), cite_article(generation, row)) for row in shown]
    if len(shown) < len(rows):
        age = "later" if request.wish is Wish.PATH else "older"
        lines.append(Listed(f"There are {len(rows) - len(shown)} {age} ones besides."))
    return Listing(tuple(lines))


def _lead(request: Request, n: int, n_shown: int, mentions: bool) -> str:
    about = _narrowed(request)
    noun = "article" if n == 1 else "articles"
    if request.wish is Wish.PATH:
        return f"A way in{about}, from the oldest to the newest:"
    if mentions:
        named = clean_sentence(request.topic)[0]
        others = _narrowed(request, with_topic=False)
        holds = "mentions" if n == 1 else "mention"
        return (
            f"No article{others} is filed under {named}, and {n} {noun} {holds} it, newest first:"
        )
    if request.wish is Wish.LATEST:
        return f"Our latest{about}, newest first:"
    if request.wish is Wish.COUNT and n_shown < n:
        return f"We have {n} {noun}{about}. The newest of them:"
    return f"We have {n} {noun}{about}{', newest first' if n > 1 else ''}:"


def _narrowed(request: Request, *, with_topic: bool = True) -> str:
    """Return " on X by Y in October 2025", as far as it was asked for."""
    topic = clean_sentence(request.topic)[0] if with_topic else ""
    author = clean_sentence(request.author)[0]
    parts = (
        f"on {topic}" if topic else "",
        f"by {author}" if author else "",
        request.when,
    )
    return "".join(f" {part}" for part in parts if part)


def _line(generation: Generation, row: int) -> str:
    article = generation.shelf.articles[row]
    by = f", by {clean_sentence(' and '.join(article.authors))[0]}" if article.authors else ""
    newer = generation.shelf.successor(article)
    since = f"; since replaced by {describe_article(newer)}" if newer else ""
    updated = article.updated if article.updated != article.published else ""
    dates = ", updated ".join(day for day in (article.published, updated) if day)
    named = f"{quote_title(article)} ({dates})" if dates else quote_title(article)
    return f"{named}{by}{since}."
