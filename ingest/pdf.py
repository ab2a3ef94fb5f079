"""Read a PDF's text and make an article of it.

`parse_pdf` runs in the limited child: a PDF can name any amount of work and memory. What is done
with the text afterwards is pure: running headers go, hyphens at line ends, lines become paragraphs.
"""

from __future__ import annotations

import io
import logging
import re
from collections import Counter
from statistics import median
from typing import TypedDict

from ingest.item import Item
from ingest.plain_text import MAX_TITLE, paragraphs_to_html
from ingest.post import readable_stem

_MAX_PAGES = 2000
_MIN_LETTERS = 20  # a page; a scan has none, or the few that its scanner put there
_RUNNING_LINES = 2  # at the top and at the bottom of a page
_RUNNING_SHARE = 0.5  # of the pages must have it, three at least
_SHORT_LINE = 0.8  # of the usual length: a sentence that ends there ends its paragraph
_SENTENCE_END = re.compile(r"[.!?:…][\"”’')\]]*$")
_HYPHEN = re.compile(r"(\w+)[-\u00ad\u2010]\n(\w+)")
_DATE = re.compile(r"D:(\d{4})(\d\d)(\d\d)")
_NO_TITLE = re.compile(
    r"untitled.*|.*\.(?:docx?|indd|odt|pdf|ps|qxd|rtf|tex)|(?:document|presentation)\d*|\W*",
    re.IGNORECASE,
)


class PdfContent(TypedDict):
    """What a PDF holds, as JSON carries it; `problem` is `encrypted`, `scanned` or empty."""

    title: str
    author: str
    made: str
    pages: list[str]
    problem: str


def parse_pdf(data: bytes) -> PdfContent:
    """Return the text by page; ValueError for what is no PDF, is damaged or has too many pages."""
    from pypdf import PdfReader
    from pypdf.errors import DependencyError, PyPdfError

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    if b"%PDF-" not in data[:1024]:
        raise ValueError("is no PDF, whatever its name says")
    try:
        reader = PdfReader(io.BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            return _nothing("encrypted")
        if len(reader.pages) > _MAX_PAGES:
            raise ValueError(f"has {len(reader.pages):,} pages; at most {_MAX_PAGES:,} are read")
        pages = [page.extract_text() for page in reader.pages]
        about = {key: str(value) for key, value in (reader.metadata or {}).items()}
    except DependencyError:
        return _nothing("encrypted")  # in a way that needs a password's cipher
    except PyPdfError as error:
        raise ValueError(f"is a damaged PDF ({error})") from error
    if sum(character.isalpha() for page in pages for character in page) < _MIN_LETTERS:
        return _nothing("scanned")
    return {
        "title": about.get("/Title", ""),
        "author": about.get("/Author", ""),
        "made": about.get("/CreationDate", ""),
        "pages": pages,
        "problem": "",
    }


def pdf_to_item(pdf: PdfContent, file: str, url: str) -> Item:
    """Return a PDF as an item; the title is its own, else its first line, else the file's name."""
    pages = _without_running_lines([_lines_of(page) for page in pdf["pages"]])
    lines = [line for page in pages for line in page]
    first = next((line.strip() for line in lines if line.strip()), "")
    title = re.sub(r"^Microsoft \w+ - ", "", pdf["title"]).strip()
    if _NO_TITLE.fullmatch(title):
        title = first if _looks_like_title(first, lines) else ""
    if title and first.casefold() == title.casefold():
        lines = lines[next(n for n, line in enumerate(lines) if line.strip()) + 1 :]
    made = _DATE.match(pdf["made"])
    return Item(
        file=file,
        url=url,
        title=title or readable_stem(file),
        html=paragraphs_to_html(_paragraphs(lines)),
        authors=[name for name in re.split(r"\s*[;,]\s*", pdf["author"]) if name],
        published="-".join(made.groups()) if made else "",
    )


def _looks_like_title(first: str, lines: list[str]) -> bool:
    is_short = len(first) < _SHORT_LINE * _usual_length(lines)
    return is_short and len(first) <= MAX_TITLE and not re.search(r"[.,;:]$", first)


def _nothing(problem: str) -> PdfContent:
    return {"title": "", "author": "", "made": "", "pages": [], "problem": problem}


def _lines_of(page: str) -> list[str]:
    return [" ".join(line.split()) for line in page.splitlines()]


def _without_running_lines(pages: list[list[str]]) -> list[list[str]]:
    """Take off the lines that most pages begin or end with, whatever number stands in them."""
    seen = Counter(key for page in pages for key in {_key(page[n]) for n in _edges(page)})
    least = max(3, _RUNNING_SHARE * len(pages))
    running = {key for key, n_pages in seen.items() if n_pages >= least}
    return [
        [line for n, line in enumerate(page) if not (n in edges and _key(line) in running)]
        for page, edges in ((page, _edges(page)) for page in pages)
    ]


def _edges(page: list[str]) -> set[int]:
    filled = [n for n, line in enumerate(page) if line]
    return {*filled[:_RUNNING_LINES], *filled[-_RUNNING_LINES:]}


def _key(line: str) -> str:
    return re.sub(r"\d+", "#", line.casefold())


def _usual_length(lines: list[str]) -> float:
    return median([len(line) for line in lines if line] or [0])


def _paragraphs(lines: list[str]) -> list[str]:
    text = "\n".join(lines)
    whole = {word.casefold() for word in re.findall(r"\w+(?:-\w+)*", _HYPHEN.sub(" ", text))}

    def join(match: re.Match[str]) -> str:
        """Keep a hyphen that the text has elsewhere, or that joins names and numbers."""
        hyphenated = f"{match[1]}-{match[2]}"
        is_compound = hyphenated.casefold() in whole or not match[2][0].islower()
        return hyphenated if is_compound else match[1] + match[2]

    lines = _HYPHEN.sub(join, text).split("\n")
    usual = _usual_length(lines)
    paragraphs: list[list[str]] = [[]]
    for line in lines:
        if line:
            paragraphs[-1].append(line)
        if not line or (len(line) < _SHORT_LINE * usual and _SENTENCE_END.search(line)):
            paragraphs.append([])
    return [" ".join(words) for words in paragraphs if words]
