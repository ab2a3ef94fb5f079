"""A passage's Markdown as safe HTML, with the words that support an answer marked.

Built from escaped parts only: paragraphs, inline code, code blocks and tables. No links, images or
HTML of the passage survive. Pure.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence

from assistant.text import STOPWORDS, Unit, content_stems, split_units

_CODE = re.compile(r"`([^`]+)`")
_FENCE = re.compile(r"^\s*(?:`{3,}|~{3,})")
_TABLE_RULE = re.compile(r"^\s*\|?[\s:|-]+\|?\s*$")
_CELL_EDGE = re.compile(r"(?<!\\)\|")
_WORD = re.compile(r"[^\W_]+(?:['\u2019.\-][^\W_]+)*")
_MIN_SHARE = 0.4  # of a sentence's stems; below it a common word or two would be marked by chance


def escape(text: str) -> str:
    """Return text that is inert in HTML, in attributes too; the page's only way to HTML."""
    return html.escape(text, quote=True)


def render_passage(text: str, cited: Sequence[str] = ()) -> str:
    """Return a passage as HTML; words that it shares with each cited sentence are marked."""
    units = split_units(text)
    marks = _stems_to_mark(units, cited)
    quoted = {sentence.strip() for sentence in cited}
    parts: list[str] = []
    for position, unit in enumerate(units):
        if not unit.is_prose:
            parts.append(render_block(unit.text))
            continue
        if unit.text.strip() in quoted:
            shown = f"<mark>{render_inline(unit.text)}</mark>"
        else:
            shown = mark_words(unit.text, marks.get(position, frozenset()))
        if unit.opens or not parts or not parts[-1].endswith("</p>"):
            parts.append(f"<p>{shown}</p>")
        else:
            parts[-1] = f"{parts[-1].removesuffix('</p>')} {shown}</p>"
    return "".join(parts)


def render_inline(text: str) -> str:
    """Return one line of prose as HTML: escaped, `code` set as code."""
    return _CODE.sub(r"<code>\1</code>", escape(text))


def render_block(raw: str) -> str:
    """Return a raw code block or table as HTML."""
    lines = raw.splitlines()
    if lines and lines[0].lstrip().startswith("|"):
        return _render_table(lines)
    if lines and _FENCE.match(lines[0]):
        lines = lines[1:-1] if len(lines) > 1 and _FENCE.match(lines[-1]) else lines[1:]
    return f"<pre><code>{escape(chr(10).join(lines))}</code></pre>"


def is_block(text: str) -> bool:
    """Whether a sentence's text is a whole code block or table rather than prose."""
    return bool(_FENCE.match(text)) or ("\n" in text and text.lstrip().startswith("|"))


def mark_words(text: str, stems: frozenset[str]) -> str:
    """Return prose as HTML with runs of the words that have these stems in <mark>.

    Function words inside a run are marked with it; alone they are not.
    """
    runs = _runs(text, stems)
    shown, end = [], 0
    for start, stop in runs:
        shown += [render_inline(text[end:start]), f"<mark>{render_inline(text[start:stop])}</mark>"]
        end = stop
    return "".join([*shown, render_inline(text[end:])])


def _runs(text: str, stems: frozenset[str]) -> list[tuple[int, int]]:
    inside_code = [match.span() for match in _CODE.finditer(text)]
    runs: list[tuple[int, int]] = []
    joins = False
    for match in _WORD.finditer(text) if stems else ():
        start, stop = next(((a, b) for a, b in inside_code if a <= match.start() < b), match.span())
        if match.group().lower() in STOPWORDS:
            continue
        if not stems.intersection(content_stems(match.group())):
            joins = False
        elif joins:
            runs[-1] = (runs[-1][0], stop)
        else:
            runs.append((start, stop))
            joins = True
    return runs


def _stems_to_mark(units: Sequence[Unit], cited: Iterable[str]) -> dict[int, frozenset[str]]:
    """Return, by unit, the stems of the cited sentences that this unit supports best."""
    own = {i: set(content_stems(u.text)) for i, u in enumerate(units) if u.is_prose}
    marks: dict[int, frozenset[str]] = {}
    for sentence in cited:
        stems = set(content_stems(sentence))
        shares = {i: len(stems & found) / max(1, len(stems)) for i, found in own.items()}
        best = max(shares, key=lambda i: shares[i], default=None)
        if best is not None and shares[best] >= _MIN_SHARE:
            marks[best] = marks.get(best, frozenset()) | (stems & own[best])
    return marks


def _render_table(lines: Sequence[str]) -> str:
    rows = [_cells(line) for line in lines if not _TABLE_RULE.match(line)]
    head, *body = rows or [[]]
    top = "".join(f"<th>{render_inline(cell)}</th>" for cell in head)
    rest = "".join(
        "<tr>" + "".join(f"<td>{render_inline(cell)}</td>" for cell in row) + "</tr>"
        for row in body
    )
    table = f"<table><thead><tr>{top}</tr></thead><tbody>{rest}</tbody></table>"
    return f'<div class="mh-table">{table}</div>'


def _cells(line: str) -> list[str]:
    inner = line.strip().removeprefix("|").removesuffix("|")
    return [cell.strip().replace("\\|", "|") for cell in _CELL_EDGE.split(inner)]
