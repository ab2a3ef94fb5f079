"""The page about a run, in the generation's folder: what came in, what did not, what changed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from assistant.config import Workspace
from ingest.sources import Reading


def write_report_page(
    folder: Path, workspace: Workspace, reading: Reading, report: dict[str, Any]
) -> None:
    """Write report.html into a generation's folder."""
