"""The text of a passage as encoders and indexes read it: prefixed, words of links only."""

from __future__ import annotations

import re

_MAX_HEADING = 100  # characters of the title or one heading; a longer one says no more
_MAX_PREFIX = 240  # characters, about 60 tokens of the encoder's 256
_LINK = re.compile(
    r"!?\[([^\[\]]*)\]\((?:<[^<>\n]*>|[^\s()]*(?:\([^\s()]*\)[^\s()]*)*)(?:\s+\"[^\"]*\")?\)"
)
# Tokenisers take time that grows with the square of a run without whitespace.
_LONG_RUN = re.compile(r"\S{1000}(?=\S)")


def prefixed_text(title: str, headings: tuple[str, ...], text: str) -> str:
    """Return "title > heading > ...:" on one line, then the text without link addresses.

    What is embedded and searched, and what a passage's length is measured on.
    """
    return f"{passage_prefix(title, headings)}\n{without_addresses(text)}".lstrip("\n")


def passage_prefix(title: str, headings: tuple[str, ...]) -> str:
    """Return "title > heading > ...:" without line breaks; outer headings go where it is long."""
    parts = [_shorten(part) for part in (title, *headings) if part.strip()]
    while len(parts) > 2 and len(" > ".join(parts)) > _MAX_PREFIX:
        del parts[1]
    return " > ".join(parts) + ":" if parts else ""


def without_addresses(text: str) -> str:
    """Return the text with each [words](URL) as its words, and no run over 1,000 characters."""
    return _LONG_RUN.sub(r"\g<0> ", _LINK.sub(r"\1", text))


def _shorten(part: str) -> str:
    part = " ".join(part.split())
    if len(part) <= _MAX_HEADING:
        return part
    cut = part[:_MAX_HEADING]
    return cut.rsplit(" ", 1)[0] if " " in cut else cut
