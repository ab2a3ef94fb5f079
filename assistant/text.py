"""Plain functions over plain text: sentences, words, stems, numbers, names.

The support check, the prompt's cutting, the question makers and the decision all read text through
these, so that they agree on what a word and a sentence are. Pure.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import Stemmer

# Function words and the words that questions are made of; short on purpose, so that a content word
# is never lost. English: other languages fall back to overlap of all words.
STOPWORDS = frozenset(
    """a about after again all also am an and any are as at be because been before being between
    both but by can could did do does doing done down during each either else ever every for from
    further get gets getting give given go goes had has have having he her here hers him his how i
    if in into is it its itself let like made make makes many may me might more most much must my
    need neither no nor not now of off on once one only or other our ours out over own per please
    quite rather same say says shall she should since so some such take takes tell than that the
    their theirs them then there these they thing things this those though through to too under
    until up upon us use used uses using very was way we well were what when where whether which
    while who whom whose why will with within without would yet you your yours
    actually anybody anyone anything basically dont everybody everyone everything going gonna got
    im ive just lot lots maybe ok okay perhaps really simply somebody someone something sort thats
    wanna want wanted wants whats""".split()
)
NEGATIONS = frozenset(
    "no not never none nothing nobody neither nor cannot without hardly rarely seldom".split()
)

_ABBREVIATIONS = frozenset(
    "e.g i.e etc vs cf al fig eq sec no vol approx dr mr mrs ms prof st inc ltd jr sr u.s".split()
)
_SENTENCE_END = re.compile(
    r"""[.!?][)\]"'\u2019\u201d*_`]*(?:\s*\[\d+\])*\s+(?=[\[(*_`"'\u2018\u201c]*[A-Z0-9])"""
)
_WORD = re.compile(r"[^\W_]+(?:['\u2019.\-][^\W_]+)*", re.UNICODE)
_CONTRACTION = re.compile(r"(?:n't|'(?:s|ve|re|ll|d|m))$")
_NUMBER = re.compile(r"(?<![\w.])[-+]?\d[\d,]*(?:\.\d+)?(?:e[-+]?\d+)?", re.IGNORECASE)
_CODE = re.compile(r"`([^`]+)`|\b(\w+(?:_\w+)+|\w+\(\))")
_NAME = re.compile(r"\b(?:[A-Z][\w\-]*[A-Z0-9]\w*|[A-Z][a-z\w\-]+)")
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
_MARKS = re.compile(r"(\*\*|__|(?<!\w)[*_](?=\S)|(?<=\S)[*_](?!\w))")
_FENCE = re.compile(r"^\s*(`{3,}|~{3,})")
_ITEM = re.compile(r"\s*(?:[-*+]|\d+[.)])\s+(?:\[[ xX]\]\s+)?")


def split_sentences(text: str) -> list[str]:
    """Return the sentences of one paragraph of prose, in order, each stripped."""
    sentences, start = [], 0
    for match in _SENTENCE_END.finditer(text):
        before = text[start : match.start() + 1]
        last = before.rsplit(None, 1)[-1].rstrip(".").lower().lstrip("([\"'*_`")
        if match.group()[0] == "." and (last in _ABBREVIATIONS or _is_initial(last)):
            continue
        sentences.append(text[start : match.end()].strip())
        start = match.end()
    tail = text[start:].strip()
    return [*sentences, tail] if tail else sentences


@dataclass(frozen=True, slots=True)
class Unit:
    """A piece of a passage that is kept, quoted or left out as one.

    `text` is plain for prose and raw for code and tables; `opens` says that it starts a block.
    """

    text: str
    is_prose: bool
    opens: bool


def split_units(markdown: str) -> list[Unit]:
    """Return a passage's sentences, code blocks and tables in order; headings are left out."""
    units: list[Unit] = []
    for block, is_prose in _blocks(markdown):
        if not is_prose:
            units.append(Unit(block, is_prose=False, opens=True))
            continue
        for position, sentence in enumerate(split_sentences(plain_text(block))):
            units.append(Unit(sentence, is_prose=True, opens=position == 0))
    return units


def prose_sentences(markdown: str) -> list[str]:
    """Return the sentences of a passage's prose as plain text."""
    return [u.text for u in split_units(markdown) if u.is_prose and len(u.text.split()) > 1]


def plain_text(markdown: str) -> str:
    """Return inline Markdown as a reader sees it: link words, no marks, one line."""
    text = _LINK.sub(r"\1", markdown)
    text = re.sub(r"\[\^[^\]]+\]:?", "", text)
    text = _MARKS.sub("", text)
    return " ".join(text.split())


def words(text: str) -> list[str]:
    """Return lower-case words in order; hyphens and inner apostrophes stay inside a word."""
    return [match.lower().replace("\u2019", "'") for match in _WORD.findall(text)]


def content_stems(text: str) -> list[str]:
    """Return the stems of the words that carry meaning, in order, repeats kept."""
    return [stem for word in words(text) for stem in _content_of(word)]


def stem_words(items: list[str]) -> list[str]:
    """Stem with Snowball English, the stemmer of the lexical index."""
    stems: list[str] = _stemmer().stemWords(items)
    return stems


def numbers(text: str) -> list[str]:
    """Return the numbers of a text, normalised: no thousands commas, no trailing zeros."""
    found = []
    for match in _NUMBER.findall(_drop_marks(text)):
        value = match.replace(",", "").lower().lstrip("+")
        if "." in value and "e" not in value:
            value = value.rstrip("0").rstrip(".")
        found.append(value)
    return found


def names(text: str) -> list[str]:
    """Return capitalised words that do not merely start a sentence, and all-capital ones."""
    found = []
    for sentence in split_sentences(text):
        for match in _NAME.finditer(sentence):
            word = match.group()
            starts = not _WORD.search(sentence[: match.start()])
            inner_capital = any(c.isupper() or c.isdigit() for c in word[1:])
            if (inner_capital or not starts) and word.lower() not in STOPWORDS:
                found.append(word)
    return found


def code_identifiers(text: str) -> list[str]:
    """Return what stands in backticks, and bare words with underscores or call brackets."""
    return [first or second for first, second in _CODE.findall(text)]


def is_negated(text: str) -> bool:
    """Whether a sentence holds a word that turns its claim round."""
    found = words(text)
    return any(w in NEGATIONS or w.endswith("n't") for w in found)


def negated_stems(text: str) -> list[str]:
    """Return the stem of the first content word after each negation, in order."""
    found: list[str] = []
    open_negation = False
    for word in words(text):
        if word in NEGATIONS or word.endswith("n't"):
            open_negation = True
        elif open_negation and (stems := content_stems(word)):
            found.append(stems[0])
            open_negation = False
    return found


def _blocks(markdown: str) -> list[tuple[str, bool]]:
    """Cut Markdown into (text, is_prose): paragraphs and list items, code fences and tables."""
    reader = _BlockReader()
    for line in markdown.splitlines():
        reader.read(line)
    reader.flush()
    return reader.blocks


class _BlockReader:
    """What has been read of a passage, and the block that is open."""

    def __init__(self) -> None:
        self.blocks: list[tuple[str, bool]] = []
        self._prose: list[str] = []
        self._raw: list[str] = []
        self._fence = ""

    def read(self, line: str) -> None:
        mark = _FENCE.match(line)
        if self._fence or mark:
            self._read_fenced(line, mark)
        elif line.lstrip().startswith("|"):
            if self._prose:
                self.flush()
            self._raw.append(line)
        else:
            self._read_prose(line)

    def flush(self) -> None:
        if self._prose:
            self.blocks.append((" ".join(self._prose), True))
        if self._raw:
            self.blocks.append(("\n".join(self._raw), False))
        self._prose, self._raw = [], []

    def _read_fenced(self, line: str, mark: re.Match[str] | None) -> None:
        if not self._fence and mark:
            self.flush()
            self._fence = mark.group(1)
        elif mark and mark.group(1).startswith(self._fence) and line.strip() == mark.group(1):
            self._fence = ""
        self._raw.append(line)
        if not self._fence:
            self.flush()

    def _read_prose(self, line: str) -> None:
        item = _ITEM.match(line)
        if self._raw or item or not line.strip() or line.startswith("#"):
            self.flush()
        if line.strip() and not line.startswith("#"):
            self._prose.append(line[item.end() :] if item else line.lstrip("> ").strip())


@lru_cache(maxsize=1 << 16)
def _content_of(word: str) -> tuple[str, ...]:
    """Return the stems of a lower-case word and, where it is a compound, of its parts."""
    parts = [word, *word.split("-")] if "-" in word else [_CONTRACTION.sub("", word)]
    return tuple(stem_words([part for part in parts if part not in STOPWORDS and len(part) > 1]))


def _is_initial(word: str) -> bool:
    return len(word) == 1 and word.isalpha()


def _drop_marks(text: str) -> str:
    return re.sub(r"\[\d+\]", "", text)


@cache
def _stemmer() -> Stemmer.Stemmer:
    import Stemmer

    return Stemmer.Stemmer("english")
