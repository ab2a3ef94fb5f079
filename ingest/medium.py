"""Read a Medium export (zip): one page for each story under posts/, with its data as microformats.

Drafts are called draft_*; responses to others' stories stand among the stories and are told by
their title, which is how their text begins.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bs4 import BeautifulSoup, Tag

from assistant.config import Workspace
from assistant.errors import ArticleError
from assistant.records import Article, Dropped
from assistant.settings import SourceSettings
from ingest.archive import Archive, EntryUnreadable, open_archive
from ingest.decode import NotTextError, decode_text
from ingest.item import Item, to_article
from ingest.source_file import find_source_file

_STORY = re.compile(r"(?:.*/)?posts/(?P<file>[^/]+)\.html?", re.IGNORECASE)
_HEADINGS = ("h1", "h2", "h3", "h4")


def read_medium(workspace: Workspace, source: SourceSettings) -> Iterator[Article | Dropped]:
    """Yield every story of an export, or what it is instead as Dropped.

    ArticleError where the zip is refused or is no Medium export.
    """
    path = find_source_file(workspace, source)
    with open_archive(path) as archive:
        yield from archive.refused
        stories = [match for name in archive.names if (match := _STORY.fullmatch(name))]
        if not stories:
            raise ArticleError(f"{path} holds no posts/*.html; use Settings > Download your data")
        for match in stories:
            found = _read_story(archive, match)
            if isinstance(found, Item):
                yield to_article(found, workspace.settings.ingest)
            else:
                yield found


def _read_story(archive: Archive, match: re.Match[str]) -> Item | Dropped:
    name = match["file"]
    if name.startswith("draft_"):
        return Dropped(name, "draft", f"{match[0]} is a draft")
    try:
        page = decode_text(archive.read(match[0]))
    except (EntryUnreadable, NotTextError, UnicodeDecodeError) as error:
        return Dropped(name, "unreadable", f"{match[0]}: {error}")
    return _read_page(page, name)


def _read_page(page: str, name: str) -> Item | Dropped:
    soup = BeautifulSoup(page, "html.parser")
    body = soup.select_one(".e-content")
    title = _text(soup.select_one(".p-name"))
    if body is None:
        return Dropped(name, "no_text", f"{name} holds no story")
    canonical, published = soup.select_one("a.p-canonical"), soup.select_one("time.dt-published")
    if _is_response(title, body):
        return Dropped(name, "comment", f"{name} answers somebody else's story")
    _tidy(body, title)
    return Item(
        file=name,
        url=str(canonical.get("href", "")) if canonical else "",
        title=title,
        html=body.decode_contents(),
        subtitle=_text(soup.select_one(".p-summary")),
        authors=[_text(author) for author in soup.select(".p-author")],
        published=str(published.get("datetime", "")) if published else "",
        tags=[_text(tag) for tag in soup.select(".p-tags a")],
    )


def _text(element: Tag | None) -> str:
    return " ".join(element.get_text().split()) if element else ""


def _is_response(title: str, body: Tag) -> bool:
    start = title.rstrip("…. ")
    return not body.find(_HEADINGS) and bool(start) and _text(body).startswith(start)


def _tidy(body: Tag, title: str) -> None:
    """Take off the repeated title and subtitle and the rules; Medium's h3 and h4 are h2 and h3."""
    for element in body.select(".graf--title, .graf--subtitle, .graf--kicker, .section-divider"):
        element.decompose()
    first = body.find(_HEADINGS)
    if first and _text(first) == title and _text(body).startswith(title):
        first.decompose()
    if not body.find(("h1", "h2")):
        for heading in body.find_all(("h3", "h4")):
            heading.name = "h2" if heading.name == "h3" else "h3"
