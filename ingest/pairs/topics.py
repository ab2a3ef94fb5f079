"""What an archive's sentences are about: the word groups that come back, and its names. Pure.

No tagger: a group of words that stands in several passages is a term; others are left alone.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from assistant.text import STOPWORDS, prose_sentences

_FEWEST_PASSAGES = 2  # that hold a group of words for it to be a term
_MOST_SHARE = 0.06  # of passages; a group in more is a turn of speech of the house
_LONGEST = 3  # words in a term
_TOKEN = re.compile(r"`[^`\s]{2,30}`|[^\W_]+(?:['\u2019.\-/_][^\W_]+)*|[^\w\s]")
_NAME_PAIR = re.compile(r"(?<=[a-z] )[A-Z][a-z]+ [A-Z][a-z]+")  # inside a sentence
_PLAIN_WORD = re.compile(r"[^\W\d_][^\W_]*")
_DETERMINERS = frozenset({"a", "an", "the"})
# Words that open or close a group without naming anything.
_NOT_AT_THE_EDGE = frozenset(
    """add added adds always anything ask asked asks best better big call called change changes
    come comes cost costs count counts cut cuts different drop drops eight every everything
    first five follow follows found four give given gives go goes good half hold holds hundred
    keep keeps kept know knows last less little long look looks lose loses lost mean means
    measure measured moved names need needs never new next nine nothing old one part put puts
    read reads right run runs saw say says second see set sets seven show shown shows six
    something start starts stay stays still stop stops take takes tell tells ten thing things
    third thousand three time times train trained trains try turn turns two wants way went whole
    work works write writes written wrong year""".split()
)


class Topics:
    """The terms of an archive."""

    def __init__(self, passages: Iterable[str]) -> None:
        counts: Counter[str] = Counter()
        capital: Counter[str] = Counter()
        lower: Counter[str] = Counter()
        holding: Counter[str] = Counter()
        n_passages = 0
        for text in passages:
            n_passages += 1
            sentences = prose_sentences(text)
            holding.update({t for s in sentences for t in _TOKEN.findall(s) if _is_name(t)})
            counts.update({g for s in sentences for _, g in _groups(s)})
            for sentence in sentences:
                inner = _PLAIN_WORD.findall(sentence)[1:]  # any word opens with a capital
                capital.update(word for word in inner if word[0].isupper())
                lower.update(word for word in inner if word[0].islower())
                capital.update(_NAME_PAIR.findall(sentence[1:]))
        self.names = frozenset(w for w, n in capital.items() if n > lower[w.lower()])
        most = max(_FEWEST_PASSAGES, _MOST_SHARE * n_passages)
        self._rare = {name for name, n in holding.items() if n <= most}
        self._terms = {group for group, n in counts.items() if _FEWEST_PASSAGES <= n <= most}

    def knows(self, text: str) -> bool:
        """Whether words are a term of the archive, a name, or hold one."""
        low = re.sub(r"^(?:an?|the) ", "", text.lower())
        return self.knows_name(text) or low in self._terms

    def knows_name(self, text: str) -> bool:
        """Whether words hold a name of the archive, an acronym or code."""
        found = _PLAIN_WORD.findall(text)
        return any(word in self.names or _is_name(word) for word in found) or "`" in text

    def names_rarely(self, text: str) -> bool:
        """Whether words hold an acronym, a product's name or code that few passages hold."""
        return any(token in self._rare for token in _TOKEN.findall(text))

    def find(self, sentence: str) -> list[str]:
        """Return a sentence's terms and names as they stand, article included, none inside another.

        Longer terms come first.
        """
        found: list[str] = []
        for shown, group in sorted(_groups(sentence), key=lambda g: -len(g[1].split())):
            taken = " ".join(found).lower()
            is_known = group in self._terms or " " not in group
            if is_known and group not in taken:
                found.append(shown)
        return found


def _groups(sentence: str) -> Iterator[tuple[str, str]]:
    """Yield (as shown, lower-case group) for every run of content words, and every lone name."""
    tokens = _TOKEN.findall(sentence)
    low = [token.lower() for token in tokens]
    says = [word[0].isalpha() and word not in STOPWORDS for word in low]
    edge = [word not in _NOT_AT_THE_EDGE and not word.endswith("ly") for word in low]
    for start, opening in enumerate(tokens):
        if start and _is_name(opening):
            yield opening, low[start]
        if not (says[start] and edge[start]):
            continue
        article = f"{low[start - 1]} " if start and low[start - 1] in _DETERMINERS else ""
        for end in range(start + 2, min(start + _LONGEST, len(tokens)) + 1):
            if not says[end - 1]:
                break
            if edge[end - 1]:
                text = " ".join(tokens[start:end])
                shown = text if start else text[:1].lower() + text[1:]
                yield article + shown, text.lower()


def _is_name(token: str) -> bool:
    """Whether a token is an acronym, a product's name or a span of code."""
    if token[0] == "`":
        return len(token) > 1
    return token[0].isalpha() and sum(c.isupper() for c in token) > 1 and len(token) > 2
