"""What stands below an answer and below the box, as HTML: copy, thumbs, chats, privacy. Pure.

A press becomes an Act: page.js reads the data attributes and hands them to Gradio.
"""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from assistant.length import Length
from assistant.records import Citation
from assistant.store.chats import Chat
from assistant.store.feedback import MAX_BETTER
from serve import words
from serve.conversation import Progress, Turn
from serve.passage_html import escape

_THUMB = (
    '<svg class="mh-icon" viewBox="0 0 24 24" aria-hidden="true"><path d="M7 10v11H3V10zm2 0 4-8'
    'c1.7 0 3 1.3 3 3v4h5.2c1 0 1.7.9 1.5 1.9l-1.6 8.5c-.2.9-1 1.6-2 1.6H9z"/></svg>'
)


def render_tools(turn: Turn, *, newest: bool) -> str:
    """Return what a reader may do with an answer; the newest may be asked again and edited."""
    if turn.progress is Progress.READING:
        return ""
    tools = []
    if turn.answer is not None:
        tools.append(
            f'<button type="button" class="mh-copy" data-done="{words.COPIED}"'
            f' data-text="{escape(copy_text(turn))}">{words.COPY}</button>'
        )
    if newest:
        tools += [_button("retry", words.RETRY), _button("edit", words.EDIT)]
    if turn.message:
        tools.append(_render_thumbs(turn))
    return f'<div class="mh-tools">{"".join(tools)}</div>' if tools else ""


def render_lengths() -> str:
    """Return the choice of how long an answer is; page.js remembers it."""
    choices = "".join(
        f'<label><input type="radio" name="mh-length" value="{length}"'
        f"{' checked' if length is Length.NORMAL else ''}> {words.LENGTHS[length]}</label>"
        for length in Length
    )
    return (
        f'<fieldset class="mh-lengths" aria-label="{words.LENGTH_LABEL}">'
        f"<legend>{words.LENGTH_LABEL}</legend>{choices}</fieldset>"
    )


def render_more(keep_days: int, chats: Sequence[Chat] | None = None) -> str:
    """Return what stands below the box: one's own chats where they are asked for, and privacy."""
    note = words.KEPT_ONE_DAY if keep_days == 1 else words.KEPT.format(days=keep_days)
    privacy = (
        f'<details class="mh-privacy"><summary>{words.PRIVACY}</summary>'
        f"<p>{note if keep_days else words.NOT_KEPT}</p></details>"
    )
    if not keep_days:
        return f'<div class="mh-more">{privacy}</div>'
    opened = chats is not None
    button = (
        f'<button type="button" class="mh-link" data-act="{"hide" if opened else "list"}"'
        f' aria-expanded="{str(opened).lower()}">{words.CHATS}</button>'
    )
    shown = _render_chats(chats) if chats is not None else ""
    return f'<div class="mh-more">{button}{privacy}{shown}</div>'


def copy_text(turn: Turn) -> str:
    """Return an answer as plain text with numbered sources, for the clipboard."""
    numbered = (s.text + "".join(f" [{n}]" for n in s.citations) for s in turn.sentences)
    lines = [" ".join(numbered)]
    for citation in turn.citations:
        place = citation_url(citation)
        lines.append(f"[{citation.n}] {citation.article.title}{f' - {place}' if place else ''}")
    return "\n".join(lines)


def citation_url(citation: Citation) -> str:
    """Return the article's address at the cited heading, or "" where it has no http(s) address."""
    url = web_address(citation.article.url)
    return (
        urlsplit(url)._replace(fragment=citation.anchor).geturl()
        if url and citation.anchor
        else url
    )


def web_address(url: str) -> str:
    """Return an http(s) address as it is, "" for anything else."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return url if parts.scheme in ("http", "https") and parts.hostname else ""


def _render_thumbs(turn: Turn) -> str:
    if turn.thumb:
        return f'<p class="mh-thanks" role="status">{words.THANKS}</p>'
    at = f'data-turn="{turn.number}"'
    reasons = "".join(
        f'<label><input type="radio" name="reason-{turn.number}" value="{key}"> {escape(text)}'
        "</label>"
        for key, text in words.REASONS.items()
    )
    return (
        f'<button type="button" class="mh-link mh-up" data-act="thumb" data-thumb="up" {at}>'
        f"{_THUMB}{words.HELPFUL}</button>"
        f'<details class="mh-down"><summary>{_THUMB}{words.NOT_HELPFUL}</summary>'
        f'<form class="mh-why" {at}><fieldset><legend>{words.WHY}</legend>{reasons}</fieldset>'
        f'<label class="mh-better">{words.BETTER}<textarea rows="3" maxlength="{MAX_BETTER}">'
        f'</textarea></label><button type="submit">{words.SEND}</button></form></details>'
    )


def _render_chats(chats: Sequence[Chat]) -> str:
    if not chats:
        return f'<p class="mh-nochats" role="status">{words.NO_CHATS}</p>'
    rows = "".join(
        f'<li><button type="button" class="mh-chat" data-act="open" data-chat="{escape(chat.id)}">'
        f"{escape(chat.title)}</button>"
        f'<time datetime="{escape(chat.touched_at)}">{words.format_date(chat.touched_at)}</time>'
        f"{_button('forget', words.DELETE, chat=chat.id, title=chat.title)}</li>"
        for chat in chats
    )
    return f'<ul class="mh-chats">{rows}</ul>{_button("forget", words.DELETE_ALL)}'


def _button(act: str, text: str, *, chat: str = "", title: str = "") -> str:
    label = f' aria-label="{escape(words.DELETE_LABEL.format(title=title))}"' if title else ""
    sure = f' data-sure="{words.SURE}"' if act == "forget" else ""
    return (
        f'<button type="button" class="mh-link" data-act="{act}" data-chat="{escape(chat)}"'
        f"{label}{sure}>{text}</button>"
    )
