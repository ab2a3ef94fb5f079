"""Clean an article's Markdown and read its headings.

Takes what an author's site generator takes; gives plain CommonMark with tables, without template
syntax, raw HTML or images. Code comes through byte for byte; indented code becomes fenced.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable
from typing import Any

import ftfy
from markdown_it.token import Token

from assistant.records import Heading
from ingest.blocks import (
    Block,
    group_html,
    parse_blocks,
    parse_codeless,
    parse_inline,
    render_html,
    top_blocks,
)
from ingest.code_mask import hide_code
from ingest.html_text import html_to_markdown
from ingest.templates import is_caption, resolve_templates

_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")
# C1 controls, half surrogates, zero-width, soft hyphen, fillers, bidi controls, tag characters:
# nothing a reader sees, all a way to hide words from one. Joiners stay between letters of scripts
# (and emoji) that need them, and one variation selector after a character that may have it; a row
# of them carries bytes.
_INVISIBLE = re.compile(
    "[\x80-\x9f\ud800-\udfff\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e00ff\U000e01f0-\U000e0fff]"
    "|(?<![^\x00-\x7f])[\u200c\u200d]|[\u200c\u200d](?![^\x00-\x7f])"
    "|(?<![^\x00-\x7f]|[0-9#*])[\ufe00-\ufe0f\U000e0100-\U000e01ef]"
    "|(?<=[\ufe00-\ufe0f\U000e0100-\U000e01ef])[\ufe00-\ufe0f\U000e0100-\U000e01ef]"
)
_MARKS = "\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
_PILED_MARKS = re.compile(f"([{_MARKS}]{{4}})[{_MARKS}]+")  # no script has five on a letter
_HARD_SPACES = re.compile("[\u00a0\u2007\u202f]")
_REPAIRS = ftfy.TextFixerConfig(
    unescape_html=False,
    uncurl_quotes=False,
    fix_character_width=False,
    remove_control_chars=False,
    normalization="NFC",
)
# What ftfy mends: UTF-8 read as Windows-1252 or Mac Roman, C1 controls, ligatures, separators.
# Asking first saves its slow pass over sound posts.
_DAMAGE = re.compile(
    "[\u00c2-\u00f4][\u0080-\u00bf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]|‚Ä|√[^\\s\\d]"
    "|[\x80-\x9f\u2028\u2029\ufb00-\ufb06\ud800-\udfff]"
)
_HEADING_LINE = re.compile(r"^ {0,3}(?:#{1,6}(?:\s|$)|=+\s*$|-+\s*$)", re.MULTILINE)
_NEEDS_BLOCKS = re.compile(
    r"(?<!\\)<[A-Za-z/!?]|!\[|&[#\w]+;|^ {0,3}\[[^\]]+\]:|^ {0,3}(?:=+|-+)[ \t]*$", re.MULTILINE
)
_MARKUP = re.compile(r"[\[\]<>&*_`~\\{}]")
_BLANK_LINES = re.compile(r"\n(?:[ \t]*\n){2,}|\n[ \t]+\n")
_IMAGE = re.compile(
    r"!\[(?P<alt>[^\[\]]*)\]\(\s*(?:<[^<>\n]*>|[^\s()<>]*(?:\([^\s()]*\)[^\s()]*)*)"
    r"(?:\s+(?:\"[^\"]*\"|'[^']*'))?\s*\)"
)
_OPEN_IMAGE = re.compile(r"!\[(?![^\[\]]*\])")  # the parser would look for its end, each time
_NEEDS_RENDERING = re.compile(r"(?<!\\)<[A-Za-z/!?]|!\[")
_REFERENCE = re.compile(r"\[[^\[\]]+\](?!\()")
_EMPTY_LINK = re.compile(r"(?<!!)\[([^\[\]]*)\]\(\s*\)")
_PLACEHOLDER_TAG = re.compile(r"(?<!\\)<(?=([a-z][\w-]*)>)")
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z]\w{1,31});")
_HTML_TAGS = frozenset(
    (
        "a abbr acronym address article aside audio b bdi bdo big blockquote br button caption"
        " center cite code col colgroup data dd del details dfn dialog div dl dt em embed fieldset"
        " figcaption figure font footer form h1 h2 h3 h4 h5 h6 head header hr html i iframe img"
        " input ins kbd label legend li link main map mark math meta nav noscript object ol"
        " optgroup option p picture pre progress q rp rt ruby s samp script section select small"
        " source span strike strong style sub summary sup svg table tbody td template textarea"
        " tfoot th thead time title tr track tt u ul var video wbr"
    ).split()
)


def clean_markdown(text: str) -> str:
    """Return the article as a reader sees it, in plain Markdown; links stay as [words](URL)."""
    text = _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    masked, code = hide_code(text)
    masked = resolve_templates(repair_text(masked), code)
    masked = _OPEN_IMAGE.sub(r"!\\[", _IMAGE.sub(_image_words, masked))
    masked = _EMPTY_LINK.sub(r"\1", masked)
    masked = _blocks_to_markdown(_escape_placeholders(masked))
    text = code.restore(_BLANK_LINES.sub("\n\n", masked)).strip("\n")
    return text if text.isascii() else _INVISIBLE.sub("", text)  # of entities, and of code


def repair_text(text: str) -> str:
    """Undo encoding damage, compose letters (NFC), drop what is invisible; quotes stay as typed."""
    if not text.isascii():
        if _DAMAGE.search(text):
            text = ftfy.fix_text(text, _REPAIRS)
        text = unicodedata.normalize("NFC", text)
        text = _PILED_MARKS.sub(r"\1", _HARD_SPACES.sub(" ", _INVISIBLE.sub("", text)))
    return text


def repair_line(text: str) -> str:
    """Return a name or a title, repaired as text is, on one line and without control characters."""
    return " ".join(repair_text(_CONTROLS.sub("", text)).split())


def read_headings(markdown: str) -> tuple[Heading, ...]:
    """Return the top-level headings in order, with the anchors that GitHub gives them."""
    if not _HEADING_LINE.search(markdown):
        return ()
    seen: dict[str, int] = {}
    return tuple(
        Heading(level, words, _unique(_anchor(words), seen))
        for level, words in _heading_words(parse_blocks(markdown))
    )


def plain_words(markdown: str) -> str:
    """Return one line of Markdown as the words a reader sees."""
    if not _MARKUP.search(markdown):
        return " ".join(markdown.split())
    return " ".join("".join(_visible(parse_inline(markdown))).split())


def _heading_words(tokens: list[Token]) -> Iterable[tuple[int, str]]:
    for opening, inline in zip(tokens, tokens[1:], strict=False):
        if opening.type == "heading_open" and opening.level == 0:
            words = plain_words(inline.content)
            if words:
                yield int(opening.tag[1]), words


def _visible(tokens: Iterable[Token]) -> Iterable[str]:
    for token in tokens:
        if token.type in ("text", "code_inline", "text_special", "image"):
            yield token.content
        elif token.type in ("softbreak", "hardbreak"):
            yield " "


def _anchor(words: str) -> str:
    """Lower-case, drop punctuation, hyphens for spaces, as github/html-pipeline does."""
    kept = "".join(c for c in words.lower() if c in "-_ " or unicodedata.category(c)[0] in "LNM")
    return kept.replace(" ", "-")


def _unique(anchor: str, seen: dict[str, int]) -> str:
    unique, repeat = anchor, seen.get(anchor, 0)
    while unique in seen:
        repeat += 1
        unique = f"{anchor}-{repeat}"
    seen[anchor] = repeat
    seen[unique] = 0
    return unique


def _image_words(match: re.Match[str]) -> str:
    return match["alt"] if is_caption(match["alt"]) else ""


def _escape_placeholders(text: str) -> str:
    """Keep words in angle brackets, such as <branch>, which HTML would swallow."""
    return _PLACEHOLDER_TAG.sub(
        lambda match: match[0] if match[1] in _HTML_TAGS or f"</{match[1]}" in text else r"\<", text
    )


def _blocks_to_markdown(text: str) -> str:
    if not _NEEDS_BLOCKS.search(text):
        return text
    env: dict[str, Any] = {}
    lines = text.split("\n")
    groups = group_html(top_blocks(parse_codeless(text, env)))
    parts = (_group_to_markdown(group, lines, env) for group in groups)
    return "\n\n".join(part for part in parts if part.strip())


def _group_to_markdown(group: list[Block], lines: list[str], env: dict[str, Any]) -> str:
    source = "\n".join(lines[group[0].start : group[-1].end]).rstrip()
    has_reference = env.get("references") and _REFERENCE.search(source)
    is_underlined = group[0].kind == "heading" and group[0].token.markup in "=-"
    if has_reference or is_underlined or _NEEDS_RENDERING.search(source):
        return html_to_markdown(render_html(source, env))
    return _ENTITY.sub(_entity_text, source)


def _entity_text(match: re.Match[str]) -> str:
    """Decode an entity, but never into the start of a tag or of another entity."""
    words = html.unescape(match[0])
    return {"<": r"\<", "&": match[0], "\u00a0": " "}.get(words, words)
