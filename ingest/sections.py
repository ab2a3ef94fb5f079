"""Read an article's body as sections under heading paths, each a list of uncut units.

A unit is a paragraph, a list item, a quote, a table or a code block, as written.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from markdown_it.token import Token

from assistant.records import Article, Heading
from ingest.blocks import Block, parse_blocks, top_blocks
from ingest.markdown import plain_words, read_headings

_TINY_WORDS = 25  # fewer say too little to be found alone; tiny neighbours share a passage
_WHOLE_KINDS = ("fence", "code_block", "table")
_MARKER = re.compile(r"([-*+]|\d{1,9}[.)])(\s+)")


@dataclass(frozen=True, slots=True)
class Unit:
    """A piece of body. `whole`: never cut. `gap`: what parts it from the unit before."""

    text: str
    whole: bool = False
    gap: str = "\n\n"

    @property
    def n_words(self) -> int:
        """How many words it has."""
        return len(self.text.split())


@dataclass(frozen=True, slots=True)
class Section:
    """What stands between one heading and the next. `headings` is the path, outermost first.

    `lead` stood above the heading, under its parent; `is_merged` marks a run of tiny sections.
    """

    headings: tuple[str, ...]
    anchor: str
    units: tuple[Unit, ...]
    lead: tuple[Unit, ...] = ()
    is_merged: bool = False

    @property
    def is_tiny(self) -> bool:
        """Whether it has too few words to stand alone."""
        return sum(unit.n_words for unit in self.lead + self.units) < _TINY_WORDS


def read_sections(article: Article) -> list[Section]:
    """Return the sections in order, tiny neighbours merged; none is empty, no word is left out."""
    return _join_empty(_merge_tiny(_cut_at_headings(article)))


def open_container(unit: Unit) -> list[Unit]:
    """Return the blocks inside a list item or quote as units, or the unit where it is neither."""
    lines = unit.text.split("\n")
    marker = _MARKER.match(unit.text)
    if all(line.startswith(">") for line in lines):
        inner = "\n".join(line[1:].removeprefix(" ") for line in lines)
        return [replace(u, text=_quoted(u.text)) for u in _read_units(inner)]
    if marker:
        width = marker.end()
        rest = [line[width:] if not line[:width].strip() else line.lstrip() for line in lines[1:]]
        first, *others = _read_units("\n".join([lines[0][width:], *rest])) or [Unit("")]
        if first.whole:
            return [Unit(marker[1], gap=unit.gap), first, *others]
        return [Unit(marker[0] + first.text, gap=unit.gap), *others]
    return [unit]


def _cut_at_headings(article: Article) -> list[Section]:
    lines = article.body.split("\n")
    tokens = parse_blocks(article.body)
    blocks = top_blocks(tokens)
    words = _heading_words(tokens)
    known = article.headings
    if [heading.text for heading in known] != [text for text in words.values() if text]:
        known = read_headings(article.body)
    unseen: Iterator[Heading] = iter(known)
    path: list[Heading] = []
    sections: list[Section] = []
    units: list[Unit] = []

    def close() -> None:
        anchor = path[-1].anchor if path else ""
        sections.append(Section(tuple(heading.text for heading in path), anchor, tuple(units)))
        units.clear()

    position = 0
    for block in blocks:
        units += _loose_lines(lines[position : block.start])
        position = block.end
        if block.kind != "heading":
            units += _block_units(block, tokens, lines)
        elif words[block.start]:
            close()
            heading = next(unseen)
            while path and path[-1].level >= heading.level:
                path.pop()
            path.append(heading)
    units += _loose_lines(lines[position:])
    close()
    return [section for section in sections if section.headings or section.units]


def _heading_words(tokens: Sequence[Token]) -> dict[int, str]:
    """Return the words of each top-level heading by the line it starts on."""
    return {
        opening.map[0]: plain_words(inline.content)
        for opening, inline in zip(tokens, tokens[1:], strict=False)
        if opening.type == "heading_open" and opening.level == 0 and opening.map
    }


def _read_units(text: str) -> list[Unit]:
    lines = text.split("\n")
    tokens = parse_blocks(text)
    units: list[Unit] = []
    position = 0
    for block in top_blocks(tokens):
        units += _loose_lines(lines[position : block.start])
        units += _block_units(block, tokens, lines)
        position = block.end
    return units + _loose_lines(lines[position:])


def _block_units(block: Block, tokens: Sequence[Token], lines: Sequence[str]) -> list[Unit]:
    if block.kind == "hr":
        return []
    if block.kind in ("bullet_list", "ordered_list"):
        return list(_list_items(block, tokens, lines))
    holds_whole = block.kind in _WHOLE_KINDS or (
        block.kind == "blockquote" and _holds(_whole_lines(tokens), block.start, block.end)
    )
    text = "\n".join(lines[block.start : block.end]).rstrip()
    return [Unit(text, whole=holds_whole)] if text.strip() else []


def _list_items(block: Block, tokens: Sequence[Token], lines: Sequence[str]) -> Iterator[Unit]:
    gap = "\n\n"
    whole_lines = _whole_lines(tokens)
    for token in tokens:
        if token.type == "list_item_open" and token.level == 1 and token.map:
            start, end = token.map
            if block.start <= start < block.end:
                text = "\n".join(lines[start:end])
                indent = len(text) - len(text.lstrip())
                if text.strip():
                    yield Unit(_dedent(text.rstrip(), indent), _holds(whole_lines, start, end), gap)
                gap = "\n\n" if text.endswith("\n") else "\n"


def _whole_lines(tokens: Iterable[Token]) -> list[int]:
    """Return the lines where code and tables start, at any depth."""
    return [
        token.map[0]
        for token in tokens
        if token.map and token.type in ("fence", "code_block", "table_open")
    ]


def _holds(whole_lines: Sequence[int], start: int, end: int) -> bool:
    return any(start <= line < end for line in whole_lines)


def _loose_lines(lines: Sequence[str]) -> list[Unit]:
    """Return what no block holds, which is link definitions."""
    text = "\n".join(lines).strip()
    return [Unit(text)] if text else []


def _dedent(text: str, indent: int) -> str:
    return re.sub(rf"^[ \t]{{0,{indent}}}", "", text, flags=re.MULTILINE) if indent else text


def _quoted(text: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in text.split("\n"))


def _merge_tiny(sections: Iterable[Section]) -> list[Section]:
    """Give a tiny lead-in to its first subsection, and tiny siblings to each other."""
    merged: list[Section] = []
    for section in sections:
        before = merged[-1] if merged else None
        if before is None or not before.is_tiny:
            merged.append(section)
        elif _is_lead_in(before, section):
            merged[-1] = replace(section, lead=before.lead + before.units)
        elif section.is_tiny and _are_siblings(before, section):
            units = before.units if before.is_merged else _with_heading(before)
            merged[-1] = Section(
                section.headings[:-1], before.anchor, units + _with_heading(section), is_merged=True
            )
        else:
            merged.append(section)
    return [replace(section, units=section.lead + section.units, lead=()) for section in merged]


def _is_lead_in(before: Section, section: Section) -> bool:
    depth = len(before.headings)
    return (
        not before.is_merged
        and len(section.headings) > depth
        and section.headings[:depth] == before.headings
    )


def _are_siblings(before: Section, section: Section) -> bool:
    parent = before.headings if before.is_merged else before.headings[:-1]
    is_below_a_heading = before.is_merged or bool(before.headings)
    return is_below_a_heading and bool(section.headings) and section.headings[:-1] == parent


def _with_heading(section: Section) -> tuple[Unit, ...]:
    return (*section.lead, Unit(f"**{section.headings[-1]}**"), *section.units)


def _join_empty(sections: Iterable[Section]) -> list[Section]:
    """Keep the words of a heading without text as a bold line at the end of the section before."""
    joined: list[Section] = []
    for section in sections:
        if section.units or not joined:
            joined.append(section)
        else:
            above = joined[-1]
            # Parents without text of their own stand in no other passage's path.
            lost = [name for name in section.headings[:-1] if name not in above.headings]
            names = tuple(Unit(f"**{name}**") for name in lost)
            joined[-1] = replace(above, units=above.units + names + _with_heading(section))
    if joined and not joined[0].units:
        first, *rest = joined
        if rest:
            rest[0] = replace(rest[0], units=_with_heading(first) + rest[0].units)
            return rest
        return [replace(first, units=_with_heading(first), headings=first.headings[:-1])]
    return joined
