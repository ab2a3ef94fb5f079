"""The adapters as an editor sees them: which there are, what they were tested on, what happened."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from markupsafe import Markup

from assistant.commit import read_manifest
from assistant.errors import AssistantError, IndexMismatch
from assistant.registry import EVALUATION, AdapterState, Registry
from serve.admin.workplace import Admin

_PLOT = "loss.png"
_PLOT_LINE = re.compile(r"^!\[[^\]]*\]\(loss\.png\)\s*$", re.MULTILINE)
# What `masthead evaluate` writes, in an editor's words; what is not named here is shown as it is.
MEASURES = {
    "questions": "questions asked",
    "supported": "answered in its own words, with support",
    "quoted": "answered by quoting",
    "refused": "refused",
    "support_rate": "its own sentences that a passage supports",
    "first_text_ms": "time to the first sentence (ms)",
    "total_ms": "time to the whole answer (ms)",
}


def adapters_page(admin: Admin, query: Mapping[str, str]) -> dict[str, Any]:
    """Return every adapter, newest first, with its test and whether it may go into service."""
    registry = admin.registry
    in_service = registry.promoted() or "base"
    rows = [
        {
            "entry": entry,
            "test": read_test(registry, entry.name),
            "in_service": entry.state is AdapterState.PROMOTED,
        }
        for entry in reversed(registry.list())
    ]
    return {
        "rows": rows,
        "in_service": in_service,
        "answering": admin.desk.assistant.promoted or "base",
        "history": list(reversed(registry.history())),
        "folder": admin.workspace.root.name,
    }


def adapter_card(admin: Admin, query: Mapping[str, str]) -> dict[str, Any]:
    """Return one adapter's card and its test, side by side with what it would replace."""
    name = query.get("name", "")
    folder = admin.registry.folder(name)
    card = folder / "card.md"
    text = card.read_text(encoding="utf-8") if card.is_file() else ""
    return {
        "name": name,
        "card": _render_card(_PLOT_LINE.sub("", text)),
        "has_plot": (folder / _PLOT).is_file(),
        "test": read_test(admin.registry, name),
        "measures": MEASURES,
        "in_service": admin.registry.promoted() == name,
        "against_now": admin.registry.promoted() or "base",
    }


def loss_plot(admin: Admin, query: Mapping[str, str]) -> Path:
    """Return the plot that training drew; AssistantError where there is none."""
    path = admin.registry.folder(query.get("name", "")) / _PLOT
    if not path.is_file() or path.is_symlink():
        raise AssistantError("this adapter has no plot")
    return path


def read_test(registry: Registry, name: str) -> dict[str, Any]:
    """Return an adapter's evaluation, empty where it has none that its manifest vouches for."""
    folder = registry.folder(name)
    try:
        listed = EVALUATION in read_manifest(folder)["files"]
        found = json.loads((folder / EVALUATION).read_text(encoding="utf-8")) if listed else {}
    except (IndexMismatch, OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _render_card(markdown: str) -> Markup:
    from markdown_it import MarkdownIt

    rendered = MarkdownIt("commonmark", {"html": False}).enable("table").render(markdown)
    return Markup(rendered)  # made by markdown-it with HTML off
