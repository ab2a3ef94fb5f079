"""The demo's articles as the folder reader gives them, without a trace left in the demo."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from functools import cache
from pathlib import Path

from assistant.config import load_workspace
from assistant.records import Article, Dropped
from ingest.folder import read_folder

DEMO = Path(__file__).parents[1] / "data" / "demo"


@cache
def read_demo() -> tuple[Article | Dropped, ...]:
    """Return what the reader yields; what it remembers goes to a folder of its own."""
    workspace = load_workspace(DEMO)
    (source,) = workspace.settings.sources
    with tempfile.TemporaryDirectory() as elsewhere:
        found = read_folder(
            replace(workspace, root=Path(elsewhere)),
            source.model_copy(update={"folder": str(DEMO / source.place)}),
        )
        return tuple(found)


def demo_articles() -> tuple[Article, ...]:
    """Return the articles alone."""
    return tuple(item for item in read_demo() if isinstance(item, Article))
