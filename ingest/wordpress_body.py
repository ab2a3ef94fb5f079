"""Turn the body of a WordPress post, as stored, into the HTML that its readers see.

Shortcodes are resolved or removed, blank lines of the classic editor become paragraphs, code stays
byte for byte. Pure, and linear in the body's length: no pattern looks for an end twice.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable

_ARGS = r"(?P<args>(?:\s[^\[\]]{0,2000})?)"
_COMMENT = re.compile(r"(?P<name><!--)")
_CODE = re.compile(r"<(?P<name>pre|code)\b[^<>]*>", re.IGNORECASE)
_CODE_SHORTCODE = re.compile(
    r"(?<!\[)\[(?P<name>code|sourcecode|source|bash|shell|c|cpp|csharp|css|go|html|java|javascript"
    rf"|js|json|php|plain|python|r|ruby|rust|scala|sql|swift|text|typescript|xml|yaml){_ARGS}\]"
)
_CAPTION = re.compile(rf"(?<!\[)\[(?P<name>caption|wp_caption){_ARGS}\]")
_NOTE = re.compile(rf"\s{{0,9}}(?<!\[)\[(?P<name>ref|efn_note|footnote|fn){_ARGS}\]")
_SILENT = re.compile(
    r"(?<!\[)\[(?P<name>gallery|playlist|embed|video|audio|contact-form|poll|tweet|youtube)"
    rf"{_ARGS}\]"
)
_TAG = re.compile(
    rf"(?<!\[)\[(?P<end>/?)(?P<name>[a-zA-Z][\w-]{{0,60}}){_ARGS}(?P<single>/?)\](?!\])"
)
_ESCAPED = re.compile(r"\[(\[[a-zA-Z/][^\[\]]{0,2000}\])\]")
_ATTRIBUTE = re.compile(r"\s[\w-]+\s*=\s*(?:[\"'“”″]|&quot;|&#8221;|\w)")
_NAMED = re.compile(r"\s(?P<key>lang|language|caption)\s*=\s*[\"']?(?P<value>[^\"'\]]+)[\"']?")
_IMAGE = re.compile(r"(?:<a\b[^<>]*>\s*)?<img\b[^<>]*>(?:\s*</a\s*>)?", re.IGNORECASE)
_BLOCK_NAMES = (
    "table|thead|tfoot|caption|col|colgroup|tbody|tr|td|th|div|dl|dd|dt|ul|ol|li|pre|form|blockquote"
    "|address|p|h[1-6]|hr|fieldset|section|article|aside|header|footer|nav|figure|figcaption|details"
    "|summary|iframe|script|style"
)
_BLOCK_START = re.compile(rf"<(?:{_BLOCK_NAMES})\b[^<>]*>", re.IGNORECASE)
_BLOCK_END = re.compile(rf"</(?:{_BLOCK_NAMES})\s*>", re.IGNORECASE)
_STARTS_BLOCK = re.compile(rf"</?(?:{_BLOCK_NAMES})\b|\x02B\d+\x03\Z", re.IGNORECASE)
_MARK = re.compile("\x02[BI](\\d+)\x03")


def post_to_html(content: str) -> str:
    """Return a post's stored content as HTML."""
    hidden: list[str] = []

    def hide(code: str, kind: str) -> str:
        hidden.append(code)
        mark = f"\x02{kind}{len(hidden) - 1}\x03"
        return f"\n\n{mark}\n\n" if kind == "B" else mark

    def hide_element(opening: re.Match[str], inside: str) -> str:
        name = opening["name"].lower()
        return hide(f"{opening[0]}{inside}</{name}>", "B" if name == "pre" else "I")

    is_blocks = "<!-- wp:" in content
    content = _replace_pairs(content, _CODE, r"</{}\s*>", hide_element)
    content = _replace_pairs(
        content, _CODE_SHORTCODE, r"\[/{}\]", lambda m, i: hide(_fence(m, i), "B")
    )
    content = _replace_pairs(content, _COMMENT, "-->", lambda match, inside: "")
    content = _resolve_shortcodes(content)
    if not is_blocks:
        content = _add_paragraphs(content)
    return _MARK.sub(lambda match: hidden[int(match[1])], content)


def _replace_pairs(
    text: str,
    opening: re.Pattern[str],
    closing: str,
    replace: Callable[[re.Match[str], str], str],
) -> str:
    """Replace what stands from an opening to the first closing of the same name, both included."""
    parts, position, unclosed = [], 0, set()
    for match in opening.finditer(text):
        name = match["name"].lower()
        if match.start() < position or name in unclosed:
            continue
        end = re.compile(closing.format(re.escape(name)), re.IGNORECASE).search(text, match.end())
        if end is None:
            unclosed.add(name)
            continue
        parts += [text[position : match.start()], replace(match, text[match.end() : end.start()])]
        position = end.end()
    return "".join([*parts, text[position:]])


def _fence(opening: re.Match[str], code: str) -> str:
    named = {found["key"]: found["value"] for found in _NAMED.finditer(opening["args"])}
    name = opening["name"] if opening["name"] not in ("code", "sourcecode", "source") else ""
    language = named.get("language") or named.get("lang") or name
    words = html.escape(html.unescape(code), quote=False).strip("\n")
    kind = f' class="language-{html.escape(language)}"' if language else ""
    return f"<pre><code{kind}>{words}</code></pre>"


def _resolve_shortcodes(content: str) -> str:
    if "[" not in content:
        return content
    content = _replace_pairs(content, _CAPTION, r"\[/{}\]", _resolve_caption)
    content = _replace_pairs(content, _NOTE, r"\[/{}\]", lambda match, inside: f" ({inside})")
    content = _replace_pairs(content, _SILENT, r"\[/{}\]", lambda match, inside: "")
    closed = {match["name"] for match in _TAG.finditer(content) if match["end"]}

    def remove(match: re.Match[str]) -> str:
        is_shortcode = (
            match["name"] in closed
            or bool(_ATTRIBUTE.search(match["args"]) or _SILENT.match(match[0]))
            or "_" in match["name"]
            or bool(match["single"])
        )
        return "" if is_shortcode else match[0]  # words in brackets, such as [sic]

    return _ESCAPED.sub(r"\1", _TAG.sub(remove, content))


def _resolve_caption(opening: re.Match[str], inside: str) -> str:
    """Return an image and its caption, which stands after it or, in old posts, in an attribute."""
    named = {found["key"]: found["value"] for found in _NAMED.finditer(opening["args"])}
    image = _IMAGE.match(inside.strip())
    words = named.get("caption") or (inside.strip()[image.end() :] if image else inside)
    picture = image[0] if image else ""
    return f"<figure>{picture}<figcaption>{words.strip()}</figcaption></figure>"


def _add_paragraphs(content: str) -> str:
    """Do as WordPress does without blocks: blank lines part paragraphs, line ends break lines."""
    content = content.replace("\r\n", "\n").replace("\r", "\n")
    content = _BLOCK_END.sub(r"\g<0>\n\n", _BLOCK_START.sub(r"\n\n\g<0>", content))
    parts = (part.strip() for part in re.split(r"\n[ \t]*\n", content))
    return "\n\n".join(_paragraph(part) for part in parts if part)


def _paragraph(part: str) -> str:
    if _STARTS_BLOCK.match(part):
        return part
    return f"<p>{part.replace(chr(10), '<br>' + chr(10))}</p>"
