"""Read a site: the pages that its sitemaps list, each as an article or dropped with a reason.

`site:` names a sitemap, or the site, whose robots.txt then leads to its sitemaps. Lists everything
the site has: an article that a whole listing does not name is gone from it.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urljoin, urlsplit

from assistant.config import Workspace
from assistant.errors import SourceIncomplete
from assistant.records import Article, Dropped
from assistant.settings import SourceSettings
from ingest.fetch import Fetcher, FetchError, Reason, open_fetcher
from ingest.identity import article_id
from ingest.item import to_article
from ingest.limited import LimitedWorker
from ingest.page_reader import PageReader
from ingest.robots import RobotsGate
from ingest.sitemap import Listing, read_sitemaps

_SITEMAP_ENDINGS = (".xml", ".xml.gz", ".gz", ".txt")
_USUAL_SITEMAPS = ("/sitemap.xml", "/sitemap_index.xml", "/sitemap.xml.gz")
_MAX_FAILURES = 10  # pages in a row that cannot be had: the site is down, not they


def read_site(
    workspace: Workspace, source: SourceSettings, fetcher: Fetcher | None = None
) -> Iterator[Article | Dropped]:
    """Yield each listed page as an article or Dropped.

    SourceIncomplete at the end where the listing could not be had whole or the site went down.
    """
    fetcher = fetcher or open_fetcher(workspace)
    with LimitedWorker() as worker:
        gate = RobotsGate(fetcher)
        listing = _list_pages(fetcher, worker, gate, source.place)
        pages = PageReader(fetcher, worker, gate)
        failures = 0
        for url, lastmod in listing.pages.values():
            if not _belongs(url, source.place):
                detail = f"{url} is not below {source.place}"
                yield Dropped(article_id(url, url), "other_site", detail)
                continue
            page = pages.read(url, lastmod)
            if isinstance(page, Dropped):
                yield page
                failures = failures + 1 if page.reason == "unreachable" else 0
                if failures == _MAX_FAILURES:
                    listing.problems.append(f"{failures} pages in a row could not be had")
                    break
            elif page.content["not_article"]:
                failures = 0
                detail = f"{url} {page.content['not_article']}"
                yield Dropped(article_id(url, url), "not_article", detail)
            else:
                failures = 0
                yield to_article(pages.to_item(page), workspace.settings.ingest)
    if listing.problems:
        raise SourceIncomplete(_say_incomplete(source.place, listing.problems))


def _list_pages(fetcher: Fetcher, worker: LimitedWorker, gate: RobotsGate, place: str) -> Listing:
    if urlsplit(place).path.lower().endswith(_SITEMAP_ENDINGS):
        sitemaps = [place]
    else:
        try:
            named = gate.of(place).sitemaps
            sitemaps = [urljoin(place, url) for url in named] or [_find_sitemap(fetcher, place)]
        except FetchError as error:
            return Listing(problems=[str(error)])
    listing = read_sitemaps(fetcher, worker, sitemaps)
    if not listing.pages and not listing.problems:
        listing.problems.append(f"{sitemaps[0]} lists no page")
    return listing


def _find_sitemap(fetcher: Fetcher, place: str) -> str:
    """Return the first of the usual addresses that is not missing."""
    for path in _USUAL_SITEMAPS:
        url = urljoin(place, path)
        try:
            fetcher.get(url)
        except FetchError as error:
            if error.reason in (Reason.GONE, Reason.REFUSED):
                continue
            raise
        return url
    raise SourceIncomplete(
        f"{place} names no sitemap in its robots.txt and has none at {_USUAL_SITEMAPS[0]}; write"
        " the sitemap's address under `site:`, or use `feed:`"
    )


def _belongs(url: str, place: str) -> bool:
    """Say whether a page is of the site, and below the path where `site:` names one."""
    host, path = _host_and_path(url)
    site, folder = _host_and_path(place)
    if folder.lower().endswith(_SITEMAP_ENDINGS):
        folder = "/"
    same = host == site or host.endswith(f".{site}") or site.endswith(f".{host}")
    return same and f"{path}/".startswith(f"{folder.rstrip('/')}/")


def _host_and_path(url: str) -> tuple[str, str]:
    try:
        parts = urlsplit(url)
        return (parts.hostname or "").removeprefix("www."), parts.path
    except ValueError:
        return "", ""


def _say_incomplete(place: str, problems: list[str]) -> str:
    more = f", and {len(problems) - 1} more" if len(problems) > 1 else ""
    return f"{place} could not be read whole ({problems[0]}{more})"
