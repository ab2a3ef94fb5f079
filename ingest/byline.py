"""Who wrote a page, by the line below its title, where its metadata names nobody.

Takes the parsed page, gives names. Reads only what stands between the title and the text: further
down, whoever is named may be a reader who comments or the author of something else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import dropwhile, islice

from lxml import html

_MOST_ELEMENTS = 40  # behind the title; a byline stands among the first few
_MOST_CHARACTERS = 120  # of a line; what is longer is a sentence
_TEXT_CHARACTERS = 200  # of a paragraph with which the text has begun
_SILENT = {"script", "style", "nav", "button", "form"}
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
_DATE = rf"(?:\d{{1,4}}[\d./-]*|{_MONTH})(?:[\s,]+(?:\d{{1,4}}(?:st|nd|rd|th)?|{_MONTH}))*"
# A name's first word begins with a capital; further ones do too, or are such as "de" and "of".
_WORD = rf"(?!(?i:{_MONTH}\s+\d))[^\W\d_a-z][\w.'’-]*:?"
_NAME = rf"{_WORD}(?:\s+(?:(?:de|da|di|du|del|der|den|la|le|of|van|von|the)\s+)*{_WORD}){{0,5}}"
_JOINT = r"(?:\s*,\s*(?:and\s+)?|\s+(?:and|&)\s+)"
_NAMES = rf"{_NAME}(?:{_JOINT}{_NAME}){{0,7}}"
_BYLINE = re.compile(
    rf"(?:(?i:{_DATE})\s*[·|,–—-]?\s*)?(?:[Ww]ritten\s+|[Pp]osted\s+)?(?:[Bb]y|BY):?\s+({_NAMES})"
    rf"(?:\s*[·|,–—-]?\s*(?:on\s+)?(?i:{_DATE}).*|\s*[·|–—].*)?"
)
_ONLY_NAMES = re.compile(_NAMES)
_ROLE = re.compile(r"(?i:(?:\w+ )?(?:writer|editor|reporter|correspondent|contributor))")
_MARK = re.compile(r"(?:^|[\s_-])(?:author|byline)(?:$|[\s_-])", re.IGNORECASE)


def find_byline(tree: html.HtmlElement) -> list[str]:
    """Return the names in the first line below the title that is a byline, [] where none is."""
    for element in islice(_below_title(tree), _MOST_ELEMENTS):
        text = " ".join(" ".join(element.itertext()).split()).replace(" ,", ",")
        if element.tag == "p" and len(text) > _TEXT_CHARACTERS:
            break
        if not 0 < len(text) <= _MOST_CHARACTERS:
            continue
        if match := _BYLINE.fullmatch(text) or (
            _is_marked(element) and _ONLY_NAMES.fullmatch(text)
        ):
            names = re.split(_JOINT, match[match.lastindex or 0])
            return [name for name in names if not _ROLE.fullmatch(name)]
    return []


def _below_title(tree: html.HtmlElement) -> Iterator[html.HtmlElement]:
    elements = (e for e in tree.iter() if isinstance(e.tag, str) and e.tag not in _SILENT)
    below = dropwhile(lambda element: element.tag != "h1", elements)
    next(below, None)
    yield from below


def _is_marked(element: html.HtmlElement) -> bool:
    return (
        "author" in (element.get("rel") or "").split()
        or element.get("itemprop") == "author"
        or bool(_MARK.search(element.get("class") or ""))
    )
