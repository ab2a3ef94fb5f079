"""When to ingest again and when to train again, in words; `doctor` and the admin page say the same.

Looks at files and the database, changes neither.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from assistant.commit import number_name, read_current, read_manifest
from assistant.config import Workspace
from assistant.drift import find_drift
from assistant.errors import IndexMismatch
from assistant.gaps import find_gaps
from assistant.generation import open_generation
from assistant.records import Article
from assistant.registry import Registry

if TYPE_CHECKING:
    from sqlalchemy import Engine

DAYS = 30  # looked back for questions
_STALE_DAYS = 7  # after which sources that cannot be looked at without reading are read again
_FAILS = 3  # times in DAYS that make a question one that keeps failing
_MANY_NEW = 0.1  # of the articles; fewer new ones change a voice little


@dataclass(frozen=True, slots=True)
class Advice:
    """One sentence for a person. `do` is the command, "" where there is nothing to do."""

    about: Literal["ingest", "train", "write"]
    says: str
    do: str = ""


def give_advice(workspace: Workspace, store: Engine | None, today: date) -> list[Advice]:
    """Return what there is to do, ingest first; where nothing is, a line that says so.

    `store` is None where there is no database yet.
    """
    found = [*_on_ingest(workspace, store, today), *_on_train(workspace, store)]
    if store is not None:
        found += _on_questions(store, today)
    return found or [Advice("ingest", "Index and adapter are up to date; nothing needs doing.")]


def _on_ingest(workspace: Workspace, store: Engine | None, today: date) -> list[Advice]:
    do = f"masthead ingest {workspace.root.name}"
    made_at = _made_at(workspace.index_root)
    if not made_at:
        return [Advice("ingest", "There is no index yet.", do)]
    since = datetime.fromisoformat(made_at)
    found = []
    n_changed = _count_changed(workspace, since.timestamp())
    if n_changed:
        says = f"{_count(n_changed, 'file')} of your sources newer than the index"
        found.append(Advice("ingest", f"{says} of {since:%Y-%m-%d}.", do))
    age = (today - since.date()).days
    remote = [s.name for s in workspace.settings.sources if s.kind in ("feed", "site")]
    if remote and age >= _STALE_DAYS:
        says = f"{', '.join(remote)} was last read {age} days ago."
        found.append(Advice("ingest", says, do))
    snapshot = _made_at(workspace.pairs_root)
    n_waiting = _count_approved(store, snapshot)
    if n_waiting:
        says = f"Approved and not yet in a snapshot of the pairs: {_count(n_waiting, 'row')}."
        found.append(Advice("ingest", says, f"{do} --only pairs"))
    return found


def _on_train(workspace: Workspace, store: Engine | None) -> list[Advice]:
    do = f"masthead train {workspace.root.name} --if-new"
    registry = Registry(workspace.adapters_root)
    name = registry.promoted()
    if name is None:
        waiting = [e.name for e in registry.list()]
        if waiting:
            says = f"The base alone is in service; {waiting[-1]} waits to be looked at."
            return [Advice("train", says, f"masthead evaluate {workspace.root.name}")]
        return [Advice("train", "No adapter has been trained: the voice is the base's own.", do)]
    try:
        made_at = str(read_manifest(registry.folder(name)).get("made_at", ""))
        articles = open_generation(workspace.index_root).articles()
    except IndexMismatch:
        return []  # the findings on index and adapters tell of it
    newer = [a for a in articles if a.published > made_at[:10]]
    older = [a for a in articles if a.published <= made_at[:10]]
    found = []
    if newer and len(newer) >= _MANY_NEW * len(articles):
        says = f"{_count(len(newer), 'article')} came out since {name} was trained"
        found.append(Advice("train", f"{says} on {made_at[:10]}, of {len(articles)} in all.", do))
    if n_rows := _count_approved(store, made_at):
        says = f"Approved since {name} was trained, and not seen by it: {_count(n_rows, 'row')}."
        found.append(Advice("train", says, do))
    return [*found, *_on_voice(older, newer, name, do)]


def _on_voice(
    older: Sequence[Article], newer: Sequence[Article], name: str, do: str
) -> list[Advice]:
    drift = find_drift([a for a in older if a.voice], [a for a in newer if a.voice])
    if drift is None or not drift.has_moved:
        return []
    says = (
        f"The {drift.n_newer} newer articles are written differently from those that {name} learnt"
        f" from: {drift.share:.0%} of random groups of older ones lie nearer to the old voice."
    )
    return [Advice("train", says, do)]


def _on_questions(store: Engine, today: date) -> list[Advice]:
    from assistant.store.answers import read_answers

    gaps = [g for g in find_gaps(read_answers(store, DAYS), today, DAYS) if g.count >= _FAILS]
    return [
        Advice("write", f"“{gap.question}” fell short {gap.count} times in {DAYS} days.")
        for gap in gaps[:_FAILS]
    ]


def _count_approved(store: Engine | None, made_at: str) -> int:
    """Count rows approved after a moment; all of them where there was none."""
    if store is None:
        return 0
    from assistant.store.reviews import list_approved
    from assistant.store.tables import utc_text

    after = utc_text(datetime.fromisoformat(made_at)) if made_at else ""
    return sum(row.approved_at > after for row in list_approved(store))


def _made_at(root: Path) -> str:
    name = read_current(root)
    if name is None:
        return ""
    try:
        return str(read_manifest(root / number_name(int(name))).get("made_at", ""))
    except IndexMismatch:
        return ""


def _count_changed(workspace: Workspace, since: float) -> int:
    """Count the files of sources on this disk that are newer than a moment."""
    changed = 0
    for source in workspace.settings.sources:
        path = workspace.root / source.place
        if source.kind in ("feed", "site") and "://" in source.place:
            continue
        files = path.rglob("*") if path.is_dir() else [path]
        changed += sum(one.is_file() and one.stat().st_mtime > since for one in files)
    return changed


def _count(n: int, noun: str) -> str:
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"


def utc_today() -> date:
    """Return the day that stored times are counted by."""
    return datetime.now(UTC).date()
