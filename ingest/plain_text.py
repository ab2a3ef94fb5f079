"""Turn plain text into HTML paragraphs and find its title. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape
from statistics import median

from ingest.item import Item
from ingest.post import readable_stem

MAX_TITLE = 120  # characters: a longer first line is a sentence
_UNDERLINE = re.compile(r"[=\-~*_]{3,}")
_BULLET = re.compile(r"\s*(?:[-*•–]|\d{1,3}[.)])\s")
_WRAPPED = 100  # characters: where the usual line is longer, each is a paragraph of its own


def text_to_item(text: str, file: str, url: str) -> Item:
    """Return a text file as an item: a short first line on its own is the title."""
    lines = [line.rstrip() for line in text.splitlines()]
    while lines and not lines[0].strip():
        del lines[0]
    title = ""
    rest = lines[1:2]
    is_alone = not rest or not rest[0].strip() or _UNDERLINE.fullmatch(rest[0].strip())
    if lines and is_alone and len(lines[0].strip()) <= MAX_TITLE and len(lines) > 1:
        title, lines = lines[0].strip(), lines[1:]
    paragraphs = split_paragraphs(line for line in lines if not _UNDERLINE.fullmatch(line.strip()))
    return Item(
        file=file, url=url, title=title or readable_stem(file), html=paragraphs_to_html(paragraphs)
    )


def split_paragraphs(lines: Iterable[str]) -> list[str]:
    """Return lines joined to paragraphs at blank lines; unwrapped lines and bullets stay apart."""
    every = list(lines)
    lengths = [len(line) for line in every if line.strip()]
    is_wrapped = bool(lengths) and median(lengths) <= _WRAPPED
    paragraphs: list[list[str]] = [[]]
    for line in every:
        if not line.strip():
            paragraphs.append([])
            continue
        if not is_wrapped or _BULLET.match(line):
            paragraphs.append([])
        paragraphs[-1].append(line.strip())
    return [" ".join(words) for words in paragraphs if words]


def paragraphs_to_html(paragraphs: Iterable[str]) -> str:
    """Return paragraphs as HTML, in which no sign of theirs means anything."""
    return "\n".join(f"<p>{escape(words, quote=False)}</p>" for words in paragraphs)
