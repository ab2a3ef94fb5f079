"""One web page as an article: its body as Markdown, and what it says of itself.

Takes the bytes that our client fetched; the parsing happens in the limited child. Fetches nothing.
"""

from __future__ import annotations

import logging
import re
from typing import TypedDict

from lxml import etree, html

from ingest.content import clean_article, find_article
from ingest.html_text import html_to_markdown
from ingest.page_meta import read_meta
from ingest.xml import parse_html

_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]+)", re.IGNORECASE)
_MAX_MARKDOWN = 4 * 1024 * 1024  # characters: a novel is one million; what is longer is a dump
_MAX_REFRESH_WORDS = 60  # a page that sends its reader on says little more


class PageContent(TypedDict):
    """A page as JSON carries it; dates as found. `not_article` says why it seems to be none."""

    title: str
    canonical: str
    subtitle: str
    authors: list[str]
    published: str
    updated: str
    tags: list[str]
    series: str
    language: str
    markdown: str
    not_article: str


def parse_page(data: bytes, url: str, content_type: str = "") -> PageContent:
    """Return what the page at `url` holds; ValueError where it is no page that can be read."""
    tree = parse_html(data, charset_of(content_type))
    meta = read_meta(tree, url)
    markdown = _body_markdown(tree, meta.title, _base_url(tree, url))
    if len(markdown) > _MAX_MARKDOWN:
        raise ValueError(f"has {len(markdown):,} characters of text; {_MAX_MARKDOWN:,} are read")
    sent_on = _is_sent_on(tree) and len(markdown.split()) < _MAX_REFRESH_WORDS
    return {
        "title": meta.title,
        "canonical": meta.canonical,
        "subtitle": meta.subtitle,
        "authors": list(meta.authors),
        "published": meta.published,
        "updated": meta.updated,
        "tags": list(meta.tags),
        "series": meta.series,
        "language": meta.language,
        "markdown": markdown,
        "not_article": "only sends its reader to another page" if sent_on else meta.not_article,
    }


def charset_of(content_type: str) -> str:
    """Return the encoding that a Content-Type names, "" where it names none that is known."""
    match = _CHARSET.search(content_type)
    try:
        return match[1].lower() if match and "".encode(match[1]) == b"" else ""
    except (LookupError, ValueError):
        return ""


def _body_markdown(tree: html.HtmlElement, title: str, base_url: str) -> str:
    found = _extract(tree)
    article = find_article(tree, found)
    if article is not None:
        return html_to_markdown(clean_article(article, title, base_url))
    return html_to_markdown(html.tostring(found, encoding="unicode")) if found is not None else ""


def _extract(tree: html.HtmlElement) -> etree._Element | None:
    """Return the body as trafilatura finds it; None where it finds no text."""
    import trafilatura
    from trafilatura.metadata import Document

    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    document = trafilatura.bare_extraction(
        tree, include_comments=False, include_tables=True, include_formatting=True
    )
    return document.body if isinstance(document, Document) else None


def _base_url(tree: html.HtmlElement, url: str) -> str:
    base = next(iter(tree.iter("base")), None)
    href = base.get("href") if base is not None else None
    return str(href) if href and re.match(r"https?://", href) else url


def _is_sent_on(tree: html.HtmlElement) -> bool:
    return any((e.get("http-equiv") or "").lower() == "refresh" for e in tree.iter("meta"))
