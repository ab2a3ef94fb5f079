"""What became of each article since the generation before, and how a run tells it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from assistant.commit import hash_json, number_name
from assistant.config import Workspace
from assistant.records import Article
from assistant.tables import article_row

_SPLITS = ("train", "validation", "test", "time_test")


@dataclass(frozen=True, slots=True)
class Changes:
    """Article ids by what became of them since the current generation."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]
    unchanged: tuple[str, ...]


def compare_articles(new: Sequence[Article], old: Sequence[Article]) -> Changes:
    """Say what became of each article, by its whole content."""
    hashes = {article.id: hash_article(article) for article in old}
    now = {article.id: hash_article(article) for article in new}
    kept = [article_id for article_id in now if article_id in hashes]
    return Changes(
        added=tuple(i for i in now if i not in hashes),
        changed=tuple(i for i in kept if now[i] != hashes[i]),
        removed=tuple(i for i in hashes if i not in now),
        unchanged=tuple(i for i in kept if now[i] == hashes[i]),
    )


def format_report(report: dict[str, Any], workspace: Workspace) -> str:
    """Return the run's account for a terminal."""
    lines = []
    if counts := report.get("articles"):
        lines.append(
            f"articles: {counts['kept']} kept of {counts['read']} read"
            f" ({counts['added']} added, {counts['changed']} changed, {counts['removed']} removed,"
            f" {counts['unchanged']} unchanged)"
        )
        dropped = ", ".join(f"{n} {reason}" for reason, n in report["dropped"].items())
        lines.append(f"dropped: {dropped or 'none'}")
        lines.append(f"passages: {report['passages']} ({report['embedded']} embedded now)")
        folder = workspace.index_root / number_name(report["generation"])
        lines.append(f"generation {report['generation']} in {folder}")
    if pairs := report.get("pairs"):
        splits = ", ".join(f"{pairs[name]} {name}" for name in _SPLITS)
        lines.append(f"snapshot {report['snapshot']}: {splits} pairs")
        dropped = ", ".join(f"{n} {reason}" for reason, n in pairs["dropped"].items())
        lines.append(f"pairs dropped: {dropped or 'none'}")
    lines.append(f"took {report['seconds']['total']:.1f} s")
    return "\n".join(lines)


def hash_article(article: Article) -> str:
    """Return the name of an article's whole content."""
    return hash_json(article_row(article))
