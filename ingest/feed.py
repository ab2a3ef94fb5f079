"""Read a feed: its entries as articles, with the whole text from the entry or from its page.

A feed is a window on the newest articles. What has fallen out of it is not gone: a feed never
confirms that an article was removed.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from assistant.config import Workspace
from assistant.errors import ArticleError, SourceIncomplete
from assistant.records import Article, Dropped
from assistant.settings import SourceSettings
from ingest.feed_format import Entry, Feed, parse_feed
from ingest.fetch import Fetcher, FetchError, open_fetcher
from ingest.fetch.client import MAX_BYTES
from ingest.frontmatter import date_of
from ingest.item import Item, to_article
from ingest.limited import LimitedWorker, ParseFailed
from ingest.page_reader import PageReader
from ingest.robots import RobotsGate

MAX_SECONDS = 120.0  # for one parse: 10,000 whole entries took 17 s on a busy core


def read_feed(
    workspace: Workspace, source: SourceSettings, fetcher: Fetcher | None = None
) -> Iterator[Article | Dropped]:
    """Yield each entry of the feed at a URL or in a file.

    SourceIncomplete where the feed could not be had, or only in part; ArticleError for no file.
    """
    fetcher = fetcher or open_fetcher(workspace)
    with LimitedWorker(max_seconds=MAX_SECONDS) as worker:
        feed = _load_feed(workspace, source, fetcher, worker)
        pages = PageReader(fetcher, worker, RobotsGate(fetcher))
        for entry in feed["entries"]:
            found = _to_item(entry, source.place, pages)
            if isinstance(found, Item):
                yield to_article(found, workspace.settings.ingest)
            else:
                yield found
    if feed["problem"]:
        raise SourceIncomplete(f"feed {source.place} is damaged: {feed['problem']}; read in part")


def _load_feed(
    workspace: Workspace, source: SourceSettings, fetcher: Fetcher, worker: LimitedWorker
) -> Feed:
    place = source.place
    try:
        if place.lower().startswith(("http://", "https://")):
            found = fetcher.get(place)
            data, url = found.body, found.url
        else:
            data, url = _read_file(workspace.root / Path(place).expanduser()), source.base_url
        feed = worker.run(parse_feed, data, url=url)
    except FetchError as error:
        raise SourceIncomplete(f"feed {error}") from error
    except ParseFailed as failed:
        raise SourceIncomplete(f"feed {place} {failed.detail}") from failed
    if not feed["entries"]:
        raise SourceIncomplete(f"feed {place} has no entries")
    return feed


def _read_file(path: Path) -> bytes:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ArticleError(
                f"feed {path} has {path.stat().st_size:,} bytes; at most {MAX_BYTES:,} are read"
            )
        return path.read_bytes()
    except OSError as error:
        raise ArticleError(
            f"feed {path}: {error.strerror}; correct the path, which is relative to masthead.yaml"
        ) from error


def _to_item(entry: Entry, place: str, pages: PageReader) -> Item | Dropped:
    if entry["is_comment"]:
        name = entry["id"] or entry["url"]
        return Dropped(name, "comment", f"{name} answers an article; readers write it")
    from_page = Item(file="", url=entry["url"])
    if entry["url"] and not entry["is_whole"]:
        page = pages.read(entry["url"])
        if isinstance(page, Dropped):
            return page
        from_page = pages.to_item(page)
    published, updated = date_of(entry["published"]), date_of(entry["updated"])
    published = published or from_page.published or updated
    updated = max(updated, from_page.updated)
    return Item(
        file=entry["id"] or entry["url"] or place,
        url=from_page.url,
        title=entry["title"] or from_page.title,
        markdown=from_page.markdown or entry["markdown"],
        subtitle=from_page.subtitle,
        authors=entry["authors"] or from_page.authors,
        published=published,
        updated=updated if updated > published else "",
        tags=entry["tags"] or from_page.tags,
        series=from_page.series,
        language=(entry["language"] or from_page.language)[:2].lower(),
        aliases=from_page.aliases,
    )
