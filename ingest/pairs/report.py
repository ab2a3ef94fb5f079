"""A snapshot told in plain words: rows by kind and task, drops by reason, who teaches the voice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from assistant.records import Pair, PairKind
from ingest.pairs.rows import DroppedPair
from ingest.pairs.split import SPLITS, Split
from ingest.pairs.typicality import VoiceVerdict

_NAMED = 40  # articles listed each way
_FEWEST = 100  # rows; below it a prompt does as well as an adapter


def write_report(
    number: int,
    splits: Mapping[Split, Sequence[Pair]],
    dropped: Sequence[DroppedPair],
    voices: Sequence[VoiceVerdict],
) -> str:
    """Return the report as Markdown."""
    rows = [pair for split in SPLITS for pair in splits[split]]
    lines = [f"# Snapshot {number}", "", *_tell_rows(splits)]
    if len(rows) < _FEWEST:
        lines += [f"{len(rows)} rows are few: below about {_FEWEST}, stay with the prompt.", ""]
    lines += ["## Rows by task", "", "| kind | task | rows |", "|---|---|---|"]
    tasks = Counter((pair.kind.value, pair.task) for pair in rows)
    lines += [f"| {kind} | {task} | {n} |" for (kind, task), n in sorted(tasks.items())]
    lines += ["", "## Who wrote the questions of the answers", "", "| writer | rows |", "|---|---|"]
    writers = Counter(p.question_by.split("+")[0] for p in rows if p.kind is PairKind.ANSWER)
    lines += [f"| {writer} | {n} |" for writer, n in writers.most_common()]
    lines += ["", "## Dropped", "", "| reason | rows | for example |", "|---|---|---|"]
    reasons = Counter(one.reason for one in dropped)
    for reason, n in reasons.most_common():
        example = next(one.detail for one in dropped if one.reason == reason)
        lines.append(f"| {reason} | {n} | {_cell(example)} |")
    return "\n".join([*lines, "", *_tell_voices(rows, voices), ""])


def _tell_rows(splits: Mapping[Split, Sequence[Pair]]) -> list[str]:
    kinds = sorted({pair.kind.value for pairs in splits.values() for pair in pairs})
    lines = [f"| split | {' | '.join(kinds)} | all |", "|---" * (len(kinds) + 2) + "|"]
    for split in SPLITS:
        counts = Counter(pair.kind.value for pair in splits[split])
        cells = " | ".join(str(counts[kind]) for kind in kinds)
        lines.append(f"| {split} | {cells} | {len(splits[split])} |")
    return [*lines, ""]


def _tell_voices(rows: Sequence[Pair], voices: Sequence[VoiceVerdict]) -> list[str]:
    taught = Counter(pair.article for pair in rows if pair.kind is PairKind.VOICE)
    teaching = [v for v in voices if v.teaches]
    lines = [
        "## Voice",
        "",
        f"{len(teaching)} of {len(voices)} articles may teach the voice, {len(taught)} do."
        " `delta` is how far an article's manner lies from the archive's centre, content words"
        " masked; `-` where an article is too short to judge.",
        "",
        "| year | articles judged | mean delta |",
        "|---|---|---|",
    ]
    years: dict[str, list[float]] = {}
    for voice in voices:
        if voice.delta is not None:
            years.setdefault(voice.article.published[:4] or "undated", []).append(voice.delta)
    lines += [f"| {y} | {len(d)} | {float(np.mean(d)):.2f} |" for y, d in sorted(years.items())]
    lines += ["", "### Teach no voice", "", "| article | delta | why |", "|---|---|---|"]
    lines += [_voice_row(v, v.reason) for v in voices if not v.teaches][:_NAMED]
    lines += ["", "### Teach the voice", "", "| article | delta | rows |", "|---|---|---|"]
    most = sorted(teaching, key=lambda v: -taught[v.article.id])[:_NAMED]
    return [*lines, *(_voice_row(v, str(taught[v.article.id])) for v in most)]


def _voice_row(voice: VoiceVerdict, last: str) -> str:
    delta = "-" if voice.delta is None else f"{voice.delta:.2f}"
    return f"| {_cell(voice.article.title)} | {delta} | {_cell(last)} |"


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "/").split())[:120]
