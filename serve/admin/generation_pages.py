"""The generations of the index as an editor sees them: what each holds, which is in use."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from assistant.commit import list_numbers, number_name, read_current, read_manifest
from assistant.errors import AssistantError, IndexMismatch
from assistant.generation import FITS
from serve.admin.workplace import Admin

_REPORT = "report.html"


def generations_page(admin: Admin, query: Mapping[str, str]) -> dict[str, Any]:
    """Return every generation that is kept, newest first."""
    root = admin.workspace.index_root
    current = int(read_current(root) or 0)
    rows = [
        {"number": number, "is_current": number == current, **_describe(root / number_name(number))}
        for number in reversed(list_numbers(root))
    ]
    return {
        "rows": rows,
        "current": current,
        "answering": admin.desk.assistant.generation_number,
        "older": [row["number"] for row in rows if row["number"] < current],
        "folder": admin.workspace.root.name,
    }


def generation_report(admin: Admin, query: Mapping[str, str]) -> Path:
    """Return the report that ingest wrote; AssistantError where there is none."""
    text = query.get("n", "")
    number = int(text) if text.isascii() and text.isdecimal() and len(text) <= 9 else 0
    path = admin.workspace.index_root / number_name(number) / _REPORT
    if number not in list_numbers(admin.workspace.index_root) or not path.is_file():
        raise AssistantError("this generation has no report")
    return path


def _describe(folder: Path) -> dict[str, Any]:
    try:
        manifest = read_manifest(folder)
    except IndexMismatch as error:
        return {"damage": str(error), "made_at": "", "counts": {}, "refused": "", "report": False}
    return {
        "damage": "",
        "made_at": str(manifest.get("made_at", "")),
        "counts": manifest.get("counts", {}),
        "refused": _read_rates(folder),
        "report": (folder / _REPORT).is_file(),
    }


def _read_rates(folder: Path) -> str:
    """Return how often its own questions are refused though the answer is there, in percent."""
    try:
        report = json.loads((folder / FITS).read_text(encoding="utf-8"))["report"]
        rate = report["own_questions"]["balanced"]["refused_though_there"]
    except (OSError, ValueError, KeyError, TypeError):
        return ""
    return f"{rate:.0%}"
