"""Voice rows: title, section and neutral notes in, the publication's own paragraph out.

Only articles that teach the voice (typicality.py). No passages: facts come as notes, and the
paragraph never stands in the prompt.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from assistant.gate import clean_sentence
from assistant.records import Article, Pair, PairKind
from assistant.text import plain_text, split_sentences, words
from ingest.pairs.notes import write_notes
from ingest.pairs.pick import draw, pick
from ingest.pairs.rows import Origin, Tools, make_pair, render_prompt
from ingest.pairs.speech import is_english
from ingest.pairs.targets import drop_connective, is_passing, is_personal, leads_out, leans
from ingest.sections import Unit, read_sections

_FEWEST_WORDS, _MOST_WORDS = 40, 130
_FEWEST_NOTES = 2
_NOT_PROSE = ("|", ">", "- ", "* ", "+ ", "#", "<", "[^", "![", "$")
_NOT_OURS = re.compile(r"\w@\w|\blink removed\b|\[[^\]]{2,}\]", re.IGNORECASE)
# Who speaks, in an interview: "BB: I have worked here since 2001."
_SPEAKER = re.compile(r"^(?:Note \w+|[A-Z]{1,3}|Q|A|[A-Z][\w.]+(?: [A-Z][\w.]+)?):\s")
_FORMULA = re.compile(r"[=\u2248^\\]| [+/*\u00d7] |\b[a-z]+\(")  # notes would lose what it says
_OF_ITS_PLACE = re.compile(
    r"\b(?:(?:below|above|pictured|click|here|next week|last week|yesterday|tomorrow"
    r"|tonight|this post|this blog|previous post|stay tuned|sign up|register|rsvp"
    r"|thanks to|thank you|kudos)\b"
    r"|the following\b|at left\b|at right\b)|:$",
    re.IGNORECASE,
)
_CODE_SPAN = re.compile(r"`[^`]*`")
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


def find_paragraphs(
    articles: Iterable[Article], *, many_authors: bool = False
) -> Iterator[Paragraph]:
    """Yield the paragraphs of articles that read on their own.

    Where `many_authors` write, one person's "I" is not the publication's.
    """
    for article in articles:
        for section in read_sections(article):
            heading = section.headings[-1] if section.headings else ""
            for unit in section.units:
                text = read_paragraph(unit)
                if text and not (many_authors and is_personal(text)):
                    yield Paragraph(article, heading, section.anchor, text)


def make_voice(tools: Tools, teaching: Collection[str], most: int) -> Iterator[Pair]:
    """Yield at most `most` rows from the articles of these ids, chosen by the seed."""
    articles = [article for article in tools.articles if article.id in teaching]
    paragraphs = list(find_paragraphs(articles, many_authors=tools.many_authors))
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
    if not fits or not closes or plain[0] in '"\u201c[':
        return ""
    if any(leads_out(sentence) for sentence in split_sentences(plain)):
        return ""
    rules = (_NOT_OURS, _SPEAKER, _FORMULA, _OF_ITS_PLACE)
    if any(rule.search(_CODE_SPAN.sub("", plain)) for rule in rules) or is_passing(plain):
        return ""
    if not is_english(plain):
        return ""
    first = split_sentences(plain)[0]
    is_even = plain.count("\u201c") == plain.count("\u201d") and plain.count("(") == plain.count(
        ")"
    )
    return plain if is_even and not leans(first) and drop_connective(first) == first else ""


def write_request(task: str, title: str, heading: str, notes: list[str]) -> str:
    """Return the user's message."""
    lines = [task, f"Title: {title}"]
    if heading:
        lines.append(f"Section: {heading}")
    return "\n".join([*lines, "Notes:", *(f"- {note}" for note in notes)])
