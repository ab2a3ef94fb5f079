"""Pages read one by one: asked of robots.txt, fetched, parsed in the limited child.

Gives the page's content or Dropped, whose id is the article's, so that its old copy can be found:
`gone` where the site says so, `unreachable` where another day may do better.
"""

from __future__ import annotations

from dataclasses import dataclass

from assistant.records import Dropped
from ingest.fetch import Fetcher, FetchError
from ingest.frontmatter import date_of
from ingest.identity import article_id, canonical_url
from ingest.item import Item
from ingest.limited import LimitedWorker, ParseFailed
from ingest.page import PageContent, parse_page
from ingest.robots import RobotsGate
from ingest.sitemap import settled_at


@dataclass(frozen=True, slots=True)
class ReadPage:
    """A page that was had: its listed address, the one that answered, and what it holds."""

    url: str
    final_url: str
    content: PageContent


class PageReader:
    """Reads the pages of one source; keeps what they call each other, so that circles end."""

    def __init__(self, fetcher: Fetcher, worker: LimitedWorker, gate: RobotsGate) -> None:
        self._fetcher = fetcher
        self._worker = worker
        self._gate = gate
        self._home_of: dict[str, str] = {}  # canonical URL of a page read -> of its article

    def read(self, url: str, lastmod: str = "") -> ReadPage | Dropped:
        """Return what the page at `url` holds; a copy newer than `lastmod` costs no request."""
        name = article_id(url, url)
        try:
            if not self._gate.of(url).allows(url):
                return Dropped(name, "robots", f"{url} is closed to us by robots.txt")
            found = self._fetcher.get(url, unchanged_since=settled_at(lastmod))
        except FetchError as error:
            return Dropped(name, _drop_reason(error), str(error))
        if found.content_type and "html" not in found.content_type.lower():
            return Dropped(name, "not_html", f"{url} is {found.content_type[:80]}")
        try:
            content = self._worker.run(
                parse_page, found.body, url=found.url, content_type=found.content_type
            )
        except ParseFailed as failed:
            return Dropped(name, failed.reason, f"{url}: {failed.detail}")
        return ReadPage(url, found.url, content)

    def to_item(self, page: ReadPage) -> Item:
        """Return the page as an item under the address that it gives as its own."""
        content = page.content
        home = self._find_home(page)
        published, updated = date_of(content["published"]), date_of(content["updated"])
        known_as = dict.fromkeys(canonical_url(url) for url in (page.url, page.final_url))
        return Item(
            file=page.url,
            url=home,
            title=content["title"],
            markdown=content["markdown"],
            subtitle=content["subtitle"],
            authors=content["authors"],
            published=published,
            updated=updated if updated > published else "",
            tags=content["tags"],
            series=content["series"],
            language=content["language"],
            aliases=tuple(url for url in known_as if url != home),
        )

    def _find_home(self, page: ReadPage) -> str:
        """Return the canonical URL, or that of the first page read in a circle of them."""
        own = canonical_url(page.final_url)
        home = canonical_url(page.content["canonical"]) or own
        if not home.startswith("https://"):
            home = own
        home = self._home_of.get(home, home)
        self._home_of[own] = home
        return home


def _drop_reason(error: FetchError) -> str:
    return "unreachable" if error.may_pass else error.reason.value
