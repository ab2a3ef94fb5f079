"""Every source of a workspace read, and the articles that the archive holds after it.

A source that is down, empty or listed in part deletes nothing: what the generation before had of
it stays. Only a source that was listed whole, without an article, takes that article away.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from assistant.config import Workspace
from assistant.errors import ArticleError
from assistant.records import Article, Dropped
from assistant.settings import SourceSettings
from ingest.copies import Copy, merge_copies
from ingest.dates import repair_dates
from ingest.decode import printable
from ingest.feed import read_feed
from ingest.folder import read_folder
from ingest.ghost import read_ghost
from ingest.identity import article_id
from ingest.medium import read_medium
from ingest.near import remember_near
from ingest.site import read_site
from ingest.substack import read_substack
from ingest.table import read_table
from ingest.voice import mark_voice
from ingest.wordpress import read_wordpress

log = logging.getLogger(__name__)

Item = Article | Dropped
Reader = Callable[[Workspace, SourceSettings], Iterator[Item]]
Watch = Callable[[SourceSettings, Item], None]

READERS: dict[str, Reader] = {
    "feed": read_feed,
    "folder": read_folder,
    "ghost": read_ghost,
    "medium": read_medium,
    "site": read_site,
    "substack": read_substack,
    "table": read_table,
    "wordpress": read_wordpress,
}
_WINDOWS = ("feed",)  # list the newest only, so that what they no longer list may well be there
# There, but not to be had now; another day, or a quieter machine, may do better.
_OUT_OF_REACH = ("unreachable", "unreadable", "timed_out", "too_much_memory", "crashed")


@dataclass(frozen=True, slots=True)
class SourceReading:
    """What one source gave; `problem` says why it may have more, "" where it was listed whole.

    `carried` counts articles of the generation before that stay although it did not give them.
    """

    name: str
    articles: int
    problem: str
    carried: int


@dataclass(frozen=True, slots=True)
class Reading:
    """What the sources gave: articles with unique ids, and what was dropped."""

    articles: tuple[Article, ...]
    dropped: tuple[Dropped, ...]
    sources: tuple[SourceReading, ...]

    @property
    def reasons(self) -> dict[str, int]:
        """How many were dropped, by reason."""
        return dict(Counter(item.reason for item in self.dropped))


@dataclass(frozen=True, slots=True)
class _Listing:
    source: SourceSettings
    articles: tuple[Article, ...]
    dropped: tuple[Dropped, ...]
    problem: str

    @property
    def is_window(self) -> bool:
        return self.source.kind in _WINDOWS

    def lost_sight_of(self, article: Article) -> bool:
        """Whether an article may be there although it was not given."""
        return bool(self.problem) or any(
            drop.reason in _OUT_OF_REACH and _names(drop.id, article) for drop in self.dropped
        )


def read_sources(
    workspace: Workspace,
    old: Sequence[Article] = (),
    *,
    allow_shrink: bool = False,
    watch: Watch = lambda source, item: None,
) -> Reading:
    """Read all sources; `old` are the articles of the generation before.

    `allow_shrink` believes an empty listing. ArticleError when there is no article at all.
    """
    sources = workspace.settings.sources
    had = Counter(name for article in old for name in article.sources)
    listings = [
        _read_source(workspace, source, 0 if allow_shrink else had[source.name], watch)
        for source in sources
    ]
    carried = list(_carry(listings, old))
    fresh = [Copy(article) for listing in listings for article in listing.articles]
    merged, duplicates = merge_copies(
        [*fresh, *carried], partial(remember_near, workspace.cache_root)
    )
    dropped = [*(drop for listing in listings for drop in listing.dropped), *duplicates]
    if not merged:
        raise ArticleError(_explain_nothing(listings, dropped))
    old_only = {copy.article.id for copy in carried} - {copy.article.id for copy in fresh}
    kept = [article for article in merged if article.id in old_only]
    return Reading(
        articles=tuple(mark_voice(article, workspace.settings.voice) for article in merged),
        dropped=tuple(dropped),
        sources=tuple(_account(listing, kept) for listing in listings),
    )


def _read_source(
    workspace: Workspace, source: SourceSettings, n_before: int, watch: Watch
) -> _Listing:
    articles: list[Article] = []
    dropped: list[Dropped] = []
    problem = ""
    try:
        for item in READERS[source.kind](workspace, source):
            watch(source, item)
            if isinstance(item, Dropped):
                dropped.append(Dropped(printable(item.id), item.reason, printable(item.detail)))
            else:
                articles.append(repair_dates(_settle(item, source)))
    except ArticleError as error:
        problem = str(error)
    if not articles and n_before and not problem:
        problem = (
            f"lists no article any more, and had {n_before}; if they are gone, run again with"
            " --allow-shrink"
        )
    return _Listing(source, tuple(articles), tuple(dropped), problem)


def _settle(article: Article, source: SourceSettings) -> Article:
    """Return the article as its source has it, its names such that they can be written."""
    return replace(
        article,
        file=printable(article.file),
        url=printable(article.url),
        aliases=tuple(printable(alias) for alias in article.aliases),
        language=printable(article.language),
        sources=(source.name,),
        voice=article.voice and source.voice,
    )


def _carry(listings: Sequence[_Listing], old: Sequence[Article]) -> Iterator[Copy]:
    """Yield what stays of the generation before: see the module's first lines.

    A source removed from masthead.yaml keeps nothing. An article of an old generation without
    sources belongs to any of them. What a window no longer lists stays, unless a source that had
    the article too was listed whole without it.
    """
    by_name = {listing.source.name: listing for listing in listings}
    given = {
        name: {article.id for article in listing.articles} for name, listing in by_name.items()
    }
    for article in old:
        ids = {article.id, *(article_id(alias, "") for alias in article.aliases)}
        belongs = [name for name in article.sources or by_name if name in by_name]
        missing = [name for name in belongs if not ids & given[name]]
        lost = [name for name in missing if by_name[name].lost_sight_of(article)]
        passed = [name for name in missing if by_name[name].is_window and article.sources]
        names = tuple(name for name in missing if name in lost or name in passed)
        if names:
            confirmed_gone = any(name not in names for name in missing)
            yield Copy(
                replace(article, sources=names),
                fills_only=belongs[0] not in lost,
                stands_alone=bool(lost) or not confirmed_gone,
            )


def _names(drop_id: str, article: Article) -> bool:
    """Whether a dropped item's id is an article's: its id, its file or a folder above that."""
    return (
        drop_id in (article.id, article.file)
        or article.file.startswith(f"{drop_id}/")
        or drop_id in (article_id(alias, "") for alias in article.aliases)
    )


def _account(listing: _Listing, kept: Sequence[Article]) -> SourceReading:
    name = listing.source.name
    carried = sum(1 for article in kept if name in article.sources)
    if listing.problem:
        stays = f"; {carried} of its articles stay as they were" if carried else ""
        log.warning("%s: %s%s", name, listing.problem, stays)
    return SourceReading(name, len(listing.articles), listing.problem, carried)


def _explain_nothing(listings: Sequence[_Listing], dropped: Sequence[Dropped]) -> str:
    if problem := next((listing.problem for listing in listings if listing.problem), ""):
        return problem
    places = ", ".join(listing.source.place for listing in listings)
    reasons = Counter(item.reason for item in dropped)
    why = f" ({len(dropped)} dropped: {dict(reasons)})" if dropped else ""
    return f"no articles in {places}{why}; put Markdown files there or correct `sources:`"
