"""A snapshot in the formats that other trainers read, with a dataset card.

One file a split (train.jsonl ...) and README.md; `datasets.load_dataset("json", ...)` reads it
unchanged, since every row of every split has the same keys and types.
"""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, get_args

from assistant.commit import write_text
from assistant.config import Workspace
from assistant.errors import AssistantError
from assistant.records import Pair
from ingest.pairs.snapshots import DROPPED, find_snapshot, read_snapshot
from ingest.pairs.split import SPLITS

Layout = Literal["messages", "alpaca", "prompt"]
LAYOUTS: tuple[Layout, ...] = get_args(Layout)
FORMATS = ("jsonl", "csv", "parquet")
_ABOUT = ("id", "kind", "task", "article", "question_by", "date", "reviewer")


def export_snapshot(
    workspace: Workspace, out: Path, layout: str, file_format: str
) -> dict[str, Any]:
    """Write the current snapshot's rows into a folder; return its counts.

    AssistantError for an unknown layout or format, or a folder that holds something.
    """
    if layout not in LAYOUTS or file_format not in FORMATS:
        raise AssistantError(
            f"--layout {layout} --format {file_format} is not known; layouts are"
            f" {', '.join(LAYOUTS)}, formats {', '.join(FORMATS)}"
        )
    if out.exists() and any(out.iterdir()):
        raise AssistantError(f"{out} is not empty; name a new folder")
    out.mkdir(parents=True, exist_ok=True)
    folder = find_snapshot(workspace.pairs_root)
    splits: dict[str, list[Pair]] = {split: [] for split in SPLITS}
    for row in read_snapshot(folder):
        if row.place != DROPPED:
            splits[row.place].append(row.pair)
    for split, pairs in splits.items():
        if pairs:
            _write(out / f"{split}.{file_format}", [_lay_out(pair, layout) for pair in pairs])
    card = _card(workspace, splits, layout, file_format, folder.name)
    write_text(out / "README.md", card)
    return {"out": str(out), **{split: len(pairs) for split, pairs in splits.items()}}


def _lay_out(pair: Pair, layout: str) -> dict[str, Any]:
    about = {key: str(getattr(pair, key)) for key in _ABOUT}
    *before, last = pair.messages
    if layout == "messages":
        turns = [{"role": m.role, "content": m.content} for m in pair.messages]
        return {**about, "messages": turns}
    system = "\n\n".join(m.content for m in before if m.role == "system")
    history = "\n\n".join(f"{m.role}: {m.content}" for m in before[1:-1])
    if layout == "alpaca":
        context = "\n\n".join(part for part in (system, history) if part)
        return {
            **about,
            "instruction": before[-1].content,
            "input": context,
            "output": last.content,
        }
    prompt = "\n\n".join(part for part in (system, history, before[-1].content) if part)
    return {**about, "prompt": prompt, "completion": last.content}


def _write(path: Path, rows: Sequence[dict[str, Any]]) -> None:
    if path.suffix == ".jsonl":
        write_text(path, "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
    elif path.suffix == ".csv":
        with open(path, "w", encoding="utf-8", newline="") as handle:
            writer = csv.DictWriter(handle, list(rows[0]))
            writer.writeheader()
            writer.writerows(map(_flat, rows))
    else:
        import pyarrow
        from pyarrow import parquet

        parquet.write_table(pyarrow.Table.from_pylist(list(rows)), path)


def _flat(row: dict[str, Any]) -> dict[str, str]:
    return {
        key: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        for key, value in row.items()
    }


def _card(
    workspace: Workspace, splits: dict[str, list[Pair]], layout: str, file_format: str, name: str
) -> str:
    kinds = Counter(pair.kind.value for pairs in splits.values() for pair in pairs)
    files = "\n".join(
        f"  - split: {split}\n    path: {split}.{file_format}"
        for split, pairs in splits.items()
        if pairs
    )
    told = "\n".join(f"| {kind} | {n} |" for kind, n in kinds.most_common())
    return f"""---
configs:
- config_name: default
  data_files:
{files}
---
# Instruction pairs of {workspace.settings.brand.name}

Snapshot {int(name)}, layout `{layout}`. Made by Masthead from the publication's own articles: the
answers are the publication's sentences, the questions are written by `question_by`. Split by
article; `time_test` is the newest month. The articles' own licence applies to every row.

| kind | rows |
|---|---|
{told}
"""
