"""Turn a text file with front matter, as site generators take it, into an article.

Knows which key means what; the front matter itself is read elsewhere. Drafts and stubs are Unfit.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assistant.records import Article
from assistant.settings import SourceSettings
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
from ingest.markdown import clean_markdown, plain_words, read_headings, repair_line

DATE_PREFIX = re.compile(r"(\d{4}-\d{1,2}-\d{1,2})[-_ ]*")
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


class Unfit(Exception):
    """A file that gives no article: a countable reason and the detail."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Post:
    """An article with what its front matter says of other files."""

    article: Article
    superseded_by: str = ""
    supersedes: tuple[str, ...] = ()


def read_post(text: str, file: str, source: SourceSettings, min_words: int) -> Post:
    """Return the file's text as an article; Unfit for a draft, a stub, damage, too few words."""
    try:
        fields, raw_body = split_front_matter(text)
    except FrontMatterError as error:
        raise Unfit("bad_front_matter", f"{file}: {error}") from error
    _refuse_drafts(fields, file)
    body = clean_markdown(raw_body)
    _refuse_stubs(fields, raw_body, body, file, min_words)
    return Post(
        article=_to_article(fields, body, file, source),
        superseded_by=words_of(fields.get("superseded_by")),
        supersedes=list_of(fields.get("supersedes")),
    )


def readable_stem(file: str) -> str:
    """Return a file's name as a title, for want of another."""
    path = Path(file)
    stem = path.parent.name if path.stem in ("index", "_index") and path.parent.name else path.stem
    words = " ".join(re.split(r"[-_\s]+", DATE_PREFIX.sub("", stem))).strip() or stem
    return words[:1].upper() + words[1:]


def address_of(file: str, base_url: str) -> str:
    """Return where a file is published, by its path without its ending; "" without a base."""
    return join_url(base_url, re.sub(r"(?:^|/)_?index$", "", file[: file.rindex(".")]))


def _refuse_drafts(fields: Mapping[str, Any], file: str) -> None:
    status = words_of(fields.get("status")).lower()
    if (
        is_true(fields.get("draft"))
        or is_false(fields.get("published"))
        or status in ("draft", "private", "pending")
        or "_drafts" in file.split("/")[:-1]
    ):
        raise Unfit("draft", f"{file} is marked as a draft")


def _refuse_stubs(
    fields: Mapping[str, Any], raw_body: str, body: str, file: str, min_words: int
) -> None:
    n_words = len(_WORD.findall(_LINK_WORDS.sub(_words_of_link, body)))
    if fields.get("redirect_to") or fields.get("redirect"):
        target = words_of(fields.get("redirect_to") or fields.get("redirect"))
        raise Unfit("redirect_stub", f"{file} redirects to {target}")
    if n_words >= min_words:
        return
    if _REDIRECT.search(raw_body):
        raise Unfit("redirect_stub", f"{file} only redirects")
    if not n_words:
        raise Unfit("no_text", f"{file} has no text below its front matter")
    if any(fields.get(key) for key in _LINK_OUT_KEYS) or _is_mostly_link(body):
        raise Unfit("link_out_stub", f"{file} only links to another page")
    raise Unfit("too_short", f"{file} has {n_words} words of {min_words}")


def _words_of_link(match: re.Match[str]) -> str:
    return match[0].split("](")[0] if match[0].startswith("[") else ""


def _is_mostly_link(body: str) -> bool:
    outside = len(_WORD.findall(_LINK_WORDS.sub(" ", body)))
    return bool(_LINK_WORDS.search(body)) and outside <= 6  # "Read the full story at ..."


def _to_article(fields: Mapping[str, Any], body: str, file: str, source: SourceSettings) -> Article:
    title = repair_line(plain_words(_first_words(fields, _TITLE_KEYS)))
    body_title = _FIRST_TITLE.match(body)
    if body_title and (not title or plain_words(body_title[1]).lower() == title.lower()):
        title = title or plain_words(body_title[1])
        body = body[body_title.end() :].lstrip("\n")
    stem = Path(file).stem
    url = _find_url(fields, file, source.base_url)
    named_date = DATE_PREFIX.match(stem)
    return Article(
        id=article_id(url, file),
        title=title or readable_stem(file),
        body=body,
        file=file,
        url=url,
        aliases=list_of(fields.get("aliases") or fields.get("redirect_from")),
        subtitle=_read_subtitle(_first_words(fields, _SUBTITLE_KEYS)),
        authors=_lines(fields.get("authors") or fields.get("author")),
        published=_first_date(fields, _PUBLISHED_KEYS) or date_of(named_date and named_date[1]),
        updated=_first_date(fields, _UPDATED_KEYS),
        tags=_lines([
            tag
            for key in ("tags", "categories", "keywords")
            for tag in list_of(fields.get(key))
        ]),
        series=words_of(fields.get("series")) or next(iter(list_of(fields.get("series"))), ""),
        language=words_of(fields.get("lang") or fields.get("language")) or "en",
        headings=read_headings(body),
        voice=not _is_foreign_voice(fields),
    )  # fmt: skip


def _lines(value: object) -> tuple[str, ...]:
    return tuple(dict.fromkeys(line for words in list_of(value) if (line := repair_line(words))))


def _read_subtitle(words: str) -> str:
    has_markup = "<" in words or "{" in words
    return repair_line(plain_words(clean_markdown(words) if has_markup else words))


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
    return address_of(file, base_url)
