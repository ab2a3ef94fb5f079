"""Read a folder of articles: Markdown with front matter, HTML pages, plain text, PDF.

Takes a workspace and a `folder` source; gives each file in sorted order as an Article or as
Dropped with the reason and, as its id, the file. Follows no link out of the folder.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path, PurePosixPath

from assistant.config import Workspace
from assistant.errors import ArticleError
from assistant.records import Article, Dropped
from assistant.settings import IngestSettings, SourceSettings
from assistant.tables import parse_article
from ingest.decode import NotTextError, decode_text, printable
from ingest.find_files import find_files
from ingest.identity import join_url
from ingest.item import Item, to_article
from ingest.limited import LimitedWorker, ParseFailed
from ingest.page import parse_page
from ingest.pdf import parse_pdf, pdf_to_item
from ingest.plain_text import text_to_item
from ingest.post import Post, Unfit, address_of, read_post
from ingest.reading_cache import ReadingCache
from ingest.superseded import link_superseded

_MARKDOWN = (".md", ".markdown", ".mdx")
_HTML = (".html", ".htm")
_TEXT, _PDF = (".txt",), (".pdf",)
# Bytes. A novel is 1 MB of text; what is longer is a log or a dump. Pages and PDF carry pictures,
# and are parsed in a child with limits of its own.
_MAX_BYTES = dict.fromkeys((*_MARKDOWN, *_TEXT), 4 * 1024 * 1024)
_MAX_BYTES |= dict.fromkeys(_HTML, 16 * 1024 * 1024) | dict.fromkeys(_PDF, 64 * 1024 * 1024)
_PAGE_START = re.compile(r"\s*(?:<\?xml[^<>]*\?>\s*)?<(?:!doctype\s+html|html)\b", re.IGNORECASE)
_PAGE_PART = re.compile(r"<(?:!doctype|html|body)\b", re.IGNORECASE)
_UNDATED = "names no date"  # a sign on a site; in a folder of articles, an article without one
_PEEKED = 2000  # characters: a page says what it is before
# Folders and files that belong to a site and are no articles of it.
_SITE_PARTS = {"_includes", "_layouts", "_site", "layouts", "node_modules", "partials", "templates",
               "themes"}  # fmt: skip
_NO_ARTICLE = re.compile(r"(?:robots|humans|ads|llms|requirements|licen[cs]e)\.txt", re.IGNORECASE)


def read_folder(workspace: Workspace, source: SourceSettings) -> Iterator[Article | Dropped]:
    """Yield every file as an article, or dropped with its reason; all files are read first.

    ArticleError where the folder does not exist.
    """
    settings = workspace.settings.ingest
    root = (workspace.root / Path(source.place).expanduser()).resolve()
    if not root.is_dir():
        raise ArticleError(
            f"no folder {root} for the source `folder: {source.place}`; correct the path, which is"
            " relative to masthead.yaml, or put the articles there"
        )
    posts: dict[str, Post] = {}
    dropped: list[Dropped] = []
    cache = ReadingCache(workspace.cache_root, source.name)
    with LimitedWorker() as worker:
        for found in find_files(root, tuple(_MAX_BYTES)):
            if isinstance(found, Dropped):
                dropped.append(found)
                continue
            file = printable(found.relative_to(root).as_posix())
            try:
                data = _read_bytes(found, file, _MAX_BYTES[found.suffix.lower()])
                post = _remember_post(data, file, source, settings, worker, cache)
            except Unfit as unfit:
                dropped.append(Dropped(file, unfit.reason, unfit.detail))
                continue
            earlier = posts.setdefault(post.article.id, post)
            if earlier is not post:
                detail = f"{file} has the URL of {earlier.article.file}: {post.article.url}"
                dropped.append(Dropped(file, "duplicate_id", detail))
    cache.save()
    yield from dropped
    yield from link_superseded(list(posts.values()), source)


def _remember_post(
    data: bytes,
    file: str,
    source: SourceSettings,
    settings: IngestSettings,
    worker: LimitedWorker,
    cache: ReadingCache,
) -> Post:
    made_from = json.dumps([file, source.base_url, settings.min_words]).encode() + data
    row = cache.remember(
        made_from, lambda: asdict(_read_file(data, file, source, settings, worker))
    )
    return Post(parse_article(row["article"]), row["superseded_by"], tuple(row["supersedes"]))


def _read_file(
    data: bytes,
    file: str,
    source: SourceSettings,
    settings: IngestSettings,
    worker: LimitedWorker,
) -> Post:
    path = PurePosixPath(file)
    ending = path.suffix.lower()
    if _NO_ARTICLE.fullmatch(path.name) or (
        ending in _HTML and _SITE_PARTS & set(file.split("/")[:-1])
    ):
        raise Unfit("not_article", f"{file} is a part of a site, not an article")
    if ending in _PDF:
        return _finish(_read_pdf(data, file, source, worker), settings)
    text = _decode(data, file)
    if not text.strip():
        raise Unfit("no_text", f"{file} is empty")
    if _is_page(text, ending, file):
        return _finish(_read_page(text, file, source, worker), settings)
    if ending in _TEXT:
        return _finish(text_to_item(text, file, address_of(file, source.base_url)), settings)
    return read_post(text, file, source, settings.min_words)


def _is_page(text: str, ending: str, file: str) -> bool:
    """Say whether a text is a page as a server sends it, not Markdown and not a post in HTML."""
    if ending not in _HTML:
        return bool(_PAGE_START.match(text))
    if text.lstrip().startswith(("---", "+++")):
        return False
    if not _PAGE_PART.search(text[:_PEEKED]) and ("{%" in text or "{{" in text):
        raise Unfit("not_article", f"{file} is a template of a site, not an article")
    return True


def _read_bytes(path: Path, file: str, max_bytes: int) -> bytes:
    try:
        n_bytes = path.stat().st_size
        if n_bytes > max_bytes:
            raise Unfit(
                "too_large", f"{file} has {n_bytes:,} bytes; at most {max_bytes:,} are read"
            )
        return path.read_bytes()
    except OSError as error:
        raise Unfit("unreadable", f"{file}: {error.strerror}") from error


def _decode(data: bytes, file: str) -> str:
    if data.startswith(b"%PDF-"):
        raise Unfit("not_text", f"{file} is a PDF; give it the ending .pdf")
    try:
        return decode_text(data)
    except NotTextError as error:
        raise Unfit("not_text", f"{file} {error}") from error
    except UnicodeDecodeError as error:
        detail = f"{file} is neither UTF-8 nor UTF-16 nor Windows-1252; save it as UTF-8"
        raise Unfit("unreadable", detail) from error


def _read_page(text: str, file: str, source: SourceSettings, worker: LimitedWorker) -> Item:
    address = address_of(file, source.base_url)
    try:
        page = worker.run(parse_page, text.encode(), address, "text/html; charset=utf-8")
    except ParseFailed as failed:
        raise Unfit(failed.reason, f"{file}: {failed.detail}") from failed
    if page["not_article"] not in ("", _UNDATED):
        raise Unfit("not_article", f"{file} {page['not_article']}")
    url = (page["canonical"] and join_url(source.base_url, page["canonical"])) or address
    return Item(
        file=file,
        url=url,
        title=page["title"],
        markdown=page["markdown"],
        subtitle=page["subtitle"],
        authors=page["authors"],
        published=page["published"],
        updated=page["updated"],
        tags=page["tags"],
        series=page["series"],
        language=page["language"],
        aliases=[address] if address and address != url else [],
    )


def _read_pdf(data: bytes, file: str, source: SourceSettings, worker: LimitedWorker) -> Item:
    try:
        pdf = worker.run(parse_pdf, data)
    except ParseFailed as failed:
        raise Unfit(failed.reason, f"{file}: {failed.detail}") from failed
    if pdf["problem"]:
        raise Unfit(pdf["problem"], f"{file} is {pdf['problem']}: there is no text to read")
    # Unlike a page, a PDF is published under its ending.
    return pdf_to_item(pdf, file, join_url(source.base_url, file))


def _finish(item: Item, settings: IngestSettings) -> Post:
    found = to_article(item, settings)
    if isinstance(found, Dropped):
        raise Unfit(found.reason, found.detail)
    return Post(found)
