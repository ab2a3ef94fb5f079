"""Articles in, a generation and a snapshot out: the `ingest` command's one call.

With no change at all nothing is written.
"""

from __future__ import annotations

import logging
import time
from functools import cache
from typing import Any, Literal

from assistant.base import base_render, find_base, load_base_tokenizer
from assistant.caution import read_rates
from assistant.commit import read_current, remove_oldest, writer_lock
from assistant.config import Workspace
from assistant.encoder import find_encoder_files, load_counter, load_encoder
from assistant.errors import AssistantError, IndexMismatch
from assistant.generation import Generation, open_generation
from assistant.seams import Encoder
from ingest.account import count_run
from ingest.build import build_generation
from ingest.changes import compare_articles, refuse_shrinking
from ingest.fetch import open_cache
from ingest.pairs import build_snapshot, current_counts
from ingest.report_page import write_report_page
from ingest.sources import Reading, read_sources
from ingest.tools import Tools
from ingest.watch import LogWatch, Watch

log = logging.getLogger(__name__)

Only = Literal["index", "pairs"]
_DROPS_NAMED = 10  # on stderr; all are counted


def ingest_workspace(
    workspace: Workspace,
    *,
    only: Only | None = None,
    dry_run: bool = False,
    full: bool = False,
    allow_shrink: bool = False,
    allow_lower_recall: bool = False,
    watch: Watch | None = None,
    encoder: Encoder | None = None,
) -> dict[str, Any]:
    """Build a generation and a snapshot where something changed; return the command's report.

    `full` cuts and fits everything again. ArticleError where the archive would shrink by more than
    30 % and IndexMismatch where a new generation finds less, unless that is allowed; the
    generation before stays in use. The encoder is the one in masthead.yaml unless one is given.
    """
    began = time.perf_counter()
    tools = _open_tools(workspace, watch or LogWatch(), encoder)
    report: dict[str, Any] = {}
    with writer_lock(workspace.index_root):
        if only != "pairs":
            report = _build_index(
                tools,
                dry_run=dry_run,
                full=full,
                allow_shrink=allow_shrink,
                allow_lower_recall=allow_lower_recall,
            )
        if only != "index" and not dry_run:
            report |= _build_pairs(tools)
    tools.seconds["total"] = time.perf_counter() - began
    report["seconds"] = {step: round(spent, 2) for step, spent in tools.seconds.items()}
    return report


def parse_only(text: str) -> Only | None:
    """Return what --only names; AssistantError for anything but index and pairs."""
    if text in ("index", "pairs"):
        return "index" if text == "index" else "pairs"
    if text:
        raise AssistantError(f"--only {text} is not known; use index or pairs")
    return None


def _open_tools(workspace: Workspace, watch: Watch, encoder: Encoder | None) -> Tools:
    if encoder is not None:
        return Tools(workspace, encoder.identity, lambda: encoder, encoder.count_tokens, watch)
    files = find_encoder_files(workspace.settings.models)
    load = cache(lambda: load_encoder(files))
    return Tools(workspace, files.identity, load, load_counter(files), watch)


def _build_index(
    tools: Tools, *, dry_run: bool, full: bool, allow_shrink: bool, allow_lower_recall: bool
) -> dict[str, Any]:
    before = _open_before(tools.workspace)
    old_articles = before.articles() if before else []
    began = time.perf_counter()
    reading = read_sources(
        tools.workspace, old_articles, allow_shrink=allow_shrink, watch=tools.watch.item
    )
    open_cache(tools.workspace).remove_unused(time.time())
    tools.seconds["read"] = time.perf_counter() - began
    _name_drops(reading)
    changes = compare_articles(reading.articles, old_articles)
    report = count_run(reading, changes, before)
    is_current = before and not changes and before.manifest["cut"] == tools.cut_settings
    if dry_run or (is_current and not full):
        return report
    if not allow_shrink:
        refuse_shrinking(changes)
    report |= build_generation(
        tools,
        reading,
        changes,
        before,
        afresh=full,
        allow_lower_recall=allow_lower_recall,
        write_page=lambda generation, made: write_report_page(
            generation.folder,
            tools.workspace,
            reading,
            report | made,
            read_rates(generation.fits),
        ),
    )
    remove_oldest(tools.workspace.index_root, tools.workspace.settings.ingest.keep_generations)
    return report


def _name_drops(reading: Reading) -> None:
    for drop in reading.dropped[:_DROPS_NAMED]:
        log.info("left out %s: %s", drop.reason, drop.detail)


def _open_before(workspace: Workspace) -> Generation | None:
    """Return the generation in use, or None where there is none that can be built upon."""
    if read_current(workspace.index_root) is None:
        return None
    try:
        return open_generation(workspace.index_root)
    except IndexMismatch as error:
        log.warning("building from nothing: %s", error)
        return None


def _build_pairs(tools: Tools) -> dict[str, Any]:
    """Write a snapshot of the current generation, unless the one there is the same."""
    began = time.perf_counter()
    workspace = tools.workspace
    generation = open_generation(workspace.index_root, tools.identity)
    base = find_base(workspace.settings.models)
    tokenizer = load_base_tokenizer(base)
    render = base_render(base, tokenizer)
    counts = current_counts(workspace, generation, render)
    if counts is None:
        with tools.watch.step("making pairs") as report:
            encoder = tools.encoder()
            counts = build_snapshot(workspace, generation, encoder, tokenizer, render, report)
    tools.seconds["pairs"] = time.perf_counter() - began
    return {"snapshot": counts.pop("snapshot"), "pairs": counts}
