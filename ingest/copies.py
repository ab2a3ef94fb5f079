"""One article once: copies of a piece from several sources become one record. Pure.

Copies are the same by the page they stand on, failing that by their text. The richest copy gives
the body, the others what it lacks; their addresses stay as aliases. The order of sources is of no
consequence.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from urllib.parse import urljoin, urlsplit

from assistant.records import Article, Dropped
from ingest.identity import article_id, page_key
from ingest.near import find_near

FindNear = Callable[[Sequence[str]], Iterable[tuple[int, int, float]]]
_AS_LONG = 0.9  # of the longest; a crawl's few words more are menus, not the article
_SAME_TEXT = 0.99  # Jaccard; the same words but for markup
_SAME_DAYS = 31  # between sources: an import keeps the date or nearly, a new edition does not
_FENCE = re.compile(r"^\s*(?:```|~~~)", re.MULTILINE)
# The author's own file before what was made from it.
_CLOSENESS = ("folder", "wordpress", "ghost", "substack", "medium", "table", "feed", "site")


@dataclass(frozen=True, slots=True)
class Copy:
    """An article as one source has it, or as the generation before had it.

    `fills_only` copies lend fields and no body where there are others; one that does not
    `stand_alone` is forgotten where there are none.
    """

    article: Article
    fills_only: bool = False
    stands_alone: bool = True


def merge_copies(
    copies: Sequence[Copy], find_near: FindNear = find_near
) -> tuple[list[Article], list[Dropped]]:
    """Return each article once, and the copies that became part of another as duplicates.

    `find_near` is there to be remembered from run to run.
    """
    ordered = sorted(copies, key=lambda copy: _place(copy.article))
    joined = _join_rows(len(ordered), _same_rows([c.article for c in ordered], find_near))
    groups = [[ordered[row] for row in rows] for rows in joined]
    new_ids: dict[str, str] = {}
    merged: dict[str, Article] = {}
    dropped: list[Dropped] = []
    for group in groups:
        if not any(copy.stands_alone for copy in group):
            continue
        ranked = _rank(group)
        article = _fill(ranked)
        if article.id in merged:  # another source has a file of this name
            article = replace(article, id=article_id("", f"{article.sources[:1]}{article.file}"))
        new_ids |= {copy.article.id: article.id for copy in group}
        merged[article.id] = article
        dropped += [_name_duplicate(c.article, ranked[0].article) for c in ranked[1:]
                    if not c.fills_only and c.article.sources]  # fmt: skip
    return [_follow(article, new_ids) for article in merged.values()], dropped


def _place(article: Article) -> tuple[str, ...]:
    return (*article.sources[:1], article.file, article.url, article.title, article.body)


def _same_rows(articles: Sequence[Article], find_near: FindNear) -> Iterator[tuple[int, int]]:
    """Yield pairs of rows that hold the same article."""
    first_at: dict[str, int] = {}
    for row, article in enumerate(articles):
        yield first_at.setdefault(_own_key(article), row), row
    for row, article in enumerate(articles):
        for alias in _absolute_aliases(article):
            if (other := first_at.get(page_key(alias))) is not None:
                yield other, row
    for one, other, nearness in find_near([article.body for article in articles]):
        if _may_be_one(articles[one], articles[other], nearness):
            yield one, other


def _own_key(article: Article) -> str:
    # Without an address two sources may each have an index.md; their texts decide.
    return page_key(article.url) if article.url else f"{article.sources[:1]}{article.file}"


def _absolute_aliases(article: Article) -> Iterator[str]:
    """Yield the aliases as addresses, but for a home page, which many pages claim by mistake."""
    for alias in article.aliases:
        address = urljoin(article.url, alias) if article.url else alias
        if urlsplit(address).path.strip("/"):
            yield address


def _may_be_one(one: Article, other: Article, nearness: float) -> bool:
    """Say whether nearly the same text is a copy, not a new edition, a next part or a form letter.

    Only a copy keeps its title; a new edition has another date, in one source or by a month.
    """
    if one.superseded_by == other.id or other.superseded_by == one.id:
        return False
    if nearness >= _SAME_TEXT:
        return True
    titles = sorted((_plain(one.title), _plain(other.title)), key=len)
    if titles[0] not in titles[1]:  # a crawl's title may end with the site's name
        return False
    if not (one.published and other.published):
        return True
    days = abs((date.fromisoformat(one.published) - date.fromisoformat(other.published)).days)
    return days <= (0 if set(one.sources) & set(other.sources) else _SAME_DAYS)


def _plain(title: str) -> str:
    return " ".join(re.findall(r"\w+", title.casefold()))


def _join_rows(count: int, pairs: Iterable[tuple[int, int]]) -> list[list[int]]:
    """Return the rows in groups that the pairs connect, in the order of their first rows."""
    parent = list(range(count))

    def root(row: int) -> int:
        while parent[row] != row:
            parent[row] = parent[parent[row]]
            row = parent[row]
        return row

    for one, other in pairs:
        low, high = sorted((root(one), root(other)))
        parent[high] = low
    groups: dict[int, list[int]] = {}
    for row in range(count):
        groups.setdefault(root(row), []).append(row)
    return list(groups.values())


def _rank(group: Sequence[Copy]) -> list[Copy]:
    """Return the copies, the richest first and those that only fill last."""
    givers = [copy for copy in group if not copy.fills_only] or list(group)
    longest = max(len(copy.article.body.split()) for copy in givers)

    def poverty(copy: Copy) -> tuple[object, ...]:
        article = copy.article
        kind = article.sources[0].split(":")[0] if article.sources else ""
        return (
            copy not in givers,
            len(article.body.split()) < _AS_LONG * longest,
            -len(_FENCE.findall(article.body)),
            -sum(map(bool, (article.published, article.authors, article.updated, article.tags))),
            _CLOSENESS.index(kind) if kind in _CLOSENESS else len(_CLOSENESS),
            -len(article.body),
            _place(article),
        )

    return sorted(group, key=poverty)


def _fill(ranked: Sequence[Copy]) -> Article:
    """Return the first copy with what it lacks taken from the others, in their order."""
    best, *others = (copy.article for copy in ranked)
    urls = [article.url for article in (best, *others) if article.url]
    url = urls[0] if urls else ""
    aliases: dict[str, str] = {}
    for alias in (*urls, *(a for article in (best, *others) for a in article.aliases)):
        if page_key(alias) != page_key(url):
            aliases.setdefault(page_key(alias), alias)
    voices = [copy.article.voice for copy in ranked if not copy.fills_only] or [best.voice]

    def first(name: str) -> object:
        values = (getattr(article, name) for article in (best, *others))
        return next((value for value in values if value), getattr(best, name))

    filled = {
        name: first(name)
        for name in ("subtitle", "authors", "published", "updated", "tags", "series",
                     "superseded_by")
    }  # fmt: skip
    return replace(
        best,
        id=article_id(url, best.file) if len(ranked) > 1 and url else best.id,
        url=url,
        aliases=tuple(aliases.values()),
        voice=all(voices),
        sources=tuple(dict.fromkeys(s for a in (best, *others) for s in a.sources)),
        **filled,  # type: ignore[arg-type]
    )


def _name_duplicate(copy: Article, kept: Article) -> Dropped:
    where = f"{copy.file} of {copy.sources[0]}"
    return Dropped(copy.id, "duplicate", f"{where} is {kept.file} of {', '.join(kept.sources[:1])}")


def _follow(article: Article, new_ids: Mapping[str, str]) -> Article:
    newer = new_ids.get(article.superseded_by, article.superseded_by)
    return replace(article, superseded_by="" if newer == article.id else newer)
