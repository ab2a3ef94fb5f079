"""One complete, numbered build of the pairs: made, sieved, mixed, split, written.

Takes an open generation, gives built/pairs/NNNNNN under the commit protocol. The same generation
and settings give the same rows; where nothing changed, nothing is written.
"""

from __future__ import annotations

import contextlib
import json
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assistant.commit import (
    building,
    hash_file,
    hash_json,
    list_numbers,
    number_name,
    point_current,
    publish,
    read_current,
    read_manifest,
    remove_oldest,
    write_text,
    writer_lock,
)
from assistant.config import Workspace
from assistant.errors import IndexMismatch
from assistant.generation import Generation
from assistant.pair_review import REVIEW_FILE, read_decisions
from assistant.pairs_io import pair_row
from assistant.records import Pair
from assistant.registry import Registry
from assistant.seams import Encoder, Tokenizer
from ingest.pairs.conflicts import sift_repeats
from ingest.pairs.decided import apply_decisions
from ingest.pairs.hygiene import find_leaks
from ingest.pairs.imported import FEEDBACK_FILE
from ingest.pairs.making import make_rows
from ingest.pairs.mix import mix_kinds
from ingest.pairs.report import write_report
from ingest.pairs.rows import DroppedPair, Tools
from ingest.pairs.split import SPLITS, Split, assign_splits, fixed_split
from ingest.pairs.typicality import VoiceVerdict, judge_voices
from ingest.pairs.vectors import CachedEncoder
from ingest.pairs.wordings import write_wordings

_MAKER_VERSION = 7  # raise when a rule of any maker changes: the next ingest writes a snapshot
# Evaluation rows are fewer: where two splits share a run of words, the training row goes.
_KEPT_FIRST: tuple[Split, ...] = ("test", "validation", "time_test", "train")
Progress = Callable[[int, int], None]
CONFLICTS_FILE = "conflicts.jsonl"
REPORT_FILE = "report.md"


@dataclass(frozen=True, slots=True)
class Made:
    """All that a snapshot holds, before it is written."""

    splits: dict[Split, list[Pair]]
    dropped: list[DroppedPair]
    conflicts: list[tuple[Pair, Pair, str]]
    voices: list[VoiceVerdict]


def build_snapshot(
    workspace: Workspace,
    generation: Generation,
    encoder: Encoder,
    tokenizer: Tokenizer,
    render: str,
    on_progress: Progress,
) -> dict[str, Any]:
    """Write a snapshot of a generation's pairs and return its number and counts.

    Returns those of the current one where generation, settings and makers are the same.
    """
    with writer_lock(workspace.pairs_root):
        if (counts := current_counts(workspace, generation, render)) is not None:
            return counts
        cached = CachedEncoder(encoder, workspace.cache_root, _ignore)
        articles = tuple(generation.articles())
        tools = Tools(workspace.settings, generation, articles, cached, tokenizer, render)
        verdicts = judge_voices(articles, workspace.settings.voice)
        made, dropped = make_rows(tools, workspace, verdicts, on_progress)
        decisions = read_decisions(workspace.root)
        decided, undone = apply_decisions(made, decisions, tools)
        approved = {d.key for d in decisions.values() if d.verdict != "drop"}
        sifted = sift_repeats(decided, approved)
        mixed = mix_kinds(sifted.kept, workspace.settings.ingest.pairs.shares, tools.seed)
        splits, shared = _split_rows(tools, mixed)
        lost = [*dropped, *undone, *sifted.dropped, *shared]
        return _write(workspace, tools, Made(splits, lost, sifted.conflicts, verdicts))


def current_counts(
    workspace: Workspace, generation: Generation, render: str
) -> dict[str, Any] | None:
    """Return the current snapshot's counts when it is what `build_snapshot` would write again."""
    name = read_current(workspace.pairs_root)
    if name is None:
        return None
    try:
        manifest = read_manifest(workspace.pairs_root / name)
    except IndexMismatch:
        return None
    if manifest.get("made_from") != _name_inputs(workspace, generation, render):
        return None
    return _report(manifest)


def _split_rows(
    tools: Tools, pairs: Iterable[Pair]
) -> tuple[dict[Split, list[Pair]], list[DroppedPair]]:
    homes = assign_splits(tools.articles)
    splits: dict[Split, list[Pair]] = {split: [] for split in SPLITS}
    for pair in pairs:
        key = pair.messages[-2].content
        splits[homes[pair.article] if pair.article else fixed_split(key)].append(pair)
    ordered = ((pair, split) for split in _KEPT_FIRST for pair in splits[split])
    shared = {row.id: DroppedPair(row, reason, d) for row, reason, d in find_leaks(ordered)}
    for split in SPLITS:
        splits[split] = [pair for pair in splits[split] if pair.id not in shared]
    return splits, list(shared.values())


def _write(workspace: Workspace, tools: Tools, made: Made) -> dict[str, Any]:
    splits, dropped = made.splits, made.dropped
    root = workspace.pairs_root
    number = max(list_numbers(root), default=0) + 1
    before = read_current(root)
    about = {
        "kind": "pairs",
        "snapshot": number,
        "generation": tools.generation.number,
        "before": int(before) if before else None,
        "made_from": _name_inputs(workspace, tools.generation, tools.render),
        "makers": _MAKER_VERSION,
        "render": tools.render,
        "wordings": [wording.hash for wording in write_wordings(workspace.settings.brand)],
        "seed": tools.seed,
        "settings": _settings(workspace),
        "counts": {
            split: dict(sorted(Counter(pair.kind for pair in rows).items()))
            for split, rows in splits.items()
        },
        "dropped": dict(sorted(Counter(one.reason for one in dropped).items())),
        "contradictions": len(made.conflicts),
        "voices": {v.article.id: v.reason for v in made.voices if v.reason},
    }
    with building(root, number_name(number)) as folder:
        for split, rows in splits.items():
            _write_lines(folder / f"{split}.jsonl", map(pair_row, rows))
        lost = ({**pair_row(d.pair), "reason": d.reason, "detail": d.detail} for d in dropped)
        _write_lines(folder / "dropped.jsonl", lost)
        sides = (
            {"differs": differs, "first": pair_row(one), "second": pair_row(two)}
            for one, two, differs in made.conflicts
        )
        _write_lines(folder / CONFLICTS_FILE, sides)
        write_text(folder / REPORT_FILE, write_report(number, splits, dropped, made.voices))
        publish(folder, number_name(number), about)
    point_current(root, number_name(number))
    remove_oldest(root, workspace.settings.ingest.keep_generations, _of_adapters(workspace))
    return _report(about)


def _of_adapters(workspace: Workspace) -> set[int]:
    """Return the snapshots that adapters were made from: "which rows?" must stay answerable."""
    registry = Registry(workspace.adapters_root)
    numbers = set()
    for entry in registry.list():
        with contextlib.suppress(IndexMismatch):  # `doctor` tells of a damaged adapter
            manifest = read_manifest(registry.folder(entry.name))
            numbers.add(int(manifest.get("snapshot", {}).get("number", 0)))
    return numbers


def _write_lines(path: Path, rows: Iterable[dict[str, Any]]) -> None:
    with open(path, "w", encoding="utf-8") as handle:
        handle.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def _name_inputs(workspace: Workspace, generation: Generation, render: str) -> str:
    """Return the hash of everything that decides a snapshot's rows."""
    files = [REVIEW_FILE, FEEDBACK_FILE, *(i.file for i in workspace.settings.ingest.pairs.imports)]
    told = {
        name: hash_file(workspace.root / name)
        for name in files
        if (workspace.root / name).is_file()
    }
    return hash_json([_MAKER_VERSION, generation.number, render, _settings(workspace), told])


def _settings(workspace: Workspace) -> dict[str, Any]:
    settings = workspace.settings
    return {
        "brand": settings.brand.model_dump(
            include={"name", "greeting", "refusal", "system_prompt"}
        ),
        "retrieval": settings.retrieval.model_dump(exclude={"caution"}),
        "seed": settings.train.seed,
        "pairs": settings.ingest.pairs.model_dump(),
    }


def _report(manifest: dict[str, Any]) -> dict[str, Any]:
    counts: dict[str, int] = {s: sum(manifest["counts"][s].values()) for s in SPLITS}
    return {"snapshot": manifest["snapshot"], **counts, "dropped": manifest["dropped"]}


def _ignore(done: int, total: int) -> None:
    """The encoder's own progress is part of the step's."""
