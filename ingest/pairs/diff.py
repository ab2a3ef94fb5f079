"""What changed between two snapshots, row by row, and why. Pure over rows that were read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from assistant.pair_review import row_key
from ingest.pairs.snapshots import DROPPED, Row

_SHOWN = 12  # rows named of each change; all are counted


@dataclass(frozen=True, slots=True)
class Change:
    """A row that was added, went, or is another: `why` says what is known of the cause."""

    change: str
    row: Row
    why: str


def compare_snapshots(
    before: Iterable[Row], after: Iterable[Row], about: tuple[Mapping[str, Any], Mapping[str, Any]]
) -> list[Change]:
    """Return the changes of the rows in use; `about` are the two manifests."""
    old, new = _by_key(before), _by_key(after)
    cause = _find_cause(*about)
    changes = []
    for key, row in new.items():
        earlier = old.get(key)
        if row.place == DROPPED:
            continue
        if earlier is None or earlier.place == DROPPED:
            was = f"was dropped: {earlier.reason}" if earlier else cause
            changes.append(Change("added", row, was))
        elif difference := _differs(earlier, row):
            changes.append(Change("changed", row, difference))
    for key, row in old.items():
        later = new.get(key)
        if row.place != DROPPED and (later is None or later.place == DROPPED):
            why = f"{later.reason}: {later.detail}" if later else cause
            changes.append(Change("gone", row, why))
    return changes


def format_changes(changes: Iterable[Change], numbers: tuple[int, int]) -> str:
    """Return the changes as lines to read."""
    listed = list(changes)
    counts = Counter(change.change for change in listed)
    told = ", ".join(f"{counts[name]} {name}" for name in ("added", "gone", "changed"))
    lines = [f"snapshot {numbers[0]} -> {numbers[1]}: {told}"]
    for name in ("added", "gone", "changed"):
        of_name = [change for change in listed if change.change == name]
        for change in of_name[:_SHOWN]:
            pair = change.row.pair
            question = " ".join(pair.messages[-2].content.split())[:70]
            lines.append(f"{name:8}{pair.id}  {pair.kind:13}{question}  ({change.why[:120]})")
        if len(of_name) > _SHOWN:
            lines.append(f"{name:8}... and {len(of_name) - _SHOWN} more; --json names them all")
    return "\n".join(lines)


def _by_key(rows: Iterable[Row]) -> dict[str, Row]:
    """Return rows by what they ask; one in use wins over a dropped one that asks the same."""
    found: dict[str, Row] = {}
    for row in rows:
        found.setdefault(row_key(row.pair), row)
    return found


def _differs(before: Row, after: Row) -> str:
    old, new = before.pair, after.pair
    if old.messages[-1] != new.messages[-1]:
        by = f" by {new.reviewer}" if new.reviewer else ""
        return f"the answer changed{by}"
    if before.place != after.place:
        return f"moved from {before.place} to {after.place}"
    if old.wording != new.wording:
        return "another wording of the system prompt"
    if old.passages != new.passages:
        return "other passages shown"
    return "the prompt changed" if old.messages != new.messages else ""


def _find_cause(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    causes = []
    if before.get("generation") != after.get("generation"):
        causes.append(f"generation {before.get('generation')} -> {after.get('generation')}")
    if before.get("makers") != after.get("makers"):
        causes.append(f"makers {before.get('makers')} -> {after.get('makers')}")
    if before.get("settings") != after.get("settings"):
        causes.append("settings changed")
    return ", ".join(causes) or "reviews, imports or feedback changed"
