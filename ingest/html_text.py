"""Turn HTML into Markdown: words, links, emphasis, lists and tables stay, decoration goes."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from bs4 import BeautifulSoup, Tag
from markdownify import ATX, MarkdownConverter

from ingest.templates import is_caption

_SILENT_TAGS = (
    "script",
    "style",
    "svg",
    "template",
    "iframe",
    "object",
    "noscript",
    "form",
    "button",
)
_HIDDEN_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_MAX_COLUMNS = 100  # a cell that claims to span more is a mistake or an attack
_LINK_SCHEMES = {"", "http", "https", "mailto", "tel"}
_LANGUAGE = re.compile(r"(?:^|\s)(?:language|lang|brush)[-:]\s*([\w+#.-]+)", re.IGNORECASE)


def html_to_markdown(markup: str) -> str:
    """Return the Markdown of an HTML fragment; scripts and hidden elements are left out."""
    soup = BeautifulSoup(f"<body>{markup}</body>", "html.parser")
    for element in soup.find_all(_is_silent):
        element.decompose()
    try:
        markdown = _Converter().convert_soup(soup)
    except RecursionError:  # thousands of nested elements: nobody wrote that for its structure
        markdown = soup.get_text("\n")
    return re.sub(r"\n{3,}", "\n\n", markdown).strip("\n")


def _is_silent(element: Tag) -> bool:
    return (
        element.name in _SILENT_TAGS
        or element.has_attr("hidden")
        or bool(_HIDDEN_STYLE.search(str(element.get("style", ""))))
    )


class _Converter(MarkdownConverter):
    """markdownify with our reading of images, links and angle brackets."""

    class Options:
        autolinks = False
        bullets = "-"
        # Markdown inside HTML blocks is common in real posts; escaping would make it literal.
        escape_asterisks = False
        escape_underscores = False
        heading_style = ATX
        table_infer_header = True

    def escape(self, text: str, parent_tags: set[str]) -> str:
        """Keep < from becoming a tag again."""
        return re.sub(r"<(?=[A-Za-z/!?])", r"\\<", text)

    def convert_img(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """Keep an image's words, none of its address."""
        alt = re.sub(r"\s+", " ", str(el.get("alt") or "")).strip()
        return alt if is_caption(alt) else ""

    def convert_a(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """Keep a link that a reader can follow; of any other, the words."""
        href = re.sub(r"\s+", "%20", str(el.get("href") or "").strip())
        if not text.strip() or not href or not _is_followable(href):
            return text
        words = re.sub(r"\s*\n\s*", " ", text.strip())
        before, after = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
        return f"{before}[{words}]({_closed(href)}){after}"

    def convert_td(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """Keep a cell on its line and its bars from ending it."""
        return _table_cell(el, text)

    def convert_th(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """Keep a header cell on its line and its bars from ending it."""
        return _table_cell(el, text)

    def convert_dt(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """Show a defined term as a bold paragraph; CommonMark has no definition lists."""
        return f"\n\n**{text.strip()}**\n\n" if text.strip() else ""

    def convert_dd(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """Show a definition as a paragraph."""
        return f"\n\n{text.strip()}\n\n"

    def convert_pre(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """Fence code as it stands, with its language; in a cell there is no room for a fence."""
        for line_break in el.find_all("br"):
            line_break.replace_with("\n")
        content = el.get_text().removeprefix("\n").rstrip()
        if not content.strip() or "td" in parent_tags or "th" in parent_tags:
            return f" `{' '.join(content.split())}` " if content.strip() else ""
        longest = max((len(run) for run in re.findall("`+", content)), default=0)
        fence = "`" * max(3, longest + 1)
        return f"\n\n{fence}{_code_language(el)}\n{content}\n{fence}\n\n"

    def convert_video(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """Keep what stands between the tags, none of the address."""
        return text


def _code_language(el: Tag) -> str:
    """Return the language that highlighters note on `<pre>`, on its `<code>` or around it."""
    for element in (el.code, el, el.parent, el.parent and el.parent.parent):
        if isinstance(element, Tag):
            classes = " ".join(str(name) for name in element.get_attribute_list("class"))
            if match := _LANGUAGE.search(f"{classes} language-{element.get('data-language', '')}"):
                return match[1].lower()
    return ""


def _is_followable(href: str) -> bool:
    try:
        return urlsplit(href).scheme.lower() in _LINK_SCHEMES
    except ValueError:
        return False


def _closed(href: str) -> str:
    return (
        href if href.count("(") == href.count(")") else href.replace("(", "%28").replace(")", "%29")
    )


def _table_cell(el: Tag, text: str) -> str:
    words = re.sub(r"(?<!\\)\|", r"\\|", re.sub(r"\s*\n\s*", " ", text.strip()))
    span = str(el.get("colspan", "1"))
    columns = min(int(span), _MAX_COLUMNS) if span.isdecimal() and int(span) > 0 else 1
    return f" {words} |" + " |" * (columns - 1)
