"""The output gate: what may leave, whatever the model wrote.

Every sentence on every surface passes `clean_sentence` before it is checked and shown: text only,
no images, no HTML, no links, no control marks. Links are added by us from citations. Pure.
"""

from __future__ import annotations

import html
import re

from assistant.prompt import neutralise

_IMAGE = re.compile(r"!\[[^\]]*\](?:\([^)]*\)?|\[[^\]]*\]?)?")
_LINK = re.compile(r"\[([^\]]*)\]\s*(?:\([^)]*\)?|\[[^\]]*\])")
_DEFINITION = re.compile(r"^\s*\[[^\]]+\]:\s*\S+.*$", re.MULTILINE)
_TAG = re.compile(r"<[/!?A-Za-z][^>]*>?")
_URL = re.compile(r"(?:\b[a-z][a-z0-9+.\-]{1,20}:(?=[^\s\d])|\bwww\.|//|\\\\)\S+", re.IGNORECASE)
# host.tld/path written without a scheme; a bare "file.py" or "2.5" is left alone
_BARE_HOST = re.compile(r"\b(?:[\w\-]+\.)+[a-z]{2,24}(?::\d+)?(?:/\S*|[?#]\S+)", re.IGNORECASE)
_CITATION = re.compile(r"\[(\d{1,3}(?:\s*,\s*\d{1,3})*)\]")
_INVISIBLE = re.compile(
    "[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064"
    "\u2066-\u206f\ufe00-\ufe0f\ufeff\U000e0000-\U000e007f]"
)


def clean_sentence(raw: str) -> tuple[str, tuple[int, ...]]:
    """Return the sentence as plain text without its [n] marks, and the numbers they held.

    Entities are decoded first and every rule repeats until nothing changes, so that no removal
    leaves markup behind that another one had split.
    """
    text, before = _INVISIBLE.sub("", _decode(raw)), ""
    cited: list[int] = []
    while text != before:
        before = text
        # Citations go first: "[1][2]" is two of them, not a reference link.
        cited += [int(n) for group in _CITATION.findall(text) for n in group.split(",")]
        text = _TAG.sub("", neutralise(_CITATION.sub("", text)))
        text = _LINK.sub(r"\1", _IMAGE.sub("", _DEFINITION.sub("", text)))
        text = _BARE_HOST.sub("", _URL.sub("", text))
    # Half a link or an image would be whole once the next sentence stands behind it.
    text = text.replace("![", "[").replace("](", "] (")
    text = re.sub(r"\s+([.,;:!?])(?!\w)", r"\1", text)  # ".gov domains" keeps its place
    return " ".join(text.split()), tuple(dict.fromkeys(cited))


def _decode(text: str) -> str:
    while (decoded := html.unescape(text)) != text:
        text = decoded
    return text
