"""Bytes to text: UTF-8, UTF-16 with its mark, or Windows-1252 where that makes sense."""

from __future__ import annotations

import codecs
import re

_UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
# Letters of western Europe and the marks of typographers; bytes of other encodings read as
# Windows-1252 come out as signs (¤, ¥, §) far more often.
_EXPECTED = re.compile(r"[À-ÖØ-öø-ÿŒœŠšŽžŸ‘’“”‚„…–—•·«»©®™°§£€\xa0¿¡]")
_MAX_UNEXPECTED = 0.1  # share of the characters above ASCII


class NotTextError(ValueError):
    """Bytes that are no text at all."""


def decode_text(data: bytes) -> str:
    """Return the text; UnicodeDecodeError for no known encoding, NotTextError for binary."""
    if data.startswith(_UTF16_MARKS):
        return data.decode("utf-16")
    if b"\x00" in data:
        raise NotTextError("holds NUL bytes, so it is not text")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        text = data.decode("cp1252")
        if _is_plausible(text):
            return text
        raise error


def printable(text: str) -> str:
    """Return text that can be written as UTF-8; what cannot is shown as its code.

    A file's name may hold bytes of another encoding, and JSON half of a pair of surrogates.
    """
    return text.encode("utf-8", "backslashreplace").decode()


def _is_plausible(text: str) -> bool:
    above_ascii = [character for character in text if not character.isascii()]
    unexpected = sum(1 for character in above_ascii if not _EXPECTED.match(character))
    controls = sum(1 for character in text if character < " " and character not in "\t\n\r\f")
    few = len(above_ascii) <= 0.3 * len(text)
    return few and not controls and unexpected <= _MAX_UNEXPECTED * len(above_ascii)
