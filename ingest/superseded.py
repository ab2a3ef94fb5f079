"""Follow `superseded_by` and `supersedes` in front matter to the articles that they name."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from assistant.records import Article
from assistant.settings import SourceSettings
from ingest.identity import join_url
from ingest.post import DATE_PREFIX, Post

log = logging.getLogger(__name__)


def link_superseded(read: Sequence[Post], source: SourceSettings) -> Iterator[Article]:
    """Yield the articles with `superseded_by` as an article id, from both sides' front matter."""
    by_name: dict[str, str] = {}
    for entry in read:
        for name in _names_of(entry.article):
            by_name.setdefault(name, entry.article.id)
    newer: dict[str, str] = {}
    for entry in read:
        pairs = [(entry.article.id, entry.superseded_by)] if entry.superseded_by else []
        for older, name in pairs:
            newer |= _named_pair(older, _look_up(by_name, name, source), entry, name)
        for name in entry.supersedes:
            newer |= _named_pair(_look_up(by_name, name, source), entry.article.id, entry, name)
    for entry in read:
        yield replace(entry.article, superseded_by=newer.get(entry.article.id, ""))


def _named_pair(older: str, newer: str, entry: Post, name: str) -> dict[str, str]:
    if older and newer and older != newer:
        return {older: newer}
    log.warning("%s names %r, which is no other article; ignored", entry.article.file, name)
    return {}


def _names_of(article: Article) -> Iterator[str]:
    """Yield what front matter may call an article: file, path, stem, slug without date, URL."""
    path = article.file[: article.file.rindex(".")]
    stem = path.rsplit("/", 1)[-1]
    yield from (article.file, path, article.url, *article.aliases, stem, DATE_PREFIX.sub("", stem))


def _look_up(by_name: Mapping[str, str], name: str, source: SourceSettings) -> str:
    bare = name.strip("/")
    for spelling in (name, bare, join_url(source.base_url, name), bare.rsplit("/", 1)[-1]):
        if spelling and spelling in by_name:
            return by_name[spelling]
    return ""
