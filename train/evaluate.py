"""A candidate against what it would replace, on held-out questions, by the server's own path.

Asks questions of articles that training never saw, once with each adapter, on the engine that
serves. What it says is written into the adapter's folder as evaluation.json.
"""

from __future__ import annotations

import json
import logging
import textwrap
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

from assistant.answer import Assistant
from assistant.commit import amend, number_name, read_current, read_manifest, verify_folder
from assistant.config import Workspace
from assistant.errors import AssistantError, IndexMismatch
from assistant.lines import QuestionLine, read_questions
from assistant.opening import open_assistant
from assistant.pairs_io import read_pairs
from assistant.progress import show_progress
from assistant.records import Answer, Origin, PairKind
from assistant.registry import EVALUATION, Registry

log = logging.getLogger(__name__)

_HELD_OUT = ("test", "validation", "time_test")
_SAMPLES = 3  # side by side in the report


@dataclass(frozen=True, slots=True)
class Measures:
    """What one adapter did with the questions.

    `supported` counts answers with model text that a passage supports; `support_rate` is the share
    of the model's sentences that held; `quoted` and `refused` count answers without model text.
    """

    questions: int
    supported: int
    quoted: int
    refused: int
    support_rate: float
    first_text_ms: float
    total_ms: float


def evaluate_adapter(
    workspace: Workspace,
    adapter: str,
    *,
    against: str = "promoted",
    questions: Path | None = None,
    count: int = 40,
) -> dict[str, Any]:
    """Return and store the comparison of an adapter with another, or with the base."""
    registry = Registry(workspace.adapters_root)
    name = newest_adapter(registry) if adapter == "newest" else adapter
    other = (registry.promoted() or "base") if against == "promoted" else against
    if other == name:
        other = "base"
    manifest = registry.verify(name)
    lines = list(read_questions(questions)) if questions else held_out_questions(workspace, count)
    assistant = open_assistant(workspace, adapters=[name, other])
    answers = _ask_both(assistant, lines, (other, name))
    report = {
        "adapter": name,
        "against": other,
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "generation": assistant.generation_number,
        "engine": assistant.engine.name,
        "measures": {who: asdict(measure(found)) for who, found in answers.items()},
        "validation_loss_novel": manifest.get("validation_loss_novel"),
        "samples": _side_by_side(lines, answers)[:_SAMPLES],
        "raw_samples": _raw_side_by_side(lines, answers)[:_SAMPLES],
    }
    report |= judge(report)
    amend(registry.folder(name), EVALUATION, json.dumps(report, indent=1, ensure_ascii=False))
    return report


def read_evaluation(registry: Registry, name: str) -> dict[str, Any] | None:
    """Return an adapter's stored evaluation, or None where it has none yet."""
    path = registry.folder(name) / EVALUATION
    if EVALUATION not in read_manifest(registry.folder(name))["files"] or not path.is_file():
        return None
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def newest_adapter(registry: Registry) -> str:
    """Return the adapter made last; AssistantError where there is none."""
    entries = registry.list()
    if not entries:
        raise AssistantError(f"no adapter in {registry.root}; run `masthead train`")
    return entries[-1].name


def held_out_questions(workspace: Workspace, count: int) -> list[QuestionLine]:
    """Return questions of articles that training never saw, spread over the articles."""
    name = read_current(workspace.pairs_root)
    if name is None:
        raise IndexMismatch(f"no pairs in {workspace.pairs_root}; run `masthead ingest`")
    folder = workspace.pairs_root / number_name(int(name))
    verify_folder(folder)
    by_article: dict[str, list[QuestionLine]] = {}
    for split in _HELD_OUT:
        for pair in read_pairs(folder / f"{split}.jsonl"):
            if pair.kind is PairKind.ANSWER and len(pair.messages) == 3:
                line = QuestionLine(pair.id, pair.messages[1].content, gold=(pair.article,))
                by_article.setdefault(pair.article, []).append(line)
    queues = [sorted(lines, key=lambda line: line.id) for _, lines in sorted(by_article.items())]
    spread = [
        queue[turn] for turn in range(max(map(len, queues), default=0))
        for queue in queues if turn < len(queue)
    ]  # fmt: skip
    if not spread:
        raise AssistantError(
            f"snapshot {name} holds no held-out answer rows; add articles, or give --questions FILE"
        )
    return spread[:count]


def measure(answers: Sequence[Answer]) -> Measures:
    """Count what a list of answers shows."""
    held = [sum(_is_models(answer, s.text) for s in answer.sentences) for answer in answers]
    dropped = sum(len(answer.dropped_sentences) for answer in answers)
    written = sum(held) + dropped
    return Measures(
        questions=len(answers),
        supported=sum(n > 0 for n in held),
        quoted=sum(n == 0 and not a.refused for n, a in zip(held, answers, strict=True)),
        refused=sum(answer.refused for answer in answers),
        support_rate=round(sum(held) / written, 3) if written else 0.0,
        first_text_ms=median(a.timings_ms.get("first_text", 0.0) for a in answers),
        total_ms=median(a.timings_ms["total"] for a in answers),
    )


def judge(report: dict[str, Any]) -> dict[str, Any]:
    """Say whether the candidate is not worse than what it would replace.

    Its novel loss must be below the base's, and its supported answers as many as the other's.
    """
    name, other = report["adapter"], report["against"]
    mine, theirs = (report["measures"][who] for who in (name, other))
    loss = report["validation_loss_novel"]
    better_loss = loss is not None and loss["best"] < loss["base"]
    as_supported = mine["supported"] >= theirs["supported"]
    loss_text = f"{loss['base']:.3f} -> {loss['best']:.3f}" if loss else "unknown"
    says = (
        f"held-out loss on novel tokens {loss_text} ({'better' if better_loss else 'not better'});"
        f" supported answers {mine['supported']} of {mine['questions']} against"
        f" {theirs['supported']} with {other} ({'not fewer' if as_supported else 'fewer'})"
    )
    return {"not_worse": better_loss and as_supported, "says": says}


def format_evaluation(report: dict[str, Any]) -> str:
    """Return a comparison for a terminal."""
    keys = ("supported", "quoted", "refused", "support_rate", "first_text_ms", "total_ms")
    names = list(report["measures"])
    lines = [f"{'':16}" + "".join(f"{name:>18}" for name in names)]
    for key in keys:
        values = "".join(f"{report['measures'][name][key]:>18}" for name in names)
        lines.append(f"{key:16}{values}")
    lines += ["", report["says"]]
    for sample in report["samples"]:
        lines += ["", f"Q: {sample['question']}"]
        for name in names:
            lines += textwrap.wrap(f"{name}: {sample[name]}", 96, subsequent_indent="    ")
    return "\n".join(lines)


def _ask_both(
    assistant: Assistant, lines: Sequence[QuestionLine], names: Sequence[str]
) -> dict[str, list[Answer]]:
    answers: dict[str, list[Answer]] = {name: [] for name in names}
    total, done = len(lines) * len(names), 0
    with show_progress("evaluating") as report:
        # One adapter after the other: llama.cpp keeps its prompt cache while the adapter stays.
        for name in names:
            for line in lines:
                answers[name].append(assistant.answer(line.question, line.history, adapter=name))
                done += 1
                report(done, total)
    return answers


def _is_models(answer: Answer, text: str) -> bool:
    """Whether a shown sentence was written by the model rather than quoted in its place."""
    shown = [s for s in answer.sentences if s.text == text]
    fell_back = bool(answer.sentences) and answer.sentences[0].frame
    return not fell_back and any(s.origin is not Origin.FRAME for s in shown)


def _side_by_side(
    lines: Sequence[QuestionLine], answers: dict[str, list[Answer]]
) -> list[dict[str, str]]:
    rows = []
    for number, line in enumerate(lines):
        shown = {name: found[number].text for name, found in answers.items()}
        rows.append({"question": line.question, **shown})
    return rows


def _raw_side_by_side(
    lines: Sequence[QuestionLine], answers: dict[str, list[Answer]]
) -> list[dict[str, str]]:
    """Return what the model wrote before checking: its shown sentences, then the dropped ones."""
    rows = []
    for number, line in enumerate(lines):
        written = {}
        for name, found in answers.items():
            answer = found[number]
            own = [s.text for s in answer.sentences if _is_models(answer, s.text)]
            lost = [f"[dropped: {d.reason}] {d.text}" for d in answer.dropped_sentences]
            written[name] = " ".join([*own, *lost])
        rows.append({"question": line.question, **written})
    return rows
