"""Read a Ghost export (JSON): posts joined with their authors and tags.

Of the tables only posts, posts_meta, users, tags, their joins and settings are looked at; members
and comments never are.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from assistant.config import Workspace
from assistant.errors import ArticleError
from assistant.records import Article, Dropped
from assistant.settings import SourceSettings
from ingest.frontmatter import is_true, words_of
from ingest.ghost_body import lexical_to_html, mobiledoc_to_html
from ingest.identity import join_url
from ingest.item import Item, to_article
from ingest.source_file import find_source_file

_MAX_BYTES = 256 * 1024 * 1024  # held in memory whole, several times over; 20,000 posts are 200 MB
_HERE = "__GHOST_URL__"  # stands in stored bodies for the site's own address
_STATUSES = {"draft": "draft", "scheduled": "scheduled", "sent": "email_only"}
_LOCALE_KEYS = ("locale", "lang", "default_locale")

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Site:
    """The tables that posts are joined with, by the post's id."""

    authors: Mapping[str, list[str]]
    tags: Mapping[str, list[str]]
    meta: Mapping[str, Row]
    users: Mapping[str, str]
    language: str


def read_ghost(workspace: Workspace, source: SourceSettings) -> Iterator[Article | Dropped]:
    """Yield every post of an export, or what it is instead as Dropped.

    ArticleError where the file is no Ghost export.
    """
    path = find_source_file(workspace, source)
    tables = _load_tables(path)
    site = _join(tables)
    for post in _rows(tables, "posts"):
        name = words_of(post.get("slug")) or words_of(post.get("id"))
        if reason := _why_not(post, site.meta.get(words_of(post.get("id")), {})):
            yield Dropped(name, reason, f"{words_of(post.get('title')) or name}")
            continue
        try:
            item = _read_post(post, name, site, source)
        except (ValueError, RecursionError) as error:
            yield Dropped(name, "bad_body", f"{name}: its stored body is damaged ({error})")
            continue
        yield to_article(item, workspace.settings.ingest)


def _load_tables(path: Path) -> Row:
    n_bytes = path.stat().st_size
    if n_bytes > _MAX_BYTES:
        raise ArticleError(f"{path} has {n_bytes:,} bytes; at most {_MAX_BYTES:,} are read")
    try:
        export = json.loads(path.read_bytes().decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise ArticleError(f"{path} is damaged ({error}); export it from Ghost again") from error
    inner = export.get("db") if isinstance(export, dict) else None
    export = inner[0] if isinstance(inner, list) and inner else export
    tables = export.get("data") if isinstance(export, dict) else None
    if not isinstance(tables, dict) or not isinstance(tables.get("posts"), list):
        raise ArticleError(f"{path} is no Ghost export; use Settings > Import/Export > Export")
    return tables


def _rows(tables: Row, name: str) -> list[Row]:
    rows = tables.get(name)
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _join(tables: Row) -> _Site:
    users = _names(tables, "users")
    settings = {
        words_of(row.get("key")): words_of(row.get("value")) for row in _rows(tables, "settings")
    }
    return _Site(
        authors=_by_post(tables, "posts_authors", "author_id", users),
        tags=_by_post(tables, "posts_tags", "tag_id", _names(tables, "tags")),
        meta={words_of(row.get("post_id")): row for row in _rows(tables, "posts_meta")},
        users=users,
        language=next((settings[key] for key in _LOCALE_KEYS if settings.get(key)), ""),
    )


def _names(tables: Row, table: str) -> dict[str, str]:
    return {words_of(row.get("id")): words_of(row.get("name")) for row in _rows(tables, table)}


def _by_post(tables: Row, table: str, key: str, names: Mapping[str, str]) -> dict[str, list[str]]:
    ordered: defaultdict[str, list[tuple[int, str]]] = defaultdict(list)
    for row in _rows(tables, table):
        order = row.get("sort_order")
        place = order if isinstance(order, int) else 0
        ordered[words_of(row.get("post_id"))].append((place, names.get(words_of(row.get(key)), "")))
    return {
        post: [name for _, name in sorted(pairs, key=lambda pair: pair[0]) if name]
        for post, pairs in ordered.items()
    }


def _why_not(post: Row, meta: Row) -> str:
    """Return why a post is no article; "" for a published one that anybody may read."""
    if post.get("type") == "page" or is_true(post.get("page")):
        return "page"
    status = words_of(post.get("status"))
    if status != "published":
        return _STATUSES.get(status, "draft")
    if is_true(meta.get("email_only")):
        return "email_only"
    return "" if words_of(post.get("visibility")) in ("", "public") else "members_only"


def _read_post(post: Row, name: str, site: _Site, source: SourceSettings) -> Item:
    number = words_of(post.get("id"))
    own_url = join_url(source.base_url, f"{words_of(post.get('slug'))}/")
    url = _at_home(words_of(post.get("canonical_url")), source) or own_url
    author = site.users.get(words_of(post.get("author_id")), "")
    tags = site.tags.get(number, [])
    return Item(
        file=name,
        url=url,
        title=words_of(post.get("title")),
        html=_at_home(_read_body(post), source),
        subtitle=words_of(post.get("custom_excerpt")),
        authors=site.authors.get(number) or [author],
        published=_day(post.get("published_at")),
        updated=_day(post.get("updated_at")),
        tags=[tag for tag in tags if not tag.startswith("#")],  # those are for the editors alone
        language=words_of(post.get("locale")) or site.language,
        aliases=[own_url] if own_url and own_url != url else [],
        voice=not any(tag.lower() in ("#guest", "#sponsored", "#translation") for tag in tags),
    )


def _read_body(post: Row) -> str:
    """Return the HTML that Ghost rendered, else render what its editors store."""
    if isinstance(stored := post.get("html"), str) and stored.strip():
        return stored
    if isinstance(stored := post.get("lexical"), str) and stored.strip():
        return lexical_to_html(stored)
    if isinstance(stored := post.get("mobiledoc"), str) and stored.strip():
        return mobiledoc_to_html(stored)
    return ""


def _at_home(words: str, source: SourceSettings) -> str:
    return words.replace(_HERE, source.base_url.rstrip("/"))


def _day(value: object) -> str:
    """Return a date as written; of milliseconds, as old exports have them, the day in UTC."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        try:
            return datetime.fromtimestamp(value / 1000, UTC).date().isoformat()
        except (ValueError, OverflowError, OSError):
            return ""
    return words_of(value)
