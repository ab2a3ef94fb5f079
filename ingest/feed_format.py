"""The entries of a feed: RSS, Atom and JSON Feed, from bytes, with each body as Markdown.

Runs in the limited child. feedparser reads the XML; its own cleaning of HTML is off, since it
changes code, and ours comes later.
"""

from __future__ import annotations

import html as entities
import io
import json
import re
import time
from collections.abc import Iterator, Mapping
from typing import Any, TypedDict
from xml.sax import SAXException

from lxml import html

from ingest.content import absolute_url
from ingest.html_text import html_to_markdown
from ingest.xml import local_name, parse_html, parse_xml

_TEASER_END = re.compile(
    r"(?:\[?(?:…|\.\.\.)\]?|(?:read|continue|keep)\s+(?:more|on|reading)\b[^.]{0,80}"
    r"|read the (?:full|whole|rest)[^.]{0,80})\W*$",
    re.IGNORECASE,
)
_TEASER_WORDS = 300  # a text that ends like a teaser and is longer is a whole one with a link
_WHOLE_WORDS = 150  # a description of so many words in several blocks is the article
_COMMENT_LINK = re.compile(r"#(?:comment|c|respond)-?\d+$")
_ROOTS = ("rss", "rdf", "feed", "channel")
_BLOCK = re.compile(r"<(?:p|pre|h[1-6]|ul|ol|table|blockquote)\b", re.IGNORECASE)


class Entry(TypedDict):
    """One entry as JSON carries it. `is_whole`: the body is the article, not a teaser.

    `is_comment`: a reader wrote it below an article; feeds of comments and mixed ones carry such.
    """

    id: str
    url: str
    title: str
    authors: list[str]
    published: str
    updated: str
    tags: list[str]
    language: str
    markdown: str
    is_whole: bool
    is_comment: bool


class Feed(TypedDict):
    """The entries, and what was wrong where only some could be read."""

    entries: list[Entry]
    problem: str


def parse_feed(data: bytes, url: str) -> Feed:
    """Return the feed's entries; ValueError where the bytes are no feed. `url` is its address."""
    text = data.removeprefix(b"\xef\xbb\xbf").lstrip()
    return _parse_json(text, url) if text.startswith(b"{") else _parse_xml(data, url)


def _parse_json(data: bytes, url: str) -> Feed:
    try:
        feed = json.loads(data)
    except RecursionError as error:
        raise ValueError("nests too deep to be a feed") from error
    if "jsonfeed.org" not in str(feed.get("version", "")) or not isinstance(
        feed.get("items"), list
    ):
        raise ValueError("is JSON, but no JSON Feed")
    items = [item for item in feed["items"] if isinstance(item, dict)]
    return {"entries": [_json_entry(item, feed, url) for item in items], "problem": ""}


def _json_entry(item: Mapping[str, Any], feed: Mapping[str, Any], url: str) -> Entry:
    link = absolute_url(url, _words(item.get("url")) or _words(item.get("external_url")))
    markup, text = _str(item.get("content_html")), _str(item.get("content_text"))
    body = _to_markdown(markup, link or url) or text
    people = item.get("authors") or item.get("author") or feed.get("authors") or feed.get("author")
    tags = item.get("tags")
    return {
        "id": _words(item.get("id")) or link,
        "url": link if link.startswith("http") else "",
        "title": _words(item.get("title")),
        "authors": [_words(p.get("name")) for p in _list(people) if isinstance(p, dict)],
        "published": _words(item.get("date_published")),
        "updated": _words(item.get("date_modified")),
        "tags": [_words(tag) for tag in _list(tags)],
        "language": _words(item.get("language")) or _words(feed.get("language")),
        "markdown": body or _words(item.get("summary")),
        "is_whole": bool(body) and not _is_teaser(body),
        "is_comment": bool(_COMMENT_LINK.search(link)),
    }


def _parse_xml(data: bytes, url: str) -> Feed:
    import feedparser

    # feedparser sets no bounds; on a document that is far beyond them it runs for minutes.
    root, _ = parse_xml(data.lstrip())
    if local_name(root).lower() not in _ROOTS:
        raise ValueError(f"is no feed but <{local_name(root)[:40]}>")
    parsed = feedparser.parse(
        io.BytesIO(data),  # a str would be opened as a file, or fetched
        response_headers={"content-location": url} if url else None,
        sanitize_html=False,
        resolve_relative_uris=False,
    )
    problem = ""
    if isinstance(parsed.get("bozo_exception"), SAXException):
        problem = " ".join(str(parsed.bozo_exception).split())[:200]
    language = _str(parsed.feed.get("language"))
    return {
        "entries": [_xml_entry(entry, language, url) for entry in parsed.entries],
        "problem": problem,
    }


def _xml_entry(entry: Mapping[str, Any], language: str, url: str) -> Entry:
    found = dict(entry)  # feedparser's own look-up puts one date in place of another
    link = absolute_url(url, _str(found.get("feedburner_origlink")) or _str(found.get("link")))
    contents = [part for part in found.get("content", []) if part.get("value")]
    part: Mapping[str, Any] = max(contents, key=lambda part: len(part["value"]), default={})
    markdown = _part_to_markdown(part, link or url)
    is_whole = bool(markdown) and not _is_teaser(markdown)
    if not markdown:
        detail = found.get("summary_detail", {})
        markdown = _part_to_markdown(detail, link or url)
        is_whole = _looks_whole(_str(detail.get("value")), markdown)
    title = found.get("title_detail", {})
    return {
        "id": _str(found.get("id")) or link,
        "url": link if link.startswith("http") else "",
        "title": _plain(_str(title.get("value")), _str(title.get("type"))),
        "authors": list(_xml_authors(found)),
        "published": _date(found, "published") or _date(found, "created"),
        "updated": _date(found, "updated"),
        "tags": [_str(t.get("label")) or _str(t.get("term")) for t in found.get("tags", [])],
        "language": _str(part.get("language")) or language,
        "markdown": markdown,
        "is_whole": is_whole,
        "is_comment": bool(_COMMENT_LINK.search(link)) or "thr_in-reply-to" in found,
    }


def _part_to_markdown(part: Mapping[str, Any], url: str) -> str:
    value = _str(part.get("value"))
    if part.get("type") == "text/plain" and not _BLOCK.search(value):
        return value
    return _to_markdown(value, absolute_url(url, _str(part.get("base"))))


def _to_markdown(markup: str, base_url: str) -> str:
    if not markup.strip():
        return ""
    tree = parse_html(f"<div>{markup}</div>".encode(), "utf-8")
    for link in tree.iter("a"):
        if href := link.get("href"):
            link.set("href", absolute_url(base_url, href))
    return html_to_markdown(html.tostring(tree, encoding="unicode"))


def _looks_whole(markup: str, markdown: str) -> bool:
    return (
        len(markdown.split()) >= _WHOLE_WORDS
        and len(_BLOCK.findall(markup)) > 2
        and not _is_teaser(markdown)
    )


def _is_teaser(markdown: str) -> bool:
    ending = re.sub(r"\]\([^()]*\)", "", markdown.strip()[-400:])
    return len(markdown.split()) < _TEASER_WORDS and bool(_TEASER_END.search(ending))


def _xml_authors(found: Mapping[str, Any]) -> Iterator[str]:
    names = [_str(author.get("name")) for author in found.get("authors", [])]
    yield from dict.fromkeys(name for name in names or [_str(found.get("author"))] if name)


def _date(found: Mapping[str, Any], name: str) -> str:
    """Return a date as written; where no zone-keeping reader knows it, as feedparser read it."""
    from ingest.frontmatter import date_of

    parsed = found.get(f"{name}_parsed")
    written = _str(found.get(name))
    if date_of(written) or not parsed:
        return written
    return time.strftime("%Y-%m-%d", parsed)


def _plain(title: str, kind: str) -> str:
    if kind == "text/plain":
        return title
    return entities.unescape(re.sub(r"</?[a-zA-Z][^<>]*>", "", title))


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _words(value: object) -> str:
    return " ".join(str(value).split()) if isinstance(value, str | int | float) else ""


def _str(value: object) -> str:
    return value if isinstance(value, str) else ""
