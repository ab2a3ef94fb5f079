"""Every source of a workspace as one stream of articles and drops."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from assistant.config import SourceSettings, Workspace
from assistant.errors import ArticleError, ConfigError
from assistant.records import Article, Dropped
from ingest.feed import read_feed
from ingest.folder import read_folder
from ingest.ghost import read_ghost
from ingest.medium import read_medium
from ingest.site import read_site
from ingest.substack import read_substack
from ingest.table import read_table
from ingest.wordpress import read_wordpress

Reader = Callable[[Workspace, SourceSettings], Iterator[Article | Dropped]]

READERS: dict[str, Reader] = {
    "feed": read_feed,
    "folder": lambda workspace, source: read_folder(
        workspace.root, source, workspace.settings.ingest
    ),
    "ghost": read_ghost,
    "medium": read_medium,
    "site": read_site,
    "substack": read_substack,
    "table": read_table,
    "wordpress": read_wordpress,
}


@dataclass(frozen=True, slots=True)
class Reading:
    """What the sources gave: articles with unique ids, in source order, and what was dropped."""

    articles: tuple[Article, ...]
    dropped: tuple[Dropped, ...]

    @property
    def reasons(self) -> dict[str, int]:
        """How many were dropped, by reason."""
        return dict(Counter(item.reason for item in self.dropped))


def read_sources(workspace: Workspace) -> Reading:
    """Read all sources; ArticleError when they hold no article at all."""
    articles: dict[str, Article] = {}
    dropped: list[Dropped] = []
    for source in workspace.settings.sources:
        for item in _read_source(workspace, source):
            if isinstance(item, Dropped):
                dropped.append(item)
            elif item.id in articles:
                dropped.append(Dropped(item.id, "duplicate", f"{item.file}: {item.url}"))
            else:
                articles[item.id] = item
    if not articles:
        places = ", ".join(source.place for source in workspace.settings.sources)
        reasons = Counter(item.reason for item in dropped)
        why = f" ({len(dropped)} dropped: {dict(reasons)})" if dropped else ""
        raise ArticleError(
            f"no articles in {places}{why}; put Markdown files there or correct `sources:`"
        )
    return Reading(tuple(articles.values()), tuple(dropped))


def _read_source(workspace: Workspace, source: SourceSettings) -> Iterator[Article | Dropped]:
    reader = READERS.get(source.kind)
    if reader is None:
        known = ", ".join(READERS)
        raise ConfigError(f"sources: {source.kind} cannot be read by this version; use {known}")
    return reader(workspace, source)
