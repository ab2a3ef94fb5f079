"""Articles that a question names: by a title, or by words in quotation marks that stand in them.

Pure over an open generation. A title of common words counts only where the question marks it as
one, so that "packing" does not call up the article called so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from assistant.generation import Generation
from assistant.shelf import Title, plain_words
from assistant.text import content_stems

Rows = NDArray[np.int64]
_QUOTED = re.compile(
    r"\"([^\"]{2,200})\"|[\u201c\u201e\u00ab]([^\u201c\u201d\u201e\u00bb]{2,200})[\u201c\u201d\u00bb]"
    r"|(?<!\w)['\u2018]([^'\u2018\u2019]{2,200}(?:['\u2019]\w[^'\u2018\u2019]*)*)['\u2019](?!\w)"
)
# What may stand around a title that is the whole question.
_ASKED_FOR = re.compile(
    r"^(?:(?:please|show|give|find|open|summari[sz]e|tell) (?:me )?(?:about )?)?"
    r"(?:(?:the|your|that) )?(?:(?:article|post|piece|essay|story)(?: called| titled| named)? )?"
    r"|[\s?.!]+$",
    re.IGNORECASE,
)
_CUE = re.compile(
    r"\b(?:article|post|piece|essay|story|titled|entitled|called|headlined)[,:]?(?: is| was)?\s*$",
    re.IGNORECASE,
)
_UNMARKED_WORDS = 4  # a title so long is no turn of phrase
_FEW = 2  # other articles that hold a shorter title's words in one passage
_MOST_READ = 500  # passages looked through for a quoted phrase


def find_named(generation: Generation, question: str) -> Rows:
    """Return the rows of the passages that a question names; often none."""
    quoted = [next(filter(None, groups)) for groups in _QUOTED.findall(question)]
    articles = set(_titles_in(generation, question))
    found: list[Rows] = []
    for phrase in quoted:
        if rows := generation.shelf.titles.get(plain_words(phrase)):
            articles.update(rows)
        else:
            found.append(_passages_with(generation, phrase))
    if articles:
        found.append(np.flatnonzero(np.isin(generation.passage_article, sorted(articles))))
    return np.concatenate(found) if found else np.zeros(0, dtype=np.int64)


def rows_holding(generation: Generation, stems: set[str]) -> Rows:
    """Return the rows of the passages that hold all stems."""
    lists = sorted((generation.lexical.holders(stem) for stem in stems), key=len)
    rows = np.asarray(lists[0], dtype=np.int64)
    for other in lists[1:]:
        rows = np.intersect1d(rows, other)
    return np.sort(rows)


def _titles_in(generation: Generation, question: str) -> Iterator[int]:
    titles = generation.shelf.titles
    for whole in (question, _ASKED_FOR.sub("", question.strip())):
        yield from titles.get(plain_words(whole), ())
    asked = plain_words(question)
    free = [True] * len(asked)  # "the oil we use now" names no article called "the oil we use"
    for length in sorted({len(title) for title in titles}, reverse=True):
        for start in range(len(asked) - length + 1):
            title = asked[start : start + length]
            if title in titles and all(free[start : start + length]):
                free[start : start + length] = [False] * length
                if _is_meant(generation, title, question):
                    yield from titles[title]


def _is_meant(generation: Generation, title: Title, question: str) -> bool:
    """Whether a title's words, found in a question, are there as a title."""
    stems = set(content_stems(" ".join(title)))
    if len(title) >= _UNMARKED_WORDS and len(stems) > 1:
        return True
    if _is_marked(title, question):
        return True
    if len(stems) < 2:
        return False
    own = set(generation.shelf.titles[title])
    holders = rows_holding(generation, stems)
    return len(set(generation.passage_article[holders].tolist()) - own) <= _FEW


def _is_marked(title: Title, question: str) -> bool:
    """Whether an article is spoken of before the words, or they are written with a capital."""
    pattern = r"[\W_]+".join(map(re.escape, title))
    for match in re.finditer(rf"(?<!\w){pattern}(?!\w)", question, re.IGNORECASE):
        before, text = question[: match.start()], match.group()
        if _CUE.search(before):
            return True
        if before.strip() and text[0].isupper() and text[1:2].islower():
            return True
    return False


def _passages_with(generation: Generation, phrase: str) -> Rows:
    """Return the passages that hold a phrase of two words or more, word for word."""
    sought = plain_words(phrase)
    stems = set(content_stems(phrase))
    if len(sought) < 2 or not stems:
        return np.zeros(0, dtype=np.int64)
    wanted = f" {' '.join(sought)} "
    rows = rows_holding(generation, stems)[:_MOST_READ]
    kept = [
        row
        for row in rows.tolist()
        if wanted in f" {' '.join(plain_words(generation.passage(row).text))} "
    ]
    return np.asarray(kept, dtype=np.int64)
