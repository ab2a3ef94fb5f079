"""Turns as HTML, built from escaped parts only; nothing a model or an article says is markup here.

Takes Turn, gives strings. Links lead to citations' own http(s) URLs and nowhere else. Pure: the
day that "old" is measured from is handed in.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import groupby

from assistant.records import Article, Citation, Mode, Origin, Sentence
from assistant.settings import BrandSettings
from serve import words
from serve.conversation import Progress, Turn, is_set_off
from serve.passage_html import escape, is_block, render_block, render_inline, render_passage
from serve.tools_html import citation_url, render_tools

_OLD_YEARS = 2  # whole ones
_NEW_TAB = 'target="_blank" rel="noopener noreferrer"'


def render_turns(turns: Sequence[Turn], today: date) -> str:
    """Return a conversation's turns, oldest first."""
    return "".join(render_turn(turn, today) for turn in turns)


def render_turn(turn: Turn, today: date, *, newest: bool = False) -> str:
    """Return one question with everything that is shown for it; the newest may be asked again."""
    heading = f'<span class="mh-you">{words.YOU_ASKED}</span>{escape(turn.question)}'
    above, below = _around_list(turn)
    return (
        f'<article class="mh-turn" data-state="{turn.progress}">'
        f'<h2 class="mh-question">{heading}</h2>'
        f'<div class="mh-answer">{_render_sentences(turn, above, today)}</div>'
        f"{_render_status(turn)}{_render_sources(turn, today)}{_render_after(turn, below, today)}"
        f"{render_tools(turn, newest=newest)}</article>"
    )


def render_header(brand: BrandSettings, logo_url: str) -> str:
    """Return the masthead: the logo where there is one, the name, the tagline."""
    logo = f'<img class="mh-logo" src="{escape(logo_url)}" alt="">' if logo_url else ""
    tagline = f'<p class="mh-tagline">{escape(brand.tagline)}</p>' if brand.tagline else ""
    return (
        f'<header class="mh-masthead">{logo}<div><h1 class="mh-name">{escape(brand.name)}</h1>'
        f"{tagline}</div></header>"
    )


def render_greeting(brand: BrandSettings) -> str:
    """Return the greeting, and the example questions where there are any."""
    rows = "".join(
        f'<li><button type="button" class="mh-chip" data-act="ask" data-text="{escape(text)}">'
        f"{escape(text)}</button></li>"
        for text in brand.example_questions
    )
    examples = (
        f'<h2 class="mh-label">{words.EXAMPLES_LABEL}</h2><ul class="mh-examples">{rows}</ul>'
    )
    greeting = f'<p class="mh-greeting">{escape(brand.greeting)}</p>'
    return greeting + (examples if rows else "")


def render_footer(brand: BrandSettings) -> str:
    """Return the footer, or nothing where the brand has none."""
    return f'<footer class="mh-footer">{escape(brand.footer)}</footer>' if brand.footer else ""


def render_notice(text: str) -> str:
    """Return a notice that a screen reader says at once, or nothing."""
    return f'<p class="mh-notice" role="alert">{escape(text)}</p>' if text else ""


def _around_list(turn: Turn) -> tuple[Sequence[Sentence], Sequence[Sentence]]:
    """Return the sentences above a list of articles, and those that speak of it from below."""
    kinds = [_kind(turn, sentence) for sentence in turn.sentences]
    below = len(kinds) - kinds[::-1].index("nearest") if "nearest" in kinds else len(kinds)
    return turn.sentences[:below], turn.sentences[below:]


def _render_after(turn: Turn, sentences: Sequence[Sentence], today: date) -> str:
    said = _render_sentences(turn, sentences, today)
    return f'<div class="mh-answer mh-after">{said}</div>' if said else ""


def _render_sentences(turn: Turn, sentences: Sequence[Sentence], today: date) -> str:
    by_number = {citation.n: citation for citation in turn.citations}
    parts = []
    for kind, group in groupby(sentences, key=lambda s: _kind(turn, s)):
        run = list(group)
        if kind == "quote":
            parts += _render_quotes(turn, run, by_number, today)
        elif kind == "block":
            parts += [render_block(sentence.text) for sentence in run]
        elif kind != "nearest":  # those stand in the list below
            parts.append(f'<p class="mh-{kind}">{_render_run(turn, run, by_number)}</p>')
    return "".join(parts)


def _kind(turn: Turn, sentence: Sentence) -> str:
    if sentence.frame:
        return "nearest" if sentence.citations and turn.names_nearest else "frame"
    if is_set_off(turn, sentence):
        return "quote"
    return "block" if is_block(sentence.text) else "text"


def _render_run(turn: Turn, sentences: list[Sentence], by_number: dict[int, Citation]) -> str:
    """Render running text; neighbours copied word for word from one passage are one quotation."""
    parts = []
    for (origin, numbers), group in groupby(sentences, key=lambda s: (s.origin, s.citations)):
        marks = _render_marks(turn, numbers, by_number)
        if origin is Origin.QUOTED:
            parts.append(f"<q>{' '.join(_render_words(s) for s in group)}</q>{marks}")
        else:
            parts += [_render_words(s, marks) for s in group]
    return " ".join(parts)


def _render_quotes(
    turn: Turn, sentences: list[Sentence], by_number: dict[int, Citation], today: date
) -> list[str]:
    quotes = []
    for numbers, group in groupby(sentences, key=lambda s: s.citations):
        body = ""
        for is_code, run in groupby(group, key=lambda s: is_block(s.text)):
            texts = [s.text for s in run]
            if is_code:
                body += "".join(render_block(text) for text in texts)
            else:
                body += f"<p>{' '.join(render_inline(text) for text in texts)}</p>"
        cited = [by_number[n] for n in numbers if n in by_number]
        credit = ", ".join(
            f"{_link(turn, c, _title(c.article))}{_render_mark(turn, c)}" for c in cited
        )
        day = _render_date(cited[0].article, today) if cited else ""
        foot = f"<footer>{credit}{f' · {day}' if day else ''}</footer>" if credit else ""
        quotes.append(f'<blockquote class="mh-quote">{body}{foot}</blockquote>')
    return quotes


def _render_words(sentence: Sentence, marks: str = "") -> str:
    return f'<span class="mh-sentence">{render_inline(sentence.text)}{marks}</span>'


def _render_marks(turn: Turn, numbers: Sequence[int], by_number: dict[int, Citation]) -> str:
    return "".join(_render_mark(turn, by_number[n]) for n in numbers if n in by_number)


def _render_mark(turn: Turn, citation: Citation) -> str:
    label = words.CITATION_LABEL.format(n=citation.n, title=citation.article.title)
    shown = f'<span aria-hidden="true">{citation.n}</span>'
    return f'<sup class="mh-cite">{_link(turn, citation, shown, label)}</sup>'


def _link(turn: Turn, citation: Citation, inner: str, label: str = "") -> str:
    """Link to the article in a new tab, or to its source card where it has no address.

    With a `label` the link is a mark: page.js shows the card that `data-source` names beside it.
    """
    url, card = citation_url(citation), _card_id(turn, citation)
    spoken = f"{label}, {words.NEW_TAB}" if url else label
    mark = f' data-source="{card}" aria-label="{escape(spoken)}"' if label else ""
    if url:
        return f'<a href="{escape(url)}" {_NEW_TAB}{mark}>{inner}</a>'
    return f'<a href="#{card}" data-card{mark}>{inner}</a>'


def _render_status(turn: Turn) -> str:
    if turn.progress is Progress.READING:
        stage = words.STAGES.get(turn.stage, words.STAGES[words.FIRST_STAGE])
        if turn.place:
            stage = words.IN_LINE.format(place=turn.place)
        return f'<p class="mh-status" role="status">{escape(stage)}</p>'
    return f'<p class="mh-note" role="status">{escape(turn.note)}</p>' if turn.note else ""


def _render_sources(turn: Turn, today: date) -> str:
    """List the sources; while the answer is written they are there for its marks, out of sight."""
    if not turn.citations:
        return ""
    title = words.NEAREST if turn.names_nearest else words.SOURCES
    if turn.answer and turn.answer.mode is Mode.CATALOGUE:
        title = words.READING_LIST
    title = escape(title)
    cards = "".join(_render_card(turn, citation, today) for citation in turn.citations)
    hidden = " hidden" if turn.progress is Progress.READING else ""
    return (
        f'<section class="mh-sources" aria-label="{title}"{hidden}><h3>{title}</h3>'
        f"<ol>{cards}</ol></section>"
    )


def _render_card(turn: Turn, citation: Citation, today: date) -> str:
    cited = [s.text for s in turn.sentences if citation.n in s.citations and not s.frame]
    passage = render_passage(citation.passage.text, cited)
    heading = " › ".join(citation.passage.headings)
    meta = [_render_date(citation.article, today), escape(heading)]
    if citation.article.superseded_by:
        meta.append(escape(words.NEWER_EXISTS))
    number = "" if turn.names_nearest else f'<span class="mh-n">{citation.n}</span>'
    url = citation_url(citation)
    name = _title(citation.article)
    title = (
        f'<a class="mh-title" href="{escape(url)}" {_NEW_TAB}>{name}</a>'
        if url
        else (f'<span class="mh-title">{name}</span>')
    )
    return (
        f'<li class="mh-source" id="{_card_id(turn, citation)}">{number}<div>{title}'
        f'<p class="mh-meta">{" · ".join(part for part in meta if part)}</p>'
        f"<details><summary>{words.PASSAGE}</summary>"
        f'<div class="mh-passage">{passage}</div></details></div></li>'
    )


def _render_date(article: Article, today: date) -> str:
    shown = words.format_date(article.date)
    if not shown:
        return ""
    if article.updated:
        shown = words.UPDATED.format(date=shown)
    old = ""
    if (day := words.parse_date(article.date)) and (
        years := _years_since(day, today)
    ) >= _OLD_YEARS:
        old = f' <span class="mh-old">{words.OLD.format(years=years)}</span>'
    return f"{escape(shown)}{old}"


def _years_since(day: date, today: date) -> int:
    """Return the whole years from one day to another."""
    return today.year - day.year - ((today.month, today.day) < (day.month, day.day))


def _title(article: Article) -> str:
    return f"<bdi>{escape(article.title or words.UNTITLED)}</bdi>"


def _card_id(turn: Turn, citation: Citation) -> str:
    return f"source-{turn.number}-{citation.n}"
