"""Where a row comes from and where it went: adapter -> rows -> articles, and back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from assistant.commit import list_numbers, read_manifest
from assistant.config import Workspace
from assistant.errors import AssistantError
from assistant.generation import open_generation
from assistant.records import Article
from assistant.registry import Registry
from ingest.pairs.snapshots import Row, find_snapshot, read_snapshot


def trace(workspace: Workspace, wanted: str) -> dict[str, Any]:
    """Return what is known of an adapter's name, a row's id, or an article's id, URL or file.

    AssistantError where it is none of them.
    """
    if wanted in [entry.name for entry in Registry(workspace.adapters_root).list()]:
        return _trace_adapter(workspace, wanted)
    numbers = list_numbers(workspace.pairs_root)
    snapshots = {n: list(read_snapshot(find_snapshot(workspace.pairs_root, n))) for n in numbers}
    holding = {n: [r for r in rows if r.pair.id == wanted] for n, rows in snapshots.items()}
    if any(holding.values()):
        return _trace_row(workspace, wanted, holding)
    article = _find_article(workspace, wanted)
    if article is None:
        raise AssistantError(
            f"{wanted} is no adapter, row or article here; name one as `masthead adapters list`,"
            " a snapshot's `id` or `masthead articles` gives it"
        )
    return _trace_article(workspace, article, snapshots)


def format_trace(found: dict[str, Any]) -> str:
    """Return a trace as lines to read."""
    lines = []
    for key, value in found.items():
        if isinstance(value, list):
            lines.append(f"{key}: {len(value)}")
            lines += [f"  {_line(item)}" for item in value]
        elif isinstance(value, dict):
            lines.append(f"{key}: {_line(value)}")
        else:
            lines.append(f"{key}: {value}")
    return "\n".join(lines)


def _line(item: object) -> str:
    if isinstance(item, dict):
        return "  ".join(f"{key} {value}" for key, value in item.items())
    return str(item)


def _trace_adapter(workspace: Workspace, name: str) -> dict[str, Any]:
    number = _snapshot_of(workspace, name)
    if number not in list_numbers(workspace.pairs_root):
        raise AssistantError(
            f"adapter {name} was made from snapshot {number}, which is no longer in"
            f" {workspace.pairs_root}; bring it back from a backup"
        )
    rows = _trained(read_snapshot(find_snapshot(workspace.pairs_root, number)))
    counts = Counter(row.pair.article for row in rows if row.pair.article)
    titles = {article.id: article.title for article in _articles(workspace)}
    return {
        "adapter": name,
        "snapshot": number,
        "rows": [
            {"id": row.pair.id, "kind": row.pair.kind.value, "article": row.pair.article or "-"}
            for row in rows
        ],
        "articles": [
            {"id": key, "rows": n, "title": titles.get(key, "(no longer in the archive)")}
            for key, n in counts.most_common()
        ],
    }


def _trace_row(workspace: Workspace, wanted: str, holding: dict[int, list[Row]]) -> dict[str, Any]:
    row = next(rows[0] for _, rows in sorted(holding.items(), reverse=True) if rows)
    pair = row.pair
    trained = {n for n, rows in holding.items() if any(r.place == "train" for r in rows)}
    article = _find_article(workspace, pair.article) if pair.article else None
    return {
        "row": wanted,
        "kind": pair.kind.value,
        "task": pair.task,
        "question": pair.messages[-2].content,
        "answer": pair.messages[-1].content,
        "question_by": pair.question_by,
        "reviewer": pair.reviewer or "-",
        "place": f"{row.place} {row.reason} {row.detail}".strip(),
        "article": f"{pair.article or '-'} {article.title if article else ''}".strip(),
        "passages": list(pair.passages),
        "snapshots": [n for n, rows in holding.items() if rows],
        "adapters": [name for name, n in _adapters(workspace) if n in trained],
    }


def _trace_article(
    workspace: Workspace, article: Article, snapshots: dict[int, list[Row]]
) -> dict[str, Any]:
    seen, shown = {}, {}
    for number, rows in snapshots.items():
        trained = _trained(rows)
        seen[number] = [row for row in trained if row.pair.article == article.id]
        places = (row for row in trained if row not in seen[number])
        shown[number] = [
            row for row in places if any(p.startswith(article.id) for p in row.pair.passages)
        ]
    newest = max(snapshots, default=0)
    current = [row for row in snapshots.get(newest, []) if row.pair.article == article.id]
    return {
        "article": f"{article.id} {article.title}",
        "rows": [
            {"id": r.pair.id, "kind": r.pair.kind.value, "place": f"{r.place} {r.reason}".strip()}
            for r in current
        ],
        "adapters": [
            {"name": name, "rows made from it": len(seen[n]), "shown it beside": len(shown[n])}
            for name, n in _adapters(workspace)
            if n in snapshots and (seen[n] or shown[n])
        ],
    }


def _trained(rows: Iterable[Row]) -> list[Row]:
    return [row for row in rows if row.place == "train"]


def _adapters(workspace: Workspace) -> list[tuple[str, int]]:
    names = [entry.name for entry in Registry(workspace.adapters_root).list()]
    return [(name, _snapshot_of(workspace, name)) for name in names]


def _snapshot_of(workspace: Workspace, name: str) -> int:
    manifest = read_manifest(Registry(workspace.adapters_root).folder(name))
    return int(manifest.get("snapshot", {}).get("number", 0))


def _articles(workspace: Workspace) -> list[Article]:
    return list(open_generation(workspace.index_root).articles())


def _find_article(workspace: Workspace, wanted: str) -> Article | None:
    names = ((a, {a.id, a.url, a.file, *a.aliases}) for a in _articles(workspace))
    return next((article for article, known in names if wanted and wanted in known), None)
