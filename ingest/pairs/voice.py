"""Voice rows: title, section and neutral notes in, the publication's own paragraph out.

House articles only. No passages: facts come as notes, and the paragraph never stands in the prompt.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from assistant.gate import clean_sentence
from assistant.records import Article, Pair, PairKind
from assistant.text import plain_text, split_sentences, words
from ingest.pairs.notes import write_notes
from ingest.pairs.pick import draw, pick
from ingest.pairs.rows import Origin, Tools, make_pair, render_prompt
from ingest.pairs.targets import drop_connective, leans
from ingest.sections import Unit, read_sections

_FEWEST_WORDS, _MOST_WORDS = 40, 130
_FEWEST_NOTES = 2
_NOT_PROSE = ("|", ">", "- ", "* ", "+ ", "#", "<", "[^", "![", "$")
_NOT_OURS = re.compile(r"\w@\w|\blink removed\b|\[[^\]]{2,}\]", re.IGNORECASE)
_TASKS = (
    "Write this paragraph for us from the notes.",
    "Turn these notes into one paragraph, as we would print it.",
    "Draft the paragraph below its heading. Keep to the notes.",
    "One paragraph in our voice, please, from these notes.",
    "Here are the notes for a paragraph. Write it the way we write.",
)


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph as a reader sees it, and where it stands."""

    article: Article
    heading: str
    anchor: str
    text: str


def find_paragraphs(articles: Iterable[Article]) -> Iterator[Paragraph]:
    """Yield the paragraphs of house articles that read on their own."""
    for article in articles:
        if not article.voice or article.superseded_by:
            continue
        for section in read_sections(article):
            heading = section.headings[-1] if section.headings else ""
            for unit in section.units:
                if text := read_paragraph(unit):
                    yield Paragraph(article, heading, section.anchor, text)


def make_voice(tools: Tools, most: int) -> Iterator[Pair]:
    """Yield at most `most` rows, their paragraphs chosen by the seed."""
    paragraphs = list(find_paragraphs(tools.articles))
    paragraphs.sort(key=lambda p: draw(tools.seed, "voice", p.article.id, p.text))
    for paragraph in paragraphs[:most]:
        notes = write_notes(paragraph.text)
        if len(notes) < _FEWEST_NOTES:
            continue
        task = pick(_TASKS, tools.seed, paragraph.text)
        request = write_request(task, paragraph.article.title, paragraph.heading, notes)
        prompt = render_prompt(tools, tools.wording_for(request), (), (), request)
        place = Origin(PairKind.VOICE, "voice", paragraph.article, paragraph.anchor, "notes:rules")
        yield make_pair(tools, prompt, paragraph.text, place)


def read_paragraph(unit: Unit) -> str:
    """Return a paragraph of 40 to 130 words as a reader sees it, or "" for anything else."""
    text = unit.text.strip()
    if unit.whole or text.startswith(_NOT_PROSE) or text[:1].isdigit() or "  \n" in text:
        return ""
    plain = " ".join(clean_sentence(s)[0] for s in split_sentences(plain_text(text)))
    closes = plain[-1:] in (".", "!", "?", "\u201d", '"', ")")
    fits = _FEWEST_WORDS <= len(words(plain)) <= _MOST_WORDS
    # A paragraph that opens with a quotation is somebody else's voice.
    if not fits or not closes or plain[0] in '"\u201c[' or _NOT_OURS.search(plain):
        return ""
    first = split_sentences(plain)[0]
    return "" if leans(first) or drop_connective(first) != first else plain


def write_request(task: str, title: str, heading: str, notes: list[str]) -> str:
    """Return the user's message."""
    lines = [task, f"Title: {title}"]
    if heading:
        lines.append(f"Section: {heading}")
    return "\n".join([*lines, "Notes:", *(f"- {note}" for note in notes)])
