"""The small pieces of Markdown that a card is made of; every text of a model is escaped."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

_MARKUP = re.compile(r"([\\`*_{}\[\]<>#|!~])")


def escape(text: str) -> str:
    """Return text that Markdown and HTML show as it is, on one line."""
    return _MARKUP.sub(r"\\\1", " ".join(text.split()))


def row(first: str, values: Sequence[object]) -> str:
    """Return a line of a table."""
    return "| " + " | ".join([first, *map(str, values)]) + " |"


def list_items(items: Sequence[str]) -> str:
    """Return a list."""
    return "\n".join(f"- {item}" for item in items)


def side_by_side(title: str, voices: Mapping[str, str]) -> str:
    """Return what each voice said under a heading, a column each."""
    names = list(voices)
    texts = [escape(text) or "(nothing)" for text in voices.values()]
    lines = [
        row(names[0], names[1:]), row("---", ["---"] * (len(names) - 1)), row(texts[0], texts[1:]),
    ]  # fmt: skip
    return f"\n### {escape(title)}\n\n" + "\n".join(lines) + "\n"
