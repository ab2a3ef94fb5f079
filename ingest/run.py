"""Articles in, a generation and a snapshot out: the `ingest` command's one call.

Only what changed is cut, embedded and fitted again; with no change at all nothing is written.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from assistant.base import base_render, find_base, load_base_tokenizer
from assistant.commit import (
    building,
    hash_json,
    list_numbers,
    number_name,
    point_current,
    publish,
    read_current,
    remove_oldest,
    write_text,
    writer_lock,
)
from assistant.config import Workspace
from assistant.encoder import find_encoder_files, load_counter, load_encoder
from assistant.errors import AssistantError, IndexMismatch
from assistant.generation import FITS, Fits, Generation, fits_to_json, open_generation
from assistant.passage_text import prefixed_text
from assistant.progress import Report, show_progress
from assistant.records import Article, Passage
from assistant.seams import Encoder
from ingest.changes import Changes, compare_articles, hash_article
from ingest.chunk import embedding_windows, split_article
from ingest.embed import EmbeddingCache
from ingest.fit import fit_generation
from ingest.index import IndexParts, write_index
from ingest.pairs import build_snapshot, current_counts
from ingest.questions import write_questions
from ingest.sources import Reading, read_sources

log = logging.getLogger(__name__)

Only = Literal["index", "pairs"]
# Raise when cutting, questions or the files' layout change: passages are then cut again.
_CUT_VERSION = 2
_DROPS_NAMED = 10  # on stderr; all are counted
_REFIT_SHARE = 0.05  # of passages changed; below it the old fits are used again


@dataclass(slots=True)
class _Run:
    """One run's tools and what it has to account for."""

    workspace: Workspace
    identity: str  # of the encoder
    encoder: Callable[[], Encoder]  # loads it the first time something needs it
    count_tokens: Callable[[Sequence[str]], list[int]]
    show: Callable[[str], AbstractContextManager[Report]]
    seconds: dict[str, float] = field(default_factory=dict)
    embedded: int = 0

    @property
    def cut_settings(self) -> str:
        """Name of everything that decides how articles are cut."""
        return hash_json([_CUT_VERSION, self.workspace.settings.ingest.max_tokens, self.identity])


def ingest_workspace(
    workspace: Workspace,
    *,
    only: Only | None = None,
    dry_run: bool = False,
    full: bool = False,
    show: Callable[[str], AbstractContextManager[Report]] = show_progress,
    encoder: Encoder | None = None,
) -> dict[str, Any]:
    """Build a generation and a snapshot where something changed; return the command's report.

    The encoder is the one in masthead.yaml unless a loaded one is handed in.
    """
    began = time.perf_counter()
    run = _start(workspace, show, encoder)
    with writer_lock(workspace.index_root):
        report = _build_index(run, dry_run=dry_run, full=full) if only != "pairs" else {}
        if only != "index" and not dry_run:
            report |= _build_pairs(run)
    run.seconds["total"] = time.perf_counter() - began
    report["seconds"] = {step: round(spent, 2) for step, spent in run.seconds.items()}
    return report


def _start(
    workspace: Workspace,
    show: Callable[[str], AbstractContextManager[Report]],
    encoder: Encoder | None,
) -> _Run:
    if encoder is not None:
        return _Run(workspace, encoder.identity, lambda: encoder, encoder.count_tokens, show)
    files = find_encoder_files(workspace.settings.models)
    load = cache(lambda: load_encoder(files))
    return _Run(workspace, files.identity, load, load_counter(files), show)


def _build_index(run: _Run, *, dry_run: bool, full: bool) -> dict[str, Any]:
    began = time.perf_counter()
    reading = read_sources(run.workspace)
    run.seconds["read"] = time.perf_counter() - began
    for drop in reading.dropped[:_DROPS_NAMED]:
        log.info("left out %s: %s", drop.reason, drop.detail)
    before = None if full else _open_before(run)
    old_articles = before.articles() if before else []
    changes = compare_articles(reading.articles, old_articles)
    report = {
        "generation": before.number if before else 0,
        "articles": {
            "read": len(reading.articles) + len(reading.dropped),
            "kept": len(reading.articles),
            "unchanged": len(changes.unchanged),
            "changed": len(changes.changed),
            "added": len(changes.added),
            "removed": len(changes.removed),
        },
        "passages": before.n_passages if before else 0,
        "embedded": 0,
        "dropped": reading.reasons,
    }
    touched = changes.added or changes.changed or changes.removed
    if dry_run or (before and not touched and before.manifest["cut"] == run.cut_settings):
        return report
    number = _write_generation(run, reading, changes, before)
    remove_oldest(run.workspace.index_root, run.workspace.settings.ingest.keep_generations)
    built = open_generation(run.workspace.index_root, run.identity)
    return report | {
        "generation": number,
        "passages": built.n_passages,
        "embedded": run.embedded,
    }


def _build_pairs(run: _Run) -> dict[str, Any]:
    """Write a snapshot of the current generation, unless the one there is the same."""
    began = time.perf_counter()
    workspace = run.workspace
    generation = open_generation(workspace.index_root, run.identity)
    base = find_base(workspace.settings.models)
    tokenizer = load_base_tokenizer(base)
    render = base_render(base, tokenizer)
    counts = current_counts(workspace, generation, render)
    if counts is None:
        with run.show("making pairs") as report:
            counts = build_snapshot(workspace, generation, run.encoder(), tokenizer, render, report)
    run.seconds["pairs"] = time.perf_counter() - began
    return {"snapshot": counts.pop("snapshot"), "pairs": counts}


def _open_before(run: _Run) -> Generation | None:
    """Return the generation in use, or None where there is none that can be built upon."""
    if read_current(run.workspace.index_root) is None:
        return None
    try:
        return open_generation(run.workspace.index_root)
    except IndexMismatch as error:
        log.warning("building from nothing: %s", error)
        return None


def parse_only(text: str) -> Only | None:
    """Return what --only names; AssistantError for anything but index and pairs."""
    if text in ("index", "pairs"):
        return "index" if text == "index" else "pairs"
    if text:
        raise AssistantError(f"--only {text} is not known; use index or pairs")
    return None


def _write_generation(
    run: _Run, reading: Reading, changes: Changes, before: Generation | None
) -> int:
    root = run.workspace.index_root
    number = max(list_numbers(root), default=0) + 1
    began = time.perf_counter()
    passages = _cut(run, reading.articles, changes, before)
    run.seconds["cut"] = time.perf_counter() - began
    parts = _embed(run, reading.articles, passages)
    with building(root, number_name(number)) as folder:
        began = time.perf_counter()
        write_index(folder, parts)
        run.seconds["index"] = time.perf_counter() - began
        began = time.perf_counter()
        manifest = _manifest(run, number, reading, parts, before)
        fits = _fit(run, Generation(folder, number, manifest), before)
        write_text(folder / FITS, fits_to_json(fits))
        run.seconds["fit"] = time.perf_counter() - began
        publish(folder, number_name(number), manifest)
    point_current(root, number_name(number))
    return number


def _cut(
    run: _Run, articles: Sequence[Article], changes: Changes, before: Generation | None
) -> dict[str, list[Passage]]:
    kept: dict[str, list[Passage]] = {}
    if before and before.manifest["cut"] == run.cut_settings:
        same = set(changes.unchanged)
        for passage in before.passages():
            if passage.article_id in same:
                kept.setdefault(passage.article_id, []).append(passage)
    passages: dict[str, list[Passage]] = {}
    with run.show("cutting passages") as report:
        for number, article in enumerate(articles, 1):
            passages[article.id] = kept.get(article.id) or split_article(
                article, run.workspace.settings.ingest, run.count_tokens
            )
            report(number, len(articles))
    return passages


def _embed(
    run: _Run, articles: Sequence[Article], passages: dict[str, list[Passage]]
) -> IndexParts:
    began = time.perf_counter()
    max_tokens = run.workspace.settings.ingest.max_tokens
    windows: list[str] = []
    owner: list[int] = []
    ordered: list[Passage] = []
    for article in articles:
        for passage in passages[article.id]:
            text = prefixed_text(article.title, passage.headings, passage.text)
            pieces = embedding_windows(text, max_tokens, run.count_tokens)
            windows.extend(pieces)
            owner.extend([len(ordered)] * len(pieces))
            ordered.append(passage)
    vectors_at_hand = EmbeddingCache(run.workspace.cache_root, run.identity)
    with run.show("embedding passages") as report:
        vectors = vectors_at_hand.embed(windows, run.encoder, report)
    run.embedded = vectors_at_hand.embedded
    run.seconds["embed"] = time.perf_counter() - began
    questions = list(write_questions((a, passages[a.id]) for a in articles))
    rows: NDArray[np.int32] = np.asarray(owner, dtype=np.int32)
    return IndexParts(articles, ordered, vectors, rows, questions)


def _fit(run: _Run, generation: Generation, before: Generation | None) -> Fits:
    """Fit again when more than a twentieth of the passages changed, else carry the fits over."""
    if before is not None:
        old = {passage.id for passage in before.passages()}
        new = {passage.id for passage in generation.passages()}
        changed = len(old ^ new) / max(len(new), 1)
        if changed <= _REFIT_SHARE and before.manifest["encoder"] == run.identity:
            return before.fits
    with run.show("fitting retrieval and decision") as report:
        return fit_generation(generation, run.encoder(), report)


def _manifest(
    run: _Run, number: int, reading: Reading, parts: IndexParts, before: Generation | None
) -> dict[str, Any]:
    return {
        "kind": "index",
        "generation": number,
        "before": before.number if before else None,
        "encoder": run.identity,
        "dim": int(parts.vectors.shape[1]),
        "cut": run.cut_settings,
        "settings": run.workspace.settings.ingest.model_dump(),
        "sources": [s.model_dump(exclude_none=True) for s in run.workspace.settings.sources],
        "counts": {
            "articles": len(parts.articles),
            "passages": len(parts.passages),
            "vectors": len(parts.vectors),
            "questions": len(parts.questions),
            "dropped": reading.reasons,
        },
        "articles_sha256": hash_json([hash_article(a) for a in parts.articles]),
    }
