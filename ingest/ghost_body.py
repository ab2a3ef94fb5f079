"""Render the bodies that Ghost's editors store, Lexical and the older Mobiledoc, as HTML.

Cards keep their words (code, Markdown, HTML, captions, callouts, toggles); pictures, players,
buttons and sign-up forms go. Both raise ValueError where the stored JSON is damaged.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any

from markdown_it import MarkdownIt

# Lexical's text formats are bits.
_FORMATS = ((16, "code"), (1, "strong"), (2, "em"), (4, "s"), (32, "sub"), (64, "sup"))
_BLOCKS = {"paragraph": "p", "quote": "blockquote", "extended-quote": "blockquote",
           "aside": "blockquote", "listitem": "li"}  # fmt: skip
_MARKUPS = {"b": "strong", "strong": "strong", "i": "em", "em": "em", "code": "code", "s": "s",
            "del": "s", "sub": "sub", "sup": "sup"}  # fmt: skip
_SECTION_TAGS = {"p", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "aside", "ul", "ol"}
_MARKUP_SECTION, _LIST_SECTION, _CARD_SECTION, _TEXT_MARKER = 1, 3, 10, 0

Node = Mapping[str, Any]


def lexical_to_html(stored: str) -> str:
    """Return the HTML of a Lexical document."""
    root = _parse(stored).get("root")
    if not isinstance(root, dict):
        raise ValueError("a Lexical document without a root")
    return _render_all(root)


def mobiledoc_to_html(stored: str) -> str:
    """Return the HTML of a Mobiledoc document (0.3)."""
    document = _parse(stored)
    try:
        return "\n".join(_section(section, document) for section in document["sections"])
    except (KeyError, IndexError, TypeError) as error:
        raise ValueError(f"a Mobiledoc section is not as it should be: {error}") from error


def _parse(stored: str) -> Node:
    document = json.loads(stored)
    if not isinstance(document, dict):
        raise ValueError("the stored body is no document")
    return document


def _render_all(node: Node) -> str:
    children = node.get("children")
    nodes = children if isinstance(children, list) else []
    return "".join(_render(child) for child in nodes if isinstance(child, dict))


def _render(node: Node) -> str:
    kind = str(node.get("type", ""))
    if kind in ("text", "extended-text"):
        return _render_text(node)
    if kind == "linebreak":
        return "<br>"
    if kind in ("link", "autolink"):
        return f'<a href="{escape(str(node.get("url", "")))}">{_render_all(node)}</a>'
    if kind in ("heading", "extended-heading"):
        tag = str(node.get("tag", "h2"))
        return _element(tag if tag in _SECTION_TAGS else "h2", _render_all(node))
    if kind == "list":
        return _element("ol" if node.get("listType") == "number" else "ul", _render_all(node))
    if kind in _BLOCKS:
        return _element(_BLOCKS[kind], _render_all(node))
    if kind in _CARDS:
        return _CARDS[kind](node)
    return _render_all(node)


def _render_text(node: Node) -> str:
    words = escape(str(node.get("text", "")), quote=False)
    form = node.get("format")
    for bit, tag in _FORMATS:
        if isinstance(form, int) and form & bit:
            words = f"<{tag}>{words}</{tag}>"
    return words


def _element(tag: str, inside: str) -> str:
    return f"<{tag}>{inside}</{tag}>\n"


def _section(section: Sequence[Any], document: Node) -> str:
    kind = section[0]
    if kind == _MARKUP_SECTION:
        tag = str(section[1]).lower()
        return _element(tag if tag in _SECTION_TAGS else "p", _markers(section[2], document))
    if kind == _LIST_SECTION:
        items = "".join(_element("li", _markers(item, document)) for item in section[2])
        return _element("ol" if section[1] == "ol" else "ul", items)
    if kind == _CARD_SECTION:
        name, payload = document["cards"][section[1]][:2]
        name = {"card-markdown": "markdown", "code": "codeblock"}.get(name, name)
        return _CARDS[name](payload) if name in _CARDS else ""
    return ""


def _markers(markers: Sequence[Any], document: Node) -> str:
    parts: list[str] = []
    opened: list[str] = []
    for kind, opening, n_closed, value in markers:
        for index in opening:
            name, attributes = (*document["markups"][index], [])[:2]
            tag = "a" if name == "a" else _MARKUPS.get(name, "span")
            href = dict(zip(attributes[::2], attributes[1::2], strict=False)).get("href", "")
            parts.append(f'<a href="{escape(href)}">' if tag == "a" else f"<{tag}>")
            opened.append(tag)
        is_text = kind == _TEXT_MARKER
        parts.append(escape(str(value), quote=False) if is_text else _atom(value, document))
        parts += [f"</{opened.pop()}>" for _ in range(n_closed)]
    return "".join(parts)


def _atom(index: int, document: Node) -> str:
    name, words = document["atoms"][index][:2]
    return "<br>" if name == "soft-return" else escape(str(words), quote=False)


def _code_card(card: Node) -> str:
    language = escape(str(card.get("language") or ""))
    kind = f' class="language-{language}"' if language else ""
    code = escape(str(card.get("code") or ""), quote=False)
    return f"<pre><code{kind}>{code}</code></pre>\n{_words(card, 'caption')}"


def _markdown_card(card: Node) -> str:
    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    return str(parser.render(str(card.get("markdown") or "")))


def _words(card: Node, *keys: str) -> str:
    """Return the card's fields as paragraphs; Ghost stores HTML in them."""
    return "".join(_element("p", str(card[key])) for key in keys if card.get(key))


def _toggle_card(card: Node) -> str:
    return _element("h4", str(card.get("heading") or "")) + str(card.get("content") or "")


def _bookmark_card(card: Node) -> str:
    details = card.get("metadata")
    title = str(details.get("title") or "") if isinstance(details, dict) else ""
    url = str(card.get("url") or "")
    return _element("p", f'<a href="{escape(url)}">{escape(title)}</a>') if title else ""


_CARDS: dict[str, Callable[[Node], str]] = {
    "codeblock": _code_card,
    "markdown": _markdown_card,
    "html": lambda card: str(card.get("html") or ""),
    "image": lambda card: _words(card, "caption"),
    "gallery": lambda card: _words(card, "caption"),
    "embed": lambda card: _words(card, "caption"),
    "video": lambda card: _words(card, "caption"),
    "callout": lambda card: _words(card, "calloutText"),
    "toggle": _toggle_card,
    "bookmark": _bookmark_card,
    "header": lambda card: _words(card, "heading", "header", "subheading", "subheader"),
    "product": lambda card: _words(card, "productTitle", "productDescription"),
    "horizontalrule": lambda card: "<hr>\n",
}
