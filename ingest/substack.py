"""Read a Substack export (zip): posts.csv with a line for each post, posts/<id>.<slug>.html.

Nothing else in the zip is opened: the other tables list readers, with their addresses.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from bs4 import BeautifulSoup

from assistant.config import Workspace
from assistant.errors import ArticleError
from assistant.records import Article, Dropped
from assistant.settings import SourceSettings
from ingest.archive import MAX_TABLE_BYTES, Archive, EntryUnreadable, open_archive
from ingest.decode import NotTextError, decode_text
from ingest.frontmatter import date_of, is_true
from ingest.identity import join_url
from ingest.item import Item, to_article
from ingest.source_file import find_source_file

_TABLE = "posts.csv"
_TYPES = {"newsletter": "", "podcast": "", "page": "page", "thread": "thread"}
# What Substack puts into a body: forms, buttons, cards of other posts, comments, polls.
_WIDGETS = (
    ".subscription-widget-wrap, .subscription-widget, .button-wrapper, .captioned-button-wrap,"
    " .digest-post-embed, .embedded-post-wrap, .embedded-publication-wrap, .comment, .poll-embed,"
    " .community-chat, .paywall-jump, .install-substack-app-embed, .directMessage"
)


def read_substack(workspace: Workspace, source: SourceSettings) -> Iterator[Article | Dropped]:
    """Yield every post of an export, or what it is instead as Dropped.

    ArticleError where the zip is refused or is no Substack export.
    """
    path = find_source_file(workspace, source)
    with open_archive(path) as archive:
        yield from archive.refused
        table = next((n for n in archive.names if n.rsplit("/", 1)[-1] == _TABLE), "")
        if not table:
            raise ArticleError(f"{path} holds no {_TABLE}; use Settings > Exports > New export")
        for row in _read_table(archive, table, str(path)):
            name = row.get("post_id", "")
            if reason := _why_not(row):
                yield Dropped(name, reason, row.get("title") or name)
                continue
            try:
                body = decode_text(archive.read(f"{table[: -len(_TABLE)]}posts/{name}.html"))
            except KeyError:
                yield Dropped(name, "no_text", f"posts/{name}.html is not in the export")
                continue
            except (EntryUnreadable, NotTextError, UnicodeDecodeError) as error:
                # Under the name of its article, so that an older copy of it is not taken for gone.
                file = name.partition(".")[2] or name
                yield Dropped(file, "unreadable", f"posts/{name}.html: {error}")
                continue
            yield to_article(_read_post(row, name, body, source), workspace.settings.ingest)


def _read_table(archive: Archive, table: str, path: str) -> Iterator[dict[str, str]]:
    csv.field_size_limit(MAX_TABLE_BYTES)
    try:
        text = decode_text(archive.read(table, MAX_TABLE_BYTES))
        rows = csv.DictReader(io.StringIO(text), restval="", restkey="more")
        for row in rows:
            yield {key: value for key, value in row.items() if isinstance(value, str)}
    except (EntryUnreadable, NotTextError, UnicodeDecodeError, csv.Error) as error:
        raise ArticleError(f"{path}: {table} is damaged: {error}; export it again") from error


def _why_not(row: Mapping[str, str]) -> str:
    """Return why a post is no article; "" for a published one that anybody may read."""
    if reason := _TYPES.get(row.get("type") or "newsletter", "other_type"):
        return reason
    if not is_true(row.get("is_published")):
        today = datetime.now(UTC).date().isoformat()
        return "scheduled" if date_of(row.get("post_date")) > today else "draft"
    return "" if row.get("audience") in ("", "everyone", None) else "members_only"


def _read_post(row: Mapping[str, str], name: str, body: str, source: SourceSettings) -> Item:
    number, _, slug = name.partition(".")
    return Item(
        file=slug or number,
        url=join_url(source.base_url, f"p/{slug}") if slug else "",
        title=row.get("title", ""),
        html=_without_widgets(body),
        subtitle=row.get("subtitle", ""),
        published=row.get("post_date", ""),
    )


def _without_widgets(body: str) -> str:
    if "class=" not in body:
        return body
    soup = BeautifulSoup(body, "html.parser")
    for element in soup.select(_WIDGETS):
        element.decompose()
    return str(soup)
