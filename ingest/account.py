"""A run's account: the document of `--json` and the lines for a terminal. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from assistant.commit import number_name
from assistant.config import Workspace
from assistant.generation import Generation
from assistant.records import Article
from ingest.changes import Changes
from ingest.dates import find_date_doubts
from ingest.sources import Reading

REPORT_PAGE = "report.html"
_SPLITS = ("train", "validation", "test", "time_test")
_NAMED = 10  # of a kind on a terminal, unless that is what was asked for


def count_run(reading: Reading, changes: Changes, before: Generation | None) -> dict[str, Any]:
    """Return the report of a run that has read everything and built nothing yet."""
    return {
        "generation": before.number if before else 0,
        "articles": {
            "read": len(reading.articles) + len(reading.dropped),
            "kept": len(reading.articles),
            "unchanged": len(changes.unchanged),
            "changed": len(changes.changed),
            "added": len(changes.added),
            "removed": len(changes.removed),
        },
        "changes": {
            "added": _name_articles(changes.added),
            "changed": _name_articles(changes.changed),
            "removed": _name_articles(changes.removed),
        },
        "sources": [
            {"name": s.name, "articles": s.articles, "carried": s.carried, "problem": s.problem}
            for s in reading.sources
        ],
        "passages": before.n_passages if before else 0,
        "embedded": 0,
        "dropped": reading.reasons,
        "doubts": {doubt: len(ids) for doubt, ids in find_date_doubts(reading.articles).items()},
        "needs_allow_shrink": changes.shrinks_much,
    }


def format_report(report: dict[str, Any], workspace: Workspace, *, dry_run: bool = False) -> str:
    """Return the run's account for a terminal; a dry run names every change."""
    lines = []
    if counts := report.get("articles"):
        lines.append(
            f"articles: {counts['kept']} kept of {counts['read']} read"
            f" ({counts['added']} added, {counts['changed']} changed, {counts['removed']} removed,"
            f" {counts['unchanged']} unchanged)"
        )
        for kind, named in report["changes"].items():
            lines += _list_changes(kind, named, len(named) if dry_run else _NAMED)
        lines.append(f"dropped: {_count_words(report['dropped']) or 'none'}")
        if report["doubts"]:
            lines.append(f"to look at: {_count_words(report['doubts'])}")
        lines += _say_generation(report, workspace, dry_run=dry_run)
    if pairs := report.get("pairs"):
        splits = ", ".join(f"{pairs[name]} {name}" for name in _SPLITS)
        lines.append(f"snapshot {report['snapshot']}: {splits} pairs")
        lines.append(f"pairs dropped: {_count_words(pairs['dropped']) or 'none'}")
    lines.append(f"took {report['seconds']['total']:.1f} s")
    return "\n".join(lines)


def _say_generation(report: dict[str, Any], workspace: Workspace, *, dry_run: bool) -> list[str]:
    if dry_run:
        warning = ["would be refused without --allow-shrink"] * report["needs_allow_shrink"]
        return [*warning, "nothing was written"]
    lines = [f"passages: {report['passages']} ({report['embedded']} embedded now)"]
    if fit := report.get("fit"):
        changed = f"{fit['changed']:.1%} of passages changed since"
        how = "made now" if fit["redone"] else f"of generation {fit['generation']}, {changed}"
        lines.append(f"fit: {how}")
    folder = workspace.index_root / number_name(report["generation"])
    lines.append(f"generation {report['generation']} in {folder}")
    if (folder / REPORT_PAGE).is_file():
        lines.append(f"report: {folder / REPORT_PAGE}")
    return lines


def _name_articles(articles: Iterable[Article]) -> list[dict[str, str]]:
    return [{"id": a.id, "title": a.title, "file": a.file, "url": a.url} for a in articles]


def _list_changes(kind: str, named: Sequence[dict[str, str]], most: int) -> list[str]:
    lines = [f"  {kind}: {one['title']} ({one['url'] or one['file']})" for one in named[:most]]
    more = len(named) - most
    return [*lines, f"  {kind}: and {more} more"] if more > 0 else lines


def _count_words(counts: dict[str, int]) -> str:
    return ", ".join(f"{n} {reason}" for reason, n in counts.items())
