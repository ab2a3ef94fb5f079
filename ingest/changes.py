"""What became of each article since the generation before, and whether that may be. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from assistant.commit import hash_json
from assistant.errors import ArticleError
from assistant.records import Article
from assistant.tables import article_row

_MOST_LOST = 0.3  # of the articles; a run that loses more is asked whether it is meant


@dataclass(frozen=True, slots=True)
class Changes:
    """The articles by what became of them; those removed are as they were before.

    `moved` says that an unchanged one came from, or left, another source.
    """

    added: tuple[Article, ...]
    changed: tuple[Article, ...]
    removed: tuple[Article, ...]
    unchanged: tuple[Article, ...]
    moved: bool = False

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.removed or self.moved)

    @property
    def shrinks_much(self) -> bool:
        """Whether more is gone than a day's work explains."""
        n_old = len(self.changed) + len(self.removed) + len(self.unchanged)
        return len(self.removed) - len(self.added) > _MOST_LOST * n_old


def compare_articles(new: Sequence[Article], old: Sequence[Article]) -> Changes:
    """Say what became of each article, by its whole content but for where it was found."""
    before = {article.id: article for article in old}
    hashes = {article.id: hash_article(article) for article in old}
    kept = [article for article in new if article.id in hashes]
    same = {article.id: hash_article(article) == hashes[article.id] for article in kept}
    ids = {article.id for article in new}
    return Changes(
        added=tuple(a for a in new if a.id not in hashes),
        changed=tuple(a for a in kept if not same[a.id]),
        removed=tuple(a for a in old if a.id not in ids),
        unchanged=tuple(a for a in kept if same[a.id]),
        moved=any(a.sources != before[a.id].sources for a in kept if same[a.id]),
    )


def refuse_shrinking(changes: Changes) -> None:
    """Raise ArticleError where the archive would lose more than 30 %."""
    if changes.shrinks_much:
        n_kept = len(changes.changed) + len(changes.unchanged)
        n_old, n_new = n_kept + len(changes.removed), n_kept + len(changes.added)
        raise ArticleError(
            f"the archive would shrink from {n_old} articles to {n_new}, so nothing was written;"
            " look at `masthead ingest --dry-run`, correct `sources:`, or run again with"
            " --allow-shrink"
        )


def hash_article(article: Article) -> str:
    """Return the name of an article's whole content."""
    return hash_json(article_row(replace(article, sources=())))
