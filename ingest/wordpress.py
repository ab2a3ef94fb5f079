"""Read a WordPress export (WXR), as one XML file or the zip of several that WordPress.com gives.

Streams: one item is in memory at a time, whatever the file's length. Comments are never looked at.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from lxml import etree

from assistant.config import Workspace
from assistant.errors import ArticleError, SourceIncomplete
from assistant.records import Article, Dropped
from assistant.settings import SourceSettings
from ingest.archive import EntryUnreadable, open_archive
from ingest.identity import join_url
from ingest.item import Item, to_article
from ingest.source_file import find_source_file
from ingest.wordpress_body import post_to_html

_CONTROLS = bytes(set(range(32)) - {9, 10, 13})  # not allowed in XML, but common in exports
_TYPES = {"page": "page", "attachment": "attachment", "nav_menu_item": "menu_item",
          "revision": "revision"}  # fmt: skip
_STATUSES = {"draft": "draft", "auto-draft": "draft", "pending": "draft", "future": "scheduled",
             "private": "private", "trash": "trash"}  # fmt: skip
_CANONICAL_KEYS = ("_yoast_wpseo_canonical", "rank_math_canonical_url")
_SUBTITLE_KEYS = ("subtitle", "_subtitle", "kia_subtitle", "wps_subtitle", "dek")
_ACCESS_KEY = "_jetpack_newsletter_access"


@dataclass(slots=True)
class _Site:
    """What stands before the items: who the logins are, and the language."""

    authors: dict[str, str] = field(default_factory=dict)
    language: str = ""


def read_wordpress(workspace: Workspace, source: SourceSettings) -> Iterator[Article | Dropped]:
    """Yield every post of an export, or what it is instead as Dropped.

    ArticleError where the file cannot be read, SourceIncomplete after the last post before damage.
    """
    path = find_source_file(workspace, source)
    for found in _read_files(path, source):
        yield found if isinstance(found, Dropped) else to_article(found, workspace.settings.ingest)


def _read_files(path: Path, source: SourceSettings) -> Iterator[Item | Dropped]:
    if not zipfile.is_zipfile(path):
        with path.open("rb") as file:
            yield from _read_items(file, path.name, source)
        return
    with open_archive(path) as archive:
        yield from archive.refused
        names = [name for name in archive.names if name.lower().endswith(".xml")]
        if not names:
            raise ArticleError(f"{path} holds no .xml file; export all content and name that zip")
        for name in names:
            try:
                with archive.open(name) as file:
                    yield from _read_items(file, name, source)
            except EntryUnreadable as error:
                raise SourceIncomplete(f"{path}: {error}; download the export again") from error


class _CleanStream:
    """The bytes of a file without the control characters that XML forbids."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def read(self, n_bytes: int) -> bytes:
        return self._file.read(n_bytes).translate(None, _CONTROLS)


def _read_items(file: IO[bytes], name: str, source: SourceSettings) -> Iterator[Item | Dropped]:
    site, has_channel = _Site(), False
    try:
        for element in _each_element(_CleanStream(file), name):
            tag = etree.QName(element).localname
            if tag == "author":
                fields = _texts(element)
                login = fields.get("author_login", "")
                site.authors[login] = fields.get("author_display_name", "") or login
            elif tag == "language" and not site.language:
                site.language = element.text or ""
            elif tag == "item":
                has_channel = True
                yield _read_item(element, site, source)
            has_channel = has_channel or tag == "wxr_version"
    except etree.XMLSyntaxError as error:
        raise SourceIncomplete(
            f"{name} breaks off in line {error.lineno} ({error.msg}); export it again"
        ) from error
    if not has_channel:
        raise ArticleError(f"{name} is no WordPress export; use Tools > Export > All content")


def _each_element(file: _CleanStream, name: str) -> Iterator[etree._Element]:
    """Yield the elements that matter, each once whole, and forget it and all before it."""
    events = etree.iterparse(
        file,
        events=("start", "end"),
        tag=("rss", "item", "language", "{*}author", "{*}comment", "{*}wxr_version"),
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
    )
    for event, element in events:
        if event == "start":
            if element.getroottree().docinfo.doctype:
                raise ArticleError(f"{name} declares its own entities, which no export does")
            continue
        tag = etree.QName(element).localname
        if tag != "comment":
            yield element
        if tag == "item" or tag == "comment":
            element.clear(keep_tail=False)
            while (before := element.getprevious()) is not None and tag == "item":
                before.getparent().remove(before)


def _read_item(element: etree._Element, site: _Site, source: SourceSettings) -> Item | Dropped:
    fields, meta, terms = _texts(element), _read_meta(element), _read_terms(element)
    name = fields.get("post_name", "") or fields.get("post_id", "") or fields.get("link", "")
    if reason := _why_not(fields, meta):
        kind, status = fields.get("post_type", ""), fields.get("status", "")
        return Dropped(name, reason, f"{fields.get('title', '') or name}: {kind}, {status}")
    link = fields.get("link", "") or join_url(source.base_url, fields.get("post_name", ""))
    url = next((meta[key] for key in _CANONICAL_KEYS if meta.get(key)), link)
    login = fields.get("creator", "")
    return Item(
        file=name,
        url=url,
        title=fields.get("title", ""),
        html=post_to_html(fields.get("content.encoded", "")),
        subtitle=next((meta[key] for key in _SUBTITLE_KEYS if meta.get(key)), "")
        or fields.get("excerpt.encoded", ""),
        authors=terms.get("author") or [site.authors.get(login, login)],
        published=_first_date(fields, "post_date", "post_date_gmt", "pubDate"),
        updated=_first_date(fields, "post_modified", "post_modified_gmt"),
        tags=[
            tag
            for domain in ("category", "post_tag")
            for tag in terms.get(domain, ())
            if tag != "Uncategorized"
        ],
        series=next(iter(terms.get("series", ())), ""),
        language=next(iter(terms.get("language", ())), "") or site.language,
        aliases=_find_aliases(fields, meta, link, url),
    )


def _why_not(fields: Mapping[str, str], meta: Mapping[str, str]) -> str:
    """Return why an item is no article; "" for a published post that anybody may read."""
    kind = fields.get("post_type", "post")
    if kind != "post":
        return _TYPES.get(kind, "other_type")
    status = fields.get("status", "publish")
    if status != "publish":
        return _STATUSES.get(status, "draft")
    if fields.get("post_password"):
        return "password_protected"
    if meta.get(_ACCESS_KEY, "everybody") not in ("", "everybody"):
        return "members_only"
    return ""


def _texts(element: etree._Element) -> dict[str, str]:
    """Return the texts of an element's children; `encoded` is called by its namespace too."""
    texts: dict[str, str] = {}
    for child in element.iterchildren(tag=etree.Element):
        name = etree.QName(child)
        key = name.localname
        if key == "encoded":
            key = f"{'excerpt' if 'excerpt' in (name.namespace or '') else 'content'}.encoded"
        texts.setdefault(key, (child.text or "").strip())
    return texts


def _read_meta(element: etree._Element) -> dict[str, str]:
    meta: dict[str, str] = {}
    for child in element.iterchildren(tag="{*}postmeta"):
        pair = _texts(child)
        key, value = pair.get("meta_key", ""), pair.get("meta_value", "")
        meta[key] = f"{meta[key]} {value}" if key == "_wp_old_slug" and key in meta else value
    return meta


def _read_terms(element: etree._Element) -> dict[str, list[str]]:
    terms: dict[str, list[str]] = {}
    for child in element.iterchildren(tag="category"):
        domain = str(child.get("domain", "category"))
        word = (
            str(child.get("nicename", "")) if domain == "language" else (child.text or "").strip()
        )
        terms.setdefault(domain, []).append(word)
    return terms


def _first_date(fields: Mapping[str, str], *keys: str) -> str:
    return next((day for key in keys if (day := fields.get(key, "")) and day[:4] != "0000"), "")


def _find_aliases(
    fields: Mapping[str, str], meta: Mapping[str, str], link: str, url: str
) -> list[str]:
    """Return the other addresses that lead to a post: its number, old slugs, its own page."""
    slug = fields.get("post_name", "")
    old = [
        re.sub(rf"{re.escape(slug)}(?=/?$)", old_slug, link)
        for old_slug in meta.get("_wp_old_slug", "").split()
        if slug and slug in link
    ]
    guid = fields.get("guid", "")
    others = [guid if guid.startswith(("https://", "http://")) else "", link, *old]
    return [alias for alias in dict.fromkeys(others) if alias and alias != url]
