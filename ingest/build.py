"""Build a generation beside the one in use, check it, then put it into use.

Only what changed is cut and embedded; fits are made again when enough has changed. What fails its
checks leaves nothing behind and the generation before in use.
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.commit import (
    building,
    hash_json,
    list_numbers,
    number_name,
    point_current,
    publish,
    verify_folder,
    write_text,
)
from assistant.errors import IndexMismatch
from assistant.generation import Generation
from assistant.passage_text import prefixed_text
from assistant.records import Article, OwnQuestion, Passage
from ingest.changes import Changes, hash_article
from ingest.check import (
    RECALL_FILE,
    check_whole,
    compare_recall,
    measure_recall,
    read_recall,
    refuse_lower,
)
from ingest.chunk import embedding_windows, split_article
from ingest.embed import EmbeddingCache, StoredEncoder
from ingest.index import IndexParts, write_index
from ingest.questions import write_questions
from ingest.refit import fit_where_changed
from ingest.sources import Reading
from ingest.tools import Tools

_REMEMBERED = 60  # generations counted in a report's page


def build_generation(
    tools: Tools,
    reading: Reading,
    changes: Changes,
    before: Generation | None,
    *,
    afresh: bool,
    allow_lower_recall: bool,
    write_page: Callable[[Generation, dict[str, Any]], None],
) -> dict[str, Any]:
    """Return the new generation's part of the report; IndexMismatch where a check fails.

    `afresh` cuts and fits everything again; `write_page` adds the report's page to the
    generation's folder.
    """
    root = tools.workspace.index_root
    number = max(list_numbers(root), default=0) + 1
    base = None if afresh else before
    kept = _kept_passages(tools, changes, base)
    passages = _cut(tools, reading.articles, kept)
    parts, embedded = _embed(tools, reading.articles, passages, kept, base)
    with building(root, number_name(number)) as folder:
        began = time.perf_counter()
        write_index(folder, parts)
        tools.seconds["index"] = time.perf_counter() - began
        manifest = _manifest(tools, number, reading, parts, before)
        generation = Generation(folder, number, manifest)
        check_whole(generation, parts)
        fitted = fit_where_changed(tools, generation, base)
        recall = _check_recall(tools, generation, before, allow_lower=allow_lower_recall)
        made: dict[str, Any] = {
            "fit": {"generation": fitted.generation, "changed": round(fitted.changed, 4),
                    "redone": fitted.redone},
            "recall": recall,
        }  # fmt: skip
        report = {"generation": number, "passages": len(parts.passages), "embedded": embedded}
        made["history"] = _extend_history(before, changes, report, recall)
        about = {"before": manifest["before"], "encoder": tools.identity}
        began = time.perf_counter()
        write_page(generation, report | made | about)
        _put_into_use(folder, number_name(number), manifest | made)
        tools.seconds["publish"] = time.perf_counter() - began
    return report | {"fit": made["fit"], "recall": recall}


def _kept_passages(
    tools: Tools, changes: Changes, base: Generation | None
) -> dict[str, list[Passage]]:
    """Return the passages of unchanged articles, where they would be cut the same again."""
    kept: dict[str, list[Passage]] = {}
    if base and base.manifest["cut"] == tools.cut_settings:
        same = {article.id for article in changes.unchanged}
        for passage in base.passages():
            if passage.article_id in same:
                kept.setdefault(passage.article_id, []).append(passage)
    return kept


def _read_whole(kept: dict[str, list[Passage]], base: Generation | None) -> set[str]:
    """Return the ids of kept passages that need no windows; counting tokens again takes seconds."""
    if base is None:
        return set()
    return {p.id for p in base.passages_of_one_vector() if p.article_id in kept}


def _cut(
    tools: Tools, articles: Sequence[Article], kept: dict[str, list[Passage]]
) -> dict[str, list[Passage]]:
    began = time.perf_counter()
    passages: dict[str, list[Passage]] = {}
    with tools.watch.step("cutting passages") as report:
        for number, article in enumerate(articles, 1):
            passages[article.id] = kept.get(article.id) or split_article(
                article, tools.workspace.settings.ingest, tools.count_tokens
            )
            report(number, len(articles))
    tools.seconds["cut"] = time.perf_counter() - began
    return passages


def _embed(
    tools: Tools,
    articles: Sequence[Article],
    passages: dict[str, list[Passage]],
    kept: dict[str, list[Passage]],
    base: Generation | None,
) -> tuple[IndexParts, int]:
    """Return the parts of the index, and how many texts were embedded rather than remembered."""
    began = time.perf_counter()
    max_tokens = tools.workspace.settings.ingest.max_tokens
    cache = EmbeddingCache(tools.workspace.cache_root, tools.identity)
    read_whole = _read_whole(kept, base)
    windows: list[str] = []
    owner: list[int] = []
    ordered: list[Passage] = []
    for article in articles:
        for passage in passages[article.id]:
            text = prefixed_text(article.title, passage.headings, passage.text)
            is_read = passage.id in read_whole
            pieces = [text] if is_read else embedding_windows(text, max_tokens, tools.count_tokens)
            windows.extend(pieces)
            owner.extend([len(ordered)] * len(pieces))
            ordered.append(passage)
    with tools.watch.step("embedding passages") as report:
        vectors = cache.embed(windows, tools.encoder, report)
    tools.seconds["embed"] = time.perf_counter() - began
    began = time.perf_counter()
    questions = _write_questions(articles, passages, kept, base)
    tools.seconds["questions"] = time.perf_counter() - began
    rows: NDArray[np.int32] = np.asarray(owner, dtype=np.int32)
    return IndexParts(articles, ordered, vectors, rows, questions), cache.embedded


def _write_questions(
    articles: Sequence[Article],
    passages: dict[str, list[Passage]],
    kept: dict[str, list[Passage]],
    base: Generation | None,
) -> list[OwnQuestion]:
    """Return the questions of every article, those of unchanged ones as they were asked before."""
    before: dict[str, list[OwnQuestion]] = {}
    for question in base.questions() if base and kept else ():
        before.setdefault(question.article_id, []).append(question)
    asked: list[OwnQuestion] = []
    for article in articles:
        if article.id in kept:
            asked += before.get(article.id, ())
        else:
            asked += write_questions([(article, passages[article.id])])
    return asked


def _check_recall(
    tools: Tools, generation: Generation, before: Generation | None, *, allow_lower: bool
) -> dict[str, Any]:
    began = time.perf_counter()
    cache = EmbeddingCache(tools.workspace.cache_root / "questions", tools.identity)
    found = measure_recall(generation, StoredEncoder(tools.encoder(), cache))
    recall = compare_recall(found, read_recall(before.folder) if before else {})
    if before and not allow_lower:
        refuse_lower(recall, before.number)
    write_text(generation.folder / RECALL_FILE, json.dumps(found))
    tools.seconds["check"] = time.perf_counter() - began
    return recall.as_json()


def _extend_history(
    before: Generation | None, changes: Changes, report: dict[str, Any], recall: dict[str, Any]
) -> list[dict[str, Any]]:
    """Return the counts of this generation after those of the ones before, oldest first."""
    entry = {
        "generation": report["generation"],
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "articles": len(changes.added) + len(changes.changed) + len(changes.unchanged),
        "passages": report["passages"],
        "added": len(changes.added),
        "changed": len(changes.changed),
        "removed": len(changes.removed),
        "recall": recall["now"],
    }
    earlier = before.manifest.get("history", []) if before else []
    return [*earlier, entry][-_REMEMBERED:]


def _put_into_use(folder: Path, name: str, manifest: dict[str, Any]) -> None:
    """Publish, read every file once more against its hash, and only then swap."""
    final = publish(folder, name, manifest)
    try:
        verify_folder(final)
    except IndexMismatch:
        shutil.rmtree(final)
        raise
    point_current(final.parent, name)


def _manifest(
    tools: Tools, number: int, reading: Reading, parts: IndexParts, before: Generation | None
) -> dict[str, Any]:
    settings = tools.workspace.settings
    return {
        "kind": "index",
        "generation": number,
        "before": before.number if before else None,
        "encoder": tools.identity,
        "dim": int(parts.vectors.shape[1]),
        "cut": tools.cut_settings,
        "settings": settings.ingest.model_dump(),
        "sources": [source.model_dump(exclude_none=True) for source in settings.sources],
        "counts": {
            "articles": len(parts.articles),
            "passages": len(parts.passages),
            "vectors": len(parts.vectors),
            "questions": len(parts.questions),
            "dropped": reading.reasons,
        },
        "articles_sha256": hash_json([hash_article(a) for a in parts.articles]),
    }
