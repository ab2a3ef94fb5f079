"""What a page says of itself: schema.org, OpenGraph and plain meta elements, in that order."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lxml import html

from ingest.byline import find_byline
from ingest.content import absolute_url

_ARTICLE_TYPES = re.compile(
    r"(?:\w*Article|\w*BlogPosting|Report|Review|HowTo|Recipe|\w*Posting|Essay)$"
)
_LISTING_TYPES = {"CollectionPage", "SearchResultsPage", "ProfilePage", "ItemList"}
_LISTING_PATH = re.compile(
    r"/(?:tags?|topics?|categor(?:y|ies)|authors?|archives?|page|search)(?:/[^/]+)*/?$"
)
_DATE_NAMES = ("article:published_time", "date", "dc.date", "dc.date.issued", "dcterms.created",
               "publish-date", "pubdate", "parsely-pub-date", "datepublished")  # fmt: skip
_UPDATED_NAMES = ("article:modified_time", "og:updated_time", "dcterms.modified", "last-modified")
_TITLE_SEPARATORS = re.compile(r"\s+[|\u2013\u2014·»-]\s+")


@dataclass(frozen=True, slots=True)
class PageMeta:
    """As found; dates in any spelling. `not_article` says why the page seems to be none, or ""."""

    title: str
    canonical: str
    subtitle: str
    authors: tuple[str, ...]
    published: str
    updated: str
    tags: tuple[str, ...]
    series: str
    language: str
    not_article: str


def read_meta(tree: html.HtmlElement, url: str) -> PageMeta:
    """Return what the page at `url` says; relative addresses are joined to it."""
    things = list(_schema_things(tree))
    article = next((thing for thing in things if _is_a(thing, _ARTICLE_TYPES.fullmatch)), {})
    meta = _meta_values(tree)
    first = next(iter(tree.iter("h1")), None)
    heading = " ".join(first.text_content().split()) if first is not None else ""
    canonical = _canonical(tree) or _text(meta.get("og:url"))
    published = _text(article.get("datePublished")) or _first(meta, _DATE_NAMES) or _time_of(tree)
    return PageMeta(
        title=_choose_title(
            _text(article.get("headline")), _text(meta.get("og:title")), heading, _title(tree)
        ),
        canonical=absolute_url(url, canonical) if canonical else "",
        subtitle=_text(article.get("alternativeHeadline")),
        authors=tuple(_authors(article, meta)) or tuple(find_byline(tree)),
        published=published,
        updated=_text(article.get("dateModified")) or _first(meta, _UPDATED_NAMES),
        tags=tuple(_tags(article, meta)),
        series=_series(article),
        language=(_text(article.get("inLanguage")) or tree.get("lang") or "")[:2].lower(),
        not_article=_why_no_article(tree, things, bool(article), published, url),
    )


def _why_no_article(
    tree: html.HtmlElement, things: list[Mapping[str, Any]], says_so: bool, published: str, url: str
) -> str:
    if says_so:
        return ""
    if any(_is_a(thing, _LISTING_TYPES.__contains__) for thing in things):
        return "says that it is a list of pages"
    if _LISTING_PATH.search(url.split("?")[0]):
        return "has the address of a list of pages"
    if sum(1 for item in tree.iter("article") if next(item.iter("a"), None) is not None) > 2:
        return "holds several articles"
    return "" if published else "names no date"


def _schema_things(tree: html.HtmlElement) -> Iterator[Mapping[str, Any]]:
    """Yield every object of the page's JSON-LD, however it is nested."""
    for script in tree.iter("script"):
        if (script.get("type") or "").split(";")[0].strip().lower() == "application/ld+json":
            try:
                yield from _objects(json.loads(script.text or ""))
            except (ValueError, RecursionError):
                continue  # a page may well carry a damaged one beside its text


def _objects(value: object, depth: int = 0) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, Mapping) and depth < 6:
        if "@type" in value:
            yield value
        for key in ("@graph", "mainEntity", "mainEntityOfPage", "blogPost"):
            yield from _objects(value.get(key), depth + 1)
    elif isinstance(value, list) and depth < 6:
        for item in value[:100]:
            yield from _objects(item, depth + 1)


def _is_a(thing: Mapping[str, Any], fits: Callable[[str], object]) -> bool:
    kinds = thing.get("@type")
    return any(fits(kind) for kind in (kinds if isinstance(kinds, list) else [kinds])
               if isinstance(kind, str))  # fmt: skip


def _meta_values(tree: html.HtmlElement) -> dict[str, list[str]]:
    values: dict[str, list[str]] = {}
    for element in tree.iter("meta"):
        name = element.get("property") or element.get("name") or element.get("itemprop") or ""
        content = " ".join((element.get("content") or "").split())
        if name and content:
            values.setdefault(name.strip().lower(), []).append(content)
    return values


def _canonical(tree: html.HtmlElement) -> str:
    for link in tree.iter("link"):
        if "canonical" in (link.get("rel") or "").lower().split():
            return (link.get("href") or "").strip()
    return ""


def _choose_title(headline: str, og_title: str, heading: str, page_title: str) -> str:
    """Prefer what names the article alone; sites add their own name to the others."""
    if headline:
        return headline
    for longer in (og_title, page_title):
        if heading and longer.startswith(heading):
            return heading
    return og_title or heading or _TITLE_SEPARATORS.split(page_title)[0]


def _title(tree: html.HtmlElement) -> str:
    title = next(iter(tree.iter("title")), None)
    return " ".join(title.text_content().split()) if title is not None else ""


def _authors(article: Mapping[str, Any], meta: Mapping[str, list[str]]) -> Iterator[str]:
    found = [_name(author) for author in _as_list(article.get("author"))]
    names = [name for name in found if name] or [
        name for key in ("author", "article:author", "dc.creator") for name in meta.get(key, ())
    ]
    yield from dict.fromkeys(name for name in names if not name.startswith(("http:", "https:")))


def _tags(article: Mapping[str, Any], meta: Mapping[str, list[str]]) -> Iterator[str]:
    keywords = [_text(value) or _name(value) for value in _as_list(article.get("keywords"))]
    tags = [tag for words in keywords for tag in words.split(",")]
    for key in ("article:tag", "keywords", "news_keywords"):
        tags = tags if any(tags) else [t for words in meta.get(key, ()) for t in words.split(",")]
    yield from dict.fromkeys(tag.strip() for tag in tags if tag.strip())


def _series(article: Mapping[str, Any]) -> str:
    for whole in _as_list(article.get("isPartOf")):
        if isinstance(whole, Mapping) and _is_a(whole, lambda kind: kind.endswith("Series")):
            return _name(whole)
    return ""


def _time_of(tree: html.HtmlElement) -> str:
    """Return the first <time> that is marked as the article's date, or the only one there is."""
    times = [element for element in tree.iter("time") if element.get("datetime")]
    marked = [
        element
        for element in times
        if "published" in (element.get("class") or "")
        or element.get("itemprop") == "datePublished"
        or element.get("pubdate") is not None
    ]
    chosen = marked or (times if len({e.get("datetime") for e in times}) == 1 else [])
    return str(chosen[0].get("datetime")) if chosen else ""


def _first(meta: Mapping[str, list[str]], names: Iterable[str]) -> str:
    return next((meta[name][0] for name in names if name in meta), "")


def _as_list(value: object) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _name(value: object) -> str:
    return _text(value.get("name") if isinstance(value, Mapping) else value)


def _text(value: object) -> str:
    if isinstance(value, list) and value:
        return _text(value[0])
    return " ".join(value.split()) if isinstance(value, str) else ""
