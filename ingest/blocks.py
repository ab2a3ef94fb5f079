"""The block tree of a Markdown text: what is code, a heading, a list, a table, one HTML element."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token

# Elements that hold blocks, so that Markdown between their tags belongs to them. Those whose end
# tag may be left out (p, li, td, tr) cannot tell where they end.
_CONTAINER_TAG = re.compile(
    r"<(?P<end>/?)(?:div|figure|table|blockquote|ul|ol|dl|section|aside|details|center)\b[^>]*>",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Block:
    """One top-level block: its token type, and its lines from start up to, not with, end."""

    kind: str
    start: int
    end: int
    token: Token


def parse_blocks(text: str) -> list[Token]:
    """Return block tokens with line maps; inline stays unparsed."""
    return _block_parser().parse(text, {})


def parse_codeless(text: str, env: dict[str, Any]) -> list[Token]:
    """Do as `parse_blocks` where all code is hidden; `env` collects the link definitions."""
    return _codeless_parser().parse(text, env)


def parse_inline(text: str) -> list[Token]:
    """Return the inline tokens of one paragraph or heading."""
    return _full_parser().parseInline(text)[0].children or []


def render_html(text: str, env: dict[str, Any]) -> str:
    """Return text whose code is hidden as HTML; `env` holds link definitions, raw HTML passes."""
    return str(_full_parser().render(text, env))


def top_blocks(tokens: Sequence[Token]) -> list[Block]:
    """Return the top-level blocks in order."""
    return [
        Block(token.type.removesuffix("_open"), token.map[0], token.map[1], token)
        for token in tokens
        if token.level == 0 and token.nesting >= 0 and token.map
    ]


def group_html(blocks: Sequence[Block]) -> list[list[Block]]:
    """Return the blocks in groups: one each, but an HTML element keeps all up to its end tag."""
    groups: list[list[Block]] = []
    position = 0
    while position < len(blocks):
        size = _group_length(blocks, position)
        groups.append(list(blocks[position : position + size]))
        position += size
    return groups


def _group_length(blocks: Sequence[Block], first: int) -> int:
    """Count the blocks from `first` to the one that closes what it opens; 1 if none does."""
    depth = 0
    for position in range(first, len(blocks)):
        # Inside an open element, what CommonMark takes for indented code is the element's content.
        is_html = blocks[position].kind == "html_block"
        if is_html or (depth and blocks[position].kind == "code_block"):
            for tag in _CONTAINER_TAG.finditer(blocks[position].token.content):
                depth += -1 if tag["end"] else 1
        if depth <= 0:
            return position - first + 1
    return 1


@cache
def _full_parser() -> MarkdownIt:
    return MarkdownIt("commonmark").enable(["table", "strikethrough"]).disable("code")


@cache
def _block_parser() -> MarkdownIt:
    # Without the inline pass a post parses in a third of the time; only structure is asked for.
    return MarkdownIt("commonmark").enable("table").disable("inline")


@cache
def _codeless_parser() -> MarkdownIt:
    return MarkdownIt("commonmark").enable("table").disable(["inline", "code"])
