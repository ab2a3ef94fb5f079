"""The pages that a site lists, with the day each last changed: sitemaps and indexes of sitemaps.

Follows indexes within limits, each sitemap once, so a circle ends. Says what could not be read.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from ingest.fetch import Fetcher, FetchError
from ingest.fetch.body import GZIP_MAGIC, unpack_gzip
from ingest.identity import canonical_url
from ingest.limited import LimitedWorker, ParseFailed
from ingest.sitemap_format import SitemapContent, parse_sitemap

_MAX_BYTES = 50 * 1024 * 1024  # the protocol's own limit for one sitemap, unpacked
_MAX_SITEMAPS = 1_000
_MAX_DEPTH = 5  # indexes within indexes; the protocol allows none
_MAX_PAGES = 200_000
_HOUR_S = 3600.0
# A day without an hour may be any of the world's, and pages change again on the day they appear.
_SETTLED_S = {True: 48 * _HOUR_S, False: _HOUR_S}


@dataclass(slots=True)
class Listing:
    """The pages in the order listed, each once, as (address, lastmod); and what was not had."""

    pages: dict[str, tuple[str, str]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


def read_sitemaps(fetcher: Fetcher, worker: LimitedWorker, urls: Iterable[str]) -> Listing:
    """Return all pages that the sitemaps at `urls` lead to."""
    listing = Listing()
    waiting = deque((url, 0) for url in urls)
    seen = {url for url, _ in waiting}
    while waiting:
        url, depth = waiting.popleft()
        try:
            content = _read_sitemap(fetcher, worker, url)
        except (FetchError, ParseFailed) as error:
            listing.problems.append(_named(url, error))
            continue
        if content["problem"]:
            listing.problems.append(f"{url}: {content['problem']}")
        if not content["is_index"]:
            _add_pages(listing, content["entries"])
        elif depth == _MAX_DEPTH:
            listing.problems.append(f"{url}: sitemaps nest more than {_MAX_DEPTH} deep")
        else:
            new = [entry[0] for entry in content["entries"] if entry[0] not in seen]
            waiting.extend((entry, depth + 1) for entry in dict.fromkeys(new))
            seen.update(new)
        if problem := _over_limit(listing, seen):
            listing.problems.append(f"{url}: {problem}")
            break
    return listing


def settled_at(lastmod: str) -> float | None:
    """Return when a page had surely come to rest after a change, in seconds since 1970.

    `lastmod` is a W3C date, with or without a time; None where it is none.
    """
    try:
        moment = datetime.fromisoformat(lastmod.strip())
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return moment.timestamp() + _SETTLED_S[len(lastmod.strip()) <= len("2026-01-31")]


def _read_sitemap(fetcher: Fetcher, worker: LimitedWorker, url: str) -> SitemapContent:
    body = fetcher.get(url, max_bytes=_MAX_BYTES).body
    if body.startswith(GZIP_MAGIC):  # a .xml.gz, packed once
        body = unpack_gzip(body, url, _MAX_BYTES)
    return worker.run(parse_sitemap, body)


def _add_pages(listing: Listing, entries: Iterable[list[str]]) -> None:
    for address, lastmod in entries:
        listing.pages.setdefault(canonical_url(address), (address, lastmod))


def _over_limit(listing: Listing, seen: set[str]) -> str:
    if len(listing.pages) > _MAX_PAGES:
        return f"more than {_MAX_PAGES:,} pages are listed"
    if len(seen) > _MAX_SITEMAPS:
        return f"more than {_MAX_SITEMAPS:,} sitemaps are listed"
    return ""


def _named(url: str, error: FetchError | ParseFailed) -> str:
    return str(error) if isinstance(error, FetchError) else f"{url}: {error.detail}"
