"""Who asks: how long an answer they chose, what they read, and what the model hears of it.

Pure. A length is always passed on. A language is where the passages in the prompt are in several:
in one alone, an answer in another could not be supported by any of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from assistant.length import Length, say_length
from assistant.records import Message

HINT_TOKENS = 24  # what both hints may add to a prompt
_MOST = 8  # languages of a header; nobody reads more
_NAMES = {
    "ar": "Arabic", "bg": "Bulgarian", "ca": "Catalan", "cs": "Czech", "da": "Danish",
    "de": "German", "el": "Greek", "en": "English", "es": "Spanish", "et": "Estonian",
    "fa": "Persian", "fi": "Finnish", "fr": "French", "he": "Hebrew", "hi": "Hindi",
    "hr": "Croatian", "hu": "Hungarian", "id": "Indonesian", "it": "Italian", "ja": "Japanese",
    "ko": "Korean", "lt": "Lithuanian", "lv": "Latvian", "nb": "Norwegian", "nl": "Dutch",
    "no": "Norwegian", "pl": "Polish", "pt": "Portuguese", "ro": "Romanian", "ru": "Russian",
    "sk": "Slovak", "sl": "Slovenian", "sr": "Serbian", "sv": "Swedish", "tr": "Turkish",
    "uk": "Ukrainian", "vi": "Vietnamese", "zh": "Chinese",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reader:
    """What one reader chose or brings. `languages` are codes like "fr", the best first."""

    length: Length = Length.NORMAL
    languages: tuple[str, ...] = ()


ANYONE = Reader()


def hint_for(reader: Reader, languages: Iterable[str]) -> str:
    """Return what the model is told of a reader; `languages` are those of the prompt's passages."""
    written = {_primary(language) for language in languages}
    read = next((code for code in reader.languages if code in written & _NAMES.keys()), "")
    language = f" Now answer in {_NAMES[read]}." if read and len(written) > 1 else ""
    return say_length(reader.length) + language


def with_hint(messages: Sequence[Message], hint: str) -> tuple[Message, ...]:
    """Return the prompt with the hint at the end of its system message."""
    return tuple(
        replace(message, content=message.content + hint) if message.role == "system" else message
        for message in messages
    )


def parse_languages(header: str) -> tuple[str, ...]:
    """Return the codes of an Accept-Language header, best first; what cannot be read is left out.

    "fr-CH, fr;q=0.9, en;q=0.8" gives fr and en.
    """
    weighed: dict[str, float] = {}
    for part in header.split(",")[: 4 * _MOST]:
        tag, _, weight = part.partition(";")
        code = _primary(tag.strip())
        if code.isascii() and code.isalpha() and (share := _weight(weight)) > 0:
            weighed[code] = max(share, weighed.get(code, 0.0))
    return tuple(sorted(weighed, key=lambda code: -weighed[code])[:_MOST])


def _primary(tag: str) -> str:
    return tag.replace("_", "-").split("-")[0].lower()


def _weight(text: str) -> float:
    name, _, number = text.strip().partition("=")
    if not name:
        return 1.0
    try:
        return float(number) if name == "q" else 0.0
    except ValueError:
        return 0.0
