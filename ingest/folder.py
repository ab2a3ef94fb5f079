"""Read a folder of Markdown files as articles.

Takes a workspace and a `folder` source; gives each file in sorted order as an Article or as
Dropped with the reason and, as its id, the file. Follows no link out of the folder.
"""

from __future__ import annotations

import json
import logging
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from assistant.config import IngestSettings, SourceSettings, Workspace
from assistant.errors import ArticleError
from assistant.records import Article, Dropped
from assistant.tables import parse_article
from ingest.decode import NotTextError, decode_text
from ingest.frontmatter import (
    FrontMatterError,
    date_of,
    is_false,
    is_true,
    list_of,
    split_front_matter,
    words_of,
)
from ingest.identity import article_id, join_url
from ingest.markdown import clean_markdown, plain_words, read_headings, repair_text
from ingest.reading_cache import ReadingCache

log = logging.getLogger(__name__)

_ENDINGS = (".md", ".markdown", ".mdx")
_MAX_BYTES = 4 * 1024 * 1024  # a novel is 1 MB; what is longer is a log or a dump
_DATE_PREFIX = re.compile(r"(\d{4}-\d{1,2}-\d{1,2})[-_ ]*")
_FIRST_TITLE = re.compile(r"\s*# +([^\n]+?)(?: +#+)? *(?:\n|\Z)")
_REDIRECT = re.compile(r"http-equiv\s*=\s*[\"']?refresh|window\.location", re.IGNORECASE)
_LINK_WORDS = re.compile(r"\[[^\[\]]*\]\([^()\s]*\)|https?://\S+")
_WORD = re.compile(r"\w+(?:['’.-]\w+)*")
_TITLE_KEYS = ("title",)
_SUBTITLE_KEYS = ("subtitle", "description", "excerpt", "dek")
_PUBLISHED_KEYS = ("date", "published", "pubdate", "published_at")
_UPDATED_KEYS = ("updated", "lastmod", "modified", "last_modified_at", "updated_at")
_URL_KEYS = ("canonical_url", "canonical", "url", "permalink")
_LINK_OUT_KEYS = ("external_url", "external_link", "link", "link_url", "redirect_url")


@dataclass(frozen=True, slots=True)
class _Read:
    """An article with what its front matter says of other files."""

    article: Article
    superseded_by: str
    supersedes: tuple[str, ...]


class _Unfit(Exception):
    """A file that gives no article: a countable reason and the detail."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


def read_folder(workspace: Workspace, source: SourceSettings) -> Iterator[Article | Dropped]:
    """Yield every file as an article, or dropped with its reason; all files are read first.

    ArticleError where the folder does not exist.
    """
    cache = ReadingCache(workspace.cache_root, source.name)
    yield from _read_files(workspace, source, cache)
    cache.save()


def _read_files(
    workspace: Workspace, source: SourceSettings, cache: ReadingCache
) -> Iterator[Article | Dropped]:
    workspace_root, settings = workspace.root, workspace.settings.ingest
    root = (workspace_root / Path(source.place).expanduser()).resolve()
    if not root.is_dir():
        raise ArticleError(
            f"no folder {root} for the source `folder: {source.place}`; correct the path, which is"
            " relative to masthead.yaml, or put the articles there"
        )
    read: dict[str, _Read] = {}
    dropped: list[Dropped] = []
    for found in _find_files(root):
        if isinstance(found, Dropped):
            dropped.append(found)
            continue
        file = found.relative_to(root).as_posix()
        try:
            entry = _remember_file(found, file, source, settings, cache)
        except _Unfit as unfit:
            dropped.append(Dropped(file, unfit.reason, unfit.detail))
            continue
        earlier = read.setdefault(entry.article.id, entry)
        if earlier is not entry:
            detail = f"{file} has the URL of {earlier.article.file}: {entry.article.url}"
            dropped.append(Dropped(file, "duplicate_id", detail))
    yield from dropped
    yield from _link_superseded(list(read.values()), source)


def _find_files(root: Path) -> Iterator[Path | Dropped]:
    """Yield the regular files with our endings in sorted order, and what could not be looked at."""
    unreadable: list[Dropped] = []

    def note(error: OSError) -> None:
        folder = Path(error.filename).relative_to(root).as_posix()
        unreadable.append(Dropped(folder, "unreadable", f"{folder}: {error.strerror}"))

    paths: list[Path] = []
    for folder, subfolders, names in os.walk(root, onerror=note):
        subfolders[:] = [name for name in subfolders if not name.startswith(".")]
        links = [name for name in subfolders if (Path(folder) / name).is_symlink()]
        names = [name for name in names if name.lower().endswith(_ENDINGS)]
        paths += [Path(folder) / name for name in (*names, *links) if not name.startswith(".")]
    yield from unreadable
    for path in sorted(paths, key=lambda path: path.relative_to(root).as_posix()):
        yield _check_path(path, root)


def _check_path(path: Path, root: Path) -> Path | Dropped:
    file = path.relative_to(root).as_posix()
    try:
        target = path.resolve(strict=True)
    except (OSError, RuntimeError) as error:  # a broken link, or a circle of links
        return Dropped(file, "unreadable", f"{file} is a link to nothing: {error}")
    if not target.is_relative_to(root):
        return Dropped(file, "unreadable", f"{file} is a link out of the folder, to {target}")
    if path.is_symlink() and target.is_dir():
        return Dropped(file, "unreadable", f"{file} is a link to the folder {target}, not followed")
    if not target.is_file():
        return Dropped(file, "unreadable", f"{file} is not a regular file")
    return path


def _remember_file(
    path: Path, file: str, source: SourceSettings, settings: IngestSettings, cache: ReadingCache
) -> _Read:
    data = _read_bytes(path, file)

    def make() -> dict[str, Any]:
        try:
            return asdict(_read_file(data, file, source, settings))
        except _Unfit as unfit:
            return {"reason": unfit.reason, "detail": unfit.detail}

    made_from = json.dumps([file, source.base_url, settings.min_words]).encode() + data
    row = cache.remember(made_from, make)
    if "reason" in row:
        raise _Unfit(row["reason"], row["detail"])
    return _Read(parse_article(row["article"]), row["superseded_by"], tuple(row["supersedes"]))


def _read_file(data: bytes, file: str, source: SourceSettings, settings: IngestSettings) -> _Read:
    text = _decode(data, file)
    if not text.strip():
        raise _Unfit("no_text", f"{file} is empty")
    try:
        fields, raw_body = split_front_matter(text)
    except FrontMatterError as error:
        raise _Unfit("bad_front_matter", f"{file}: {error}") from error
    _refuse_drafts(fields, file)
    body = clean_markdown(raw_body)
    _refuse_stubs(fields, raw_body, body, file, settings.min_words)
    return _Read(
        article=_to_article(fields, body, file, source),
        superseded_by=words_of(fields.get("superseded_by")),
        supersedes=list_of(fields.get("supersedes")),
    )


def _read_bytes(path: Path, file: str) -> bytes:
    try:
        if path.stat().st_size > _MAX_BYTES:
            detail = f"{file} has {path.stat().st_size:,} bytes; at most {_MAX_BYTES:,} are read"
            raise _Unfit("too_large", detail)
        return path.read_bytes()
    except OSError as error:
        raise _Unfit("unreadable", f"{file}: {error.strerror}") from error


def _decode(data: bytes, file: str) -> str:
    try:
        return decode_text(data)
    except NotTextError as error:
        raise _Unfit("not_text", f"{file} {error}") from error
    except UnicodeDecodeError as error:
        detail = f"{file} is neither UTF-8 nor UTF-16 nor Windows-1252; save it as UTF-8"
        raise _Unfit("unreadable", detail) from error


def _refuse_drafts(fields: Mapping[str, Any], file: str) -> None:
    status = words_of(fields.get("status")).lower()
    if (
        is_true(fields.get("draft"))
        or is_false(fields.get("published"))
        or status in ("draft", "private", "pending")
        or "_drafts" in file.split("/")[:-1]
    ):
        raise _Unfit("draft", f"{file} is marked as a draft")


def _refuse_stubs(
    fields: Mapping[str, Any], raw_body: str, body: str, file: str, min_words: int
) -> None:
    n_words = len(_WORD.findall(_LINK_WORDS.sub(_words_of_link, body)))
    if fields.get("redirect_to") or fields.get("redirect"):
        target = words_of(fields.get("redirect_to") or fields.get("redirect"))
        raise _Unfit("redirect_stub", f"{file} redirects to {target}")
    if n_words >= min_words:
        return
    if _REDIRECT.search(raw_body):
        raise _Unfit("redirect_stub", f"{file} only redirects")
    if not n_words:
        raise _Unfit("no_text", f"{file} has no text below its front matter")
    if any(fields.get(key) for key in _LINK_OUT_KEYS) or _is_mostly_link(body):
        raise _Unfit("link_out_stub", f"{file} only links to another page")
    raise _Unfit("too_short", f"{file} has {n_words} words of {min_words}")


def _words_of_link(match: re.Match[str]) -> str:
    return match[0].split("](")[0] if match[0].startswith("[") else ""


def _is_mostly_link(body: str) -> bool:
    outside = len(_WORD.findall(_LINK_WORDS.sub(" ", body)))
    return bool(_LINK_WORDS.search(body)) and outside <= 6  # "Read the full story at ..."


def _to_article(fields: Mapping[str, Any], body: str, file: str, source: SourceSettings) -> Article:
    title = plain_words(repair_text(_first_words(fields, _TITLE_KEYS)))
    body_title = _FIRST_TITLE.match(body)
    if body_title and (not title or plain_words(body_title[1]).lower() == title.lower()):
        title = title or plain_words(body_title[1])
        body = body[body_title.end() :].lstrip("\n")
    stem = Path(file).stem
    url = _find_url(fields, file, source.base_url)
    named_date = _DATE_PREFIX.match(stem)
    return Article(
        id=article_id(url, file),
        title=title or _readable_stem(file),
        body=body,
        file=file,
        url=url,
        aliases=list_of(fields.get("aliases") or fields.get("redirect_from")),
        subtitle=_read_subtitle(_first_words(fields, _SUBTITLE_KEYS)),
        authors=list_of(fields.get("authors") or fields.get("author")),
        published=_first_date(fields, _PUBLISHED_KEYS) or date_of(named_date and named_date[1]),
        updated=_first_date(fields, _UPDATED_KEYS),
        tags=list_of([
            tag
            for key in ("tags", "categories", "keywords")
            for tag in list_of(fields.get(key))
        ]),
        series=words_of(fields.get("series")) or next(iter(list_of(fields.get("series"))), ""),
        language=words_of(fields.get("lang") or fields.get("language")) or "en",
        headings=read_headings(body),
        voice=not _is_foreign_voice(fields),
    )  # fmt: skip


def _read_subtitle(words: str) -> str:
    return plain_words(
        clean_markdown(words) if "<" in words or "{" in words else repair_text(words)
    )


def _is_foreign_voice(fields: Mapping[str, Any]) -> bool:
    return (
        is_false(fields.get("voice"))
        or is_true(fields.get("guest"))
        or is_true(fields.get("sponsored"))
    )


def _first_words(fields: Mapping[str, Any], keys: Iterable[str]) -> str:
    return next((words for key in keys if (words := words_of(fields.get(key)))), "")


def _first_date(fields: Mapping[str, Any], keys: Iterable[str]) -> str:
    return next((day for key in keys if (day := date_of(fields.get(key)))), "")


def _find_url(fields: Mapping[str, Any], file: str, base_url: str) -> str:
    for key in _URL_KEYS:
        path = words_of(fields.get(key))
        if path and ":" not in path.replace("://", ""):  # /:year/:title/ is a pattern
            if url := join_url(base_url, path):
                return url
    path = re.sub(r"(?:^|/)_?index$", "", file[: file.rindex(".")])
    return join_url(base_url, path)


def _readable_stem(file: str) -> str:
    path = Path(file)
    stem = path.parent.name if path.stem in ("index", "_index") and path.parent.name else path.stem
    words = " ".join(re.split(r"[-_\s]+", _DATE_PREFIX.sub("", stem))).strip() or stem
    return words[:1].upper() + words[1:]


def _link_superseded(read: list[_Read], source: SourceSettings) -> Iterator[Article]:
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


def _named_pair(older: str, newer: str, entry: _Read, name: str) -> dict[str, str]:
    if older and newer and older != newer:
        return {older: newer}
    log.warning("%s names %r, which is no other article; ignored", entry.article.file, name)
    return {}


def _names_of(article: Article) -> Iterator[str]:
    """Yield what front matter may call an article: file, path, stem, slug without date, URL."""
    path = article.file[: article.file.rindex(".")]
    stem = path.rsplit("/", 1)[-1]
    yield from (article.file, path, article.url, *article.aliases, stem, _DATE_PREFIX.sub("", stem))


def _look_up(by_name: Mapping[str, str], name: str, source: SourceSettings) -> str:
    bare = name.strip("/")
    for spelling in (name, bare, join_url(source.base_url, name), bare.rsplit("/", 1)[-1]):
        if spelling and spelling in by_name:
            return by_name[spelling]
    return ""
