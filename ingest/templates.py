"""Resolve or remove the template syntax of site generators, so that only what a reader sees stays.

Takes Markdown whose code is hidden; knows Liquid and Nunjucks (Jekyll, Eleventy), Hugo's
shortcodes, MDX, kramdown's attributes, fenced containers, footnotes and wiki links.
"""

from __future__ import annotations

import re

from ingest.code_mask import HiddenCode, inline_code

# Stands for what is removed, so that a line left empty goes too: a blank one would end an element.
_GONE = "\x01"
_GONE_LINE = re.compile(rf"^[ \t]*(?:{_GONE}[ \t]*)+\n", re.MULTILINE)


def _up_to(opening: str, limit: int = 2000) -> str:
    """Return a pattern of what stands before an end; none looks past the next opening.

    Or a text of nothing but openings would take minutes.
    """
    return rf"(?:(?!{opening}).){{0,{limit}}}?"


_COMMENT = re.compile(
    rf"\{{%-?\s*comment\s*-?%\}}{_up_to(r'{%-?[ ]*comment', 20000)}\{{%-?\s*endcomment\s*-?%\}}"
    rf"|\{{#(?![\w-]+\}}){_up_to('{#')}#\}}|\{{/\*{_up_to(r'{/[*]')}\*/\}}"
    rf"|\{{::comment\}}{_up_to('{::comment', 20000)}\{{:/(?:comment)?\}}"
    rf"|\{{\{{</?\*{_up_to('{{<')}\*/?>\}}\}}|\{{\{{/\*{_up_to('{{/')}\*/\}}\}}",
    re.DOTALL,
)
_RAW = re.compile(
    r"\{%-?\s*(raw|verbatim)\s*-?%\}"
    rf"({_up_to(r'{%-?[ ]*(?:raw|verbatim)', 50000)})\{{%-?\s*end\1\s*-?%\}}",
    re.DOTALL,
)
_TEMPLATE = re.compile(rf"\{{\{{{_up_to('{{')}\}}\}}|\{{%{_up_to('{%')}%\}}", re.DOTALL)
_EXPRESSION = re.compile(rf"\{{\{{-?\s*(?![<%])({_up_to('{{')})-?\}}\}}", re.DOTALL)
_TAG = re.compile(rf"\{{%-?\s*(?P<name>[\w./-]*)(?P<args>{_up_to('{%')})-?%\}}", re.DOTALL)
_SHORTCODE = re.compile(
    rf"\{{\{{[<%]-?\s*(?P<name>/?\s*[\w./-]+)(?P<args>{_up_to('{{')})/?\s*-?[>%]\}}\}}",
    re.DOTALL,
)
_KRAMDOWN = re.compile(
    r"(?:^[ \t]*(?:[-*+]|\d+\.)[ \t]+\S[^\n]*\n)?[ \t]*\{:toc[^}\n]*\}|\{:[^}\n]*\}", re.MULTILINE
)
_ATTRIBUTES = re.compile(
    r"[ \t]*\{(?:[.#][\w-]+[ \t]*)+\}"
)  # {.class #id}, of markdown-it-attrs, pandoc, Hugo
_CONTAINER = re.compile(r"^[ \t]*:{3,}[^\n]*$", re.MULTILINE)
_MDX_LINE = re.compile(
    r"^(?:import\s+(?:[\w*{][^\n;]*\sfrom\s+)?['\"][^'\"\n]+['\"];?"
    r"|export\s+(?:const|let|var|default|function|async|\{)(?:[^\n]|\n(?!\n))*)[ \t]*$",
    re.MULTILINE,
)
_JSX_ATTRIBUTES = (
    r"(?:\s+(?:[\w:-]+(?:\s*=\s*(?:\"[^\"]*\"|'[^']*'|\{(?:[^{}]|\{[^{}]*\})*\}))?|\{[^{}]*\}))*\s*"
)
_JSX = re.compile(rf"<(?P<end>/?)(?P<name>[A-Z][\w.]*)(?P<args>{_JSX_ATTRIBUTES})(?P<single>/?)>")
_FOOTNOTE_TEXT = re.compile(r"^\[\^([^\]\s]+)\]:[ \t]*", re.MULTILINE)
_FOOTNOTE_MARK = re.compile(r"\[\^[^\]\s]+\]")
_WIKI_LINK = re.compile(
    r"(?P<embed>!?)\[\[(?P<page>[^\[\]|\n]+)(?:\|(?P<words>[^\[\]\n]+))?\]\](?!\()"
)
_STRING = re.compile(r"\"((?:[^\"\\]|\\.)*)\"|'((?:[^'\\]|\\.)*)'", re.DOTALL)
_NAMED = re.compile(r"([\w-]+)\s*[=:]\s*(?:\"((?:[^\"\\]|\\.)*)\"|'((?:[^'\\]|\\.)*)')", re.DOTALL)
# A person's picture or a formatted date: the literal before the filter is not what readers see.
_SILENT_FILTER = re.compile(r"photo|image|img|icon|avatar|date|json|inspect|slug", re.IGNORECASE)
_LINK_TAGS = {"link", "ref", "relref"}
_FILE_NAME = re.compile(
    r".*\.(?:png|jpe?g|gif|svg|webp|avif|mp4|pdf)|\S+\.\w{2,5}|[\w-]*\d[\w-]{24,}|[\w./-]*/[\w./-]*",
    re.ASCII | re.IGNORECASE,
)
_HTML_UPPERCASE = re.compile(r"H[1-6R]|[A-Z]|[A-Z]{2,}", re.ASCII)


def resolve_templates(text: str, code: HiddenCode) -> str:
    """Return the text with links resolved to their paths, captions kept and all else removed."""
    text = _COMMENT.sub(_GONE, _remove_html_comments(text))
    text = _RAW.sub(lambda match: _show_raw(match[2], code), text)
    text = _SHORTCODE.sub(lambda match: _tag_text(match["name"], match["args"]) or _GONE, text)
    text = _EXPRESSION.sub(lambda match: _expression_text(match[1]) or _GONE, text)
    text = _TAG.sub(lambda match: _tag_text(match["name"], match["args"]) or _GONE, text)
    text = _GONE_LINE.sub("", _KRAMDOWN.sub(_GONE, text)).replace(_GONE, "")
    text = _ATTRIBUTES.sub("", text)
    text = _CONTAINER.sub("", text)
    text = _remove_jsx(_MDX_LINE.sub("", text))
    text = _FOOTNOTE_MARK.sub("", _FOOTNOTE_TEXT.sub(r"Note \1: ", text))
    return _WIKI_LINK.sub(_wiki_words, text)


def _remove_html_comments(text: str) -> str:
    parts, position = [], 0
    while (start := text.find("<!--", position)) >= 0 and (end := text.find("-->", start)) >= 0:
        parts += [text[position:start], _GONE]
        position = end + 3
    return "".join([*parts, text[position:]])


def is_caption(words: str) -> bool:
    """Say whether an alternative text is words for a reader rather than a file's name."""
    return bool(words.strip()) and not _FILE_NAME.fullmatch(words.strip())


def _show_raw(content: str, code: HiddenCode) -> str:
    """Keep what `raw` protects: the template syntax in it is what the article shows."""
    if _TEMPLATE.search(content) and "\n" not in content:
        return code.hide_inline(inline_code(content))
    return _TEMPLATE.sub(lambda match: code.hide_inline(inline_code(match[0])), content)


def _expression_text(expression: str) -> str:
    literal = _STRING.match(expression)
    if not literal:
        return ""  # a variable: its value lives in the site, not in the article
    filters = expression[literal.end() :]
    if _SILENT_FILTER.search(filters):
        return ""
    words = literal[1] or literal[2] or ""
    return words.replace(" ", "%20") if "url" in filters else words


def _tag_text(name: str, args: str) -> str:
    """Return what a reader sees of a tag or shortcode: a link's path, an image's caption."""
    name = name.rsplit("/", 1)[-1]
    strings = [first or second for first, second in _STRING.findall(args)]
    if name == "post_url":
        slug = args.strip().strip("\"'")
        return "/" + re.sub(r"^(\d{4})-(\d\d)-(\d\d)-", r"\1/\2/\3/", slug)
    if name in _LINK_TAGS:
        return strings[0] if strings else args.strip()
    named = {key: first or second for key, first, second in _NAMED.findall(args)}
    shown = [named[key] for key in ("alt", "caption", "title", "text", "quote") if key in named]
    if not named and len(strings) > 1:
        shown = strings[-1:]
    return " ".join(dict.fromkeys(words for words in shown if is_caption(words)))


def _remove_jsx(text: str) -> str:
    closed = set(re.findall(r"</([A-Z][\w.]*)\s*>", text))

    def replace(match: re.Match[str]) -> str:
        name = match["name"]
        if _HTML_UPPERCASE.fullmatch(name):
            return match[0]
        if match["end"] or match["single"] or name in closed:
            return _tag_text(name, match["args"])
        return match[0]  # words in angle brackets, such as <Your Name>

    return re.sub(r"\{(?:['\"`])\s*(?:['\"`])\}", " ", _JSX.sub(replace, text))


def _wiki_words(match: re.Match[str]) -> str:
    if match["embed"] and _FILE_NAME.fullmatch(match["page"]):
        return ""
    return match["words"] or match["page"]
