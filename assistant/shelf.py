"""The articles of a generation as a catalogue knows them: records and titles, without the texts."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from assistant.records import Article

Title = tuple[str, ...]
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Shelf:
    """The articles' records in the order of their rows, `body` left empty, and their titles."""

    articles: tuple[Article, ...]
    rows: dict[str, int] = field(default_factory=dict)  # by article id
    titles: dict[Title, tuple[int, ...]] = field(default_factory=dict)  # by plain words

    def successor(self, article: Article) -> Article | None:
        """Return the newest article that replaces this one, however many lie between."""
        seen = {article.id}
        newest: Article | None = None
        while article.superseded_by in self.rows and article.superseded_by not in seen:
            article = newest = self.articles[self.rows[article.superseded_by]]
            seen.add(article.id)
        return newest


def fill_shelf(articles: Iterable[Article]) -> Shelf:
    """Return the shelf of articles given in the order of their rows."""
    kept = tuple(replace(article, body="", headings=()) for article in articles)
    titles: dict[Title, tuple[int, ...]] = {}
    for row, article in enumerate(kept):
        if title := plain_words(article.title):
            titles[title] = (*titles.get(title, ()), row)
    return Shelf(kept, {article.id: row for row, article in enumerate(kept)}, titles)


def plain_words(text: str) -> Title:
    """Return a text's words without case, accents, punctuation and kinds of quotes."""
    flat = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(c for c in flat if not unicodedata.combining(c) and c not in "'\u2019\u2018")
    return tuple(_WORD.findall(bare))
