"""Read a table of articles: CSV of any usual delimiter, or JSON Lines.

Columns: url, title, author, published and body; subtitle, updated, tags, series, language and id
where there are. The body is HTML or Markdown by its look, or by the column's name: html, markdown.
"""

from __future__ import annotations

import codecs
import csv
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any

from assistant.config import Workspace
from assistant.errors import ArticleError, SourceIncomplete
from assistant.records import Article, Dropped
from assistant.settings import SourceSettings
from ingest.decode import NotTextError, decode_text
from ingest.frontmatter import is_false, list_of, words_of
from ingest.identity import join_url
from ingest.item import Item, to_article
from ingest.source_file import find_source_file

_COLUMNS = ("url", "title", "author", "published", "body")
_BODIES = ("body", "html", "markdown")
_OTHER_NAMES = {"authors": "author", "date": "published", "link": "url", "content": "body",
                "text": "body", "lang": "language", "modified": "updated"}  # fmt: skip
_DELIMITERS = ",;\t|"
_JSON_ENDINGS = (".jsonl", ".ndjson", ".json")
_MAX_LINE = (
    16 * 1024 * 1024
)  # characters of a field or a line; an open quote takes all that follows
_PEEKED_BYTES = 1024 * 1024
_HTML = re.compile(r"</(?:p|div|h[1-6]|ul|ol|li|table|blockquote|pre|section)\s*>|<br\s*/?>", re.I)

Row = Mapping[str, Any]


def read_table(workspace: Workspace, source: SourceSettings) -> Iterator[Article | Dropped]:
    """Yield every row as an article, or dropped with its line.

    ArticleError where it is no such table, SourceIncomplete after the last row before damage.
    """
    path = find_source_file(workspace, source)
    encoding = _find_encoding(path)
    is_json = path.name.lower().endswith(_JSON_ENDINGS)
    try:
        with path.open(encoding=encoding, newline="") as file:
            for line, row in _json_rows(file, path) if is_json else _csv_rows(file, path):
                name = f"{path.name}:{line}"
                if isinstance(row, str):
                    yield Dropped(name, "bad_row", f"{path.name} line {line}: {row}")
                else:
                    yield to_article(_to_item(row, name, source), workspace.settings.ingest)
    except UnicodeDecodeError as error:
        raise SourceIncomplete(
            f"{path} is {encoding} at its start and not further on ({error.reason}); save it as"
            " UTF-8"
        ) from error


def _find_encoding(path: Path) -> str:
    """Return the encoding by the table's beginning, by the rule for any text."""
    with path.open("rb") as file:
        start = file.read(_PEEKED_BYTES)
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    start = start[: start.rfind(b"\n") + 1] or start  # a cut letter is no damage
    try:
        decode_text(start)
    except (NotTextError, UnicodeDecodeError) as error:
        raise ArticleError(f"{path} is no table of text ({error}); save it as UTF-8") from error
    try:
        start.decode("utf-8-sig")
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8-sig"


def _csv_rows(file: IO[str], path: Path) -> Iterator[tuple[int, Row | str]]:
    """Yield the line a row begins on with the row, or with what is wrong with it."""
    csv.field_size_limit(_MAX_LINE)
    header = file.readline(_MAX_LINE)
    delimiter = max(_DELIMITERS, key=lambda sign: len(_known(header.split(sign))))
    names = [_column(name) for name in next(csv.reader([header], delimiter=delimiter), [])]
    _check_columns(names, path)
    rows = csv.reader(file, delimiter=delimiter, strict=True)
    end = 1
    try:
        for fields in rows:
            line, end = end + 1, rows.line_num + 1
            if len(fields) > len(names):
                yield (
                    line,
                    f"{len(fields)} fields of {len(names)}; quote one that holds {delimiter!r}",
                )
            elif any(fields):
                yield line, dict(zip(names, fields, strict=False))
    except csv.Error as error:
        raise SourceIncomplete(
            f"{path} line {rows.line_num + 1}: {error}; a quote may be open from an earlier line"
        ) from error


def _json_rows(file: IO[str], path: Path) -> Iterator[tuple[int, Row | str]]:
    line = 0
    while text := file.readline(_MAX_LINE):
        line += 1
        if len(text) == _MAX_LINE:
            raise SourceIncomplete(f"{path} line {line} is over {_MAX_LINE:,} characters long")
        if not text.strip():
            continue
        if line == 1 and text.lstrip().startswith("["):
            raise ArticleError(f"{path} holds one JSON list; write one object on each line")
        try:
            values = json.loads(text)
        except (ValueError, RecursionError) as error:
            yield line, f"no JSON ({error})"
            continue
        if isinstance(values, dict):
            yield line, {_column(name): value for name, value in values.items()}
        else:
            yield line, f"holds {type(values).__name__}, not keys and values"


def _column(name: str) -> str:
    name = name.strip().strip('"').lower()
    return _OTHER_NAMES.get(name, name)


def _known(names: list[str]) -> set[str]:
    return {_column(name) for name in names} & {*_COLUMNS, *_BODIES}


def _check_columns(names: list[str], path: Path) -> None:
    if not set(names) & set(_BODIES):
        found = ", ".join(names) or "none"
        raise ArticleError(
            f"{path} has no column `body` (found: {found[:200]}); name the columns in the first"
            f" line: {','.join(_COLUMNS)}"
        )


def _to_item(row: Row, name: str, source: SourceSettings) -> Item:
    html, markdown = _text(row.get("html")), _text(row.get("markdown"))
    body = _text(row.get("body"))
    is_html = bool(_HTML.search(body))
    url = words_of(row.get("url"))
    return Item(
        file=words_of(row.get("id")) or name,
        url=join_url(source.base_url, url) if url else "",
        title=words_of(row.get("title")),
        html=html or (body if is_html and not markdown else ""),
        markdown=markdown or body,
        subtitle=words_of(row.get("subtitle")),
        authors=list_of(row.get("author")),
        published=words_of(row.get("published")),
        updated=words_of(row.get("updated")),
        tags=list_of(row.get("tags")),
        series=words_of(row.get("series")),
        language=words_of(row.get("language")),
        voice=not is_false(row.get("voice")),
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
