"""Hide the code of a Markdown text, so that clean-up cannot touch it, and put it back after.

Fenced and indented blocks, `<pre>`, `<code>` and inline code become short marks; blocks come back
as fenced blocks at the indentation where their mark stands by then.
"""

from __future__ import annotations

import html
import re

from markdown_it.token import Token

from ingest.blocks import group_html, parse_blocks, top_blocks

# STX and ETX survive Markdown, HTML and ftfy alike, and are taken off every text before.
_OPEN, _CLOSE = "\x02", "\x03"
_BLOCK_LINE = re.compile(
    rf"^((?:[ \t>]|[-*+] |\d+[.)] )*){_OPEN}B(\d+){_CLOSE}[ \t]*$", re.MULTILINE
)
_MARK = re.compile(rf"{_OPEN}[BI](\d+){_CLOSE}")
_INLINE = re.compile(
    r"(?<![`\\])(?P<ticks>`+)(?!`)(?:(?!\n[ \t]*\n).){1,5000}?(?<!`)(?P=ticks)(?!`)"
    r"|<pre\b[^>]*>(?P<pre>(?:(?!<pre\b).)*?)</pre\s*>"
    r"|<code\b[^>]*>(?P<code>(?:(?!<code\b|\n[ \t]*\n).)*?)</code\s*>",
    re.DOTALL | re.IGNORECASE,
)
# A fence is matched first and left alone: a highlight tag in it is an example, not a template.
_HIGHLIGHT = re.compile(
    r"^[ \t>]*(?P<fence>`{3,}|~{3,})[^\n]*\n.*?^[ \t>]*(?P=fence)[`~]*[ \t]*$"
    r"|\{%-?\s*highlight\s+(?P<liquid>[\w+#.-]+)[^%]*%\}\n?(?P<liquid_code>.*?)\{%-?\s*endhighlight\s*-?%\}"
    r"|\{\{<\s*highlight\s+(?P<hugo>[\w+#.-]+)[^>]*>\}\}\n?(?P<hugo_code>.*?)\{\{<\s*/\s*highlight\s*>\}\}",
    re.DOTALL | re.MULTILINE,
)
_MAY_HOLD_CODE = re.compile(r"^(?:[ >]*(?: {4}|\t)|[ \t>*+\d.)-]*(?:`{3}|~{3}))", re.MULTILINE)
_TAG = re.compile(r"<[^>]*>")


class HiddenCode:
    """The code taken out of one text, by the number on its mark."""

    def __init__(self) -> None:
        """Start with nothing hidden."""
        self._blocks: dict[int, str] = {}
        self._inline: dict[int, str] = {}

    def hide_block(self, content: str, info: str = "") -> str:
        """Keep a block's content and return its mark; `info` is what stood after the fence."""
        number = self._next_number()
        fence = _fence_for(content)
        self._blocks[number] = "\n".join([fence + info, content.removesuffix("\n"), fence])
        return f"{_OPEN}B{number}{_CLOSE}"

    def hide_inline(self, markdown: str) -> str:
        """Keep inline code as written, its backticks included, and return its mark."""
        number = self._next_number()
        self._inline[number] = markdown
        return f"{_OPEN}I{number}{_CLOSE}"

    def restore(self, text: str) -> str:
        """Return the text with every mark replaced by its code."""
        text = _BLOCK_LINE.sub(self._restore_block, text)
        return _MARK.sub(self._restore_mark, text)

    def _next_number(self) -> int:
        return len(self._blocks) + len(self._inline)

    def _restore_block(self, match: re.Match[str]) -> str:
        first, number = match[1], int(match[2])
        following = re.sub(r"[^\s>]", " ", first)
        head, *rest = self._blocks[number].split("\n")
        lines = [following + line if line else following.rstrip() for line in rest]
        return _MARK.sub(self._restore_mark, "\n".join([first + head, *lines]))

    def _restore_mark(self, match: re.Match[str]) -> str:
        number = int(match[1])
        if number in self._inline:
            return _MARK.sub(self._restore_mark, self._inline[number])
        # A block in a table cell or in the middle of a line has no room for a fence.
        return inline_code(" ".join(self._blocks[number].split("\n")[1:-1]))


def hide_code(text: str) -> tuple[str, HiddenCode]:
    """Return the text with marks in place of its code, and what they stand for."""
    hidden = HiddenCode()
    text = _HIGHLIGHT.sub(_fence_highlight, text)
    text = _hide_blocks(text, hidden)

    def hide(match: re.Match[str]) -> str:
        if match["pre"] is not None:
            mark = hidden.hide_block(_plain(match["pre"]).strip("\n"))
            return f"\n\n{mark}\n\n"
        if match["code"] is not None:
            return hidden.hide_inline(inline_code(_plain(match["code"])))
        return hidden.hide_inline(match[0])

    return _INLINE.sub(hide, text), hidden


def inline_code(content: str) -> str:
    """Return content between as many backticks as it needs; "" where there is none."""
    content = content.strip()
    if not content:
        return ""
    ticks = "`" * (1 + max((len(run) for run in re.findall("`+", content)), default=0))
    pad = " " if content.startswith("`") or content.endswith("`") else ""
    return f"{ticks}{pad}{content}{pad}{ticks}"


def _hide_blocks(text: str, hidden: HiddenCode) -> str:
    if not _MAY_HOLD_CODE.search(text):
        return text
    lines = text.split("\n")
    tokens = parse_blocks(text)
    # Inside an HTML element, what is indented after a blank line is text, whatever CommonMark says.
    in_html = {
        block.start for group in group_html(top_blocks(tokens)) for block in group[1:]
        if block.kind == "code_block"
    }  # fmt: skip
    for token in reversed([t for t in tokens if t.type in ("fence", "code_block")]):
        start, end = token.map or (0, 0)
        while end > start + 1 and not lines[end - 1].strip(" \t>"):
            end -= 1  # a code block's map may take in the blank lines after it
        if token.type == "code_block" and start in in_html:
            lines[start:end] = [line.lstrip() for line in lines[start:end]]
            continue
        prefix = _prefix(lines[start], token)
        blank = prefix.rstrip() if ">" in prefix else ""
        before = [] if prefix.strip(" \t>") else [blank]
        lines[start:end] = [*before, prefix + hidden.hide_block(token.content, token.info), blank]
    return "\n".join(lines)


def _prefix(line: str, token: Token) -> str:
    """Return what stands before the code in its first line: indentation, > or a list marker."""
    if token.type == "fence":
        return line[: line.index(token.markup)]
    first = token.content.split("\n", 1)[0]
    if line.endswith(first):
        return line[: len(line) - len(first)].removesuffix("\t").removesuffix("    ")
    return re.match(r"[ >]*", line)[0].rstrip(" ")  # type: ignore[index]  # matches the empty string


def _fence_highlight(match: re.Match[str]) -> str:
    if match["fence"]:
        return match[0]
    language, code = (
        match["liquid"] or match["hugo"],
        match["liquid_code"] or match["hugo_code"] or "",
    )
    fence = _fence_for(code)
    return "\n".join(["", fence + language, code.strip("\n"), fence, ""])


def _fence_for(content: str) -> str:
    longest = max((len(run) for run in re.findall("`+", content)), default=0)
    return "`" * max(3, longest + 1)


def _plain(markup: str) -> str:
    return html.unescape(_TAG.sub("", markup))
