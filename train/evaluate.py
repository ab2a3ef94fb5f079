"""A candidate against what it would replace, on held-out questions, by the server's own path.

Asks the base with the prompt, the adapter in service and the candidate, on the engine that serves.
What it says is written into the adapter's folder: evaluation.json, and the card anew.
"""

from __future__ import annotations

import json
import textwrap
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from assistant.answer import Assistant
from assistant.commit import amend, read_manifest
from assistant.config import Workspace
from assistant.decide import read_features
from assistant.lines import QuestionLine, read_questions
from assistant.opening import open_assistant
from assistant.progress import show_progress
from assistant.reading import read_closely
from assistant.records import Answer
from assistant.registry import EVALUATION, Registry
from assistant.retrieve import find_passages, score_passages
from assistant.text import content_stems
from train.card_page import write_card
from train.held_out import held_out_questions, held_out_voice
from train.measures import compare, judge, measure, own_sentences, weigh_refusals
from train.style import Sample, measure_style

_SAMPLES = 10  # side by side in the report and on the card
_SHOWN = 3  # of them in a terminal
_DEPTH = 10  # articles that the decision looks at


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
    name = registry.pick(adapter)
    other = (registry.promoted() or "base") if against == "promoted" else against
    if other == name:
        other = "base"
    manifest = registry.verify(name)
    lines = list(read_questions(questions)) if questions else held_out_questions(workspace, count)
    assistant = open_assistant(workspace, adapters=[name, other])
    voices = tuple(dict.fromkeys(("base", other, name)))
    answers = _ask_all(assistant, lines, voices)
    refused = [found for line in lines if (found := would_refuse(assistant, line)) is not None]
    written = _write_voice(assistant, workspace, count, voices)
    report = {
        "adapter": name,
        "against": other,
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "generation": assistant.generation_number,
        "engine": assistant.engine.name,
        "measures": {who: asdict(measure(found)) for who, found in answers.items()},
        "differences": compare(answers[name], answers[other]),
        "refusal": {who: weigh_refusals(found, refused) for who, found in answers.items()},
        "style": measure_style(written, ("base", other, name)),
        "validation_loss_novel": manifest.get("validation_loss_novel"),
        "samples": _side_by_side(lines, answers)[:_SAMPLES],
        "voice_samples": [
            {"publication": sample.human, **sample.written} for sample in written[:_SHOWN]
        ],
        "raw_samples": _raw_side_by_side(lines, answers)[:_SAMPLES],
    }
    report |= judge(report)
    folder = registry.folder(name)
    amend(folder, EVALUATION, json.dumps(report, indent=1, ensure_ascii=False))
    write_card(folder, report)
    return report


def read_evaluation(registry: Registry, name: str) -> dict[str, Any] | None:
    """Return an adapter's stored evaluation, or None where it has none yet."""
    path = registry.folder(name) / EVALUATION
    if EVALUATION not in read_manifest(registry.folder(name))["files"] or not path.is_file():
        return None
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def _write_voice(
    assistant: Assistant, workspace: Workspace, count: int, voices: Sequence[str]
) -> list[Sample]:
    """Return what each voice writes, unverified, where the publication's paragraph is known."""
    pairs = held_out_voice(workspace, count)
    tokens = workspace.settings.retrieval.answer_tokens
    written: list[dict[str, str]] = [{} for _ in pairs]
    with show_progress("writing in each voice") as report:
        for turn, voice in enumerate(voices):
            for number, pair in enumerate(pairs):
                pieces = assistant.engine.stream(
                    pair.messages[:-1], adapter=None if voice == "base" else voice,
                    max_tokens=tokens,
                )  # fmt: skip
                written[number][voice] = "".join(pieces)
                report(turn * len(pairs) + number + 1, len(pairs) * len(voices))
    return [
        Sample(pair.article, pair.messages[-1].content, texts)
        for pair, texts in zip(pairs, written, strict=True)
    ]


def would_refuse(assistant: Assistant, line: QuestionLine) -> bool | None:
    """Whether the question is refused once the articles that answer it are taken out.

    None where the index holds none of them. The decision is made before any model writes, so it is
    the same for each voice.
    """
    generation = assistant.generation
    numbers = {
        number
        for number, article in enumerate(generation.articles())
        if {article.id, article.url, Path(article.file).stem} & set(line.gold)
    }
    without = [row for row, n in enumerate(generation.passage_article) if int(n) in numbers]
    if not without:
        return None
    vector = assistant.encoder.encode([line.question])[0]
    scores = score_passages(generation, line.question, vector)
    found = find_passages(generation, scores, _DEPTH, without=without)
    weights = generation.lexical.weigh(content_stems(line.question), without)
    reading = read_closely(vector, found, weights, assistant.encoder)
    decision = generation.fits.decision
    score = decision.score(read_features(line.question, found, reading))
    return not found or score < decision.cutoffs[assistant.settings.retrieval.caution]


def _ask_all(
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
            own = own_sentences(answer)
            lost = [f"[dropped: {d.reason}] {d.text}" for d in answer.dropped_sentences]
            written[name] = " ".join([*own, *lost])
        rows.append({"question": line.question, **written})
    return rows


def format_evaluation(report: dict[str, Any]) -> str:
    """Return a comparison for a terminal."""
    keys = ("supported", "quoted", "refused", "support_rate", "generated_share", "quoted_share",
            "first_text_ms", "total_ms")  # fmt: skip
    names = list(report["measures"])
    table = {key: {name: report["measures"][name][key] for name in names} for key in keys}
    table["refusal accuracy"] = {
        name: report["refusal"][name]["balanced_accuracy"] for name in names
    }
    if style := report["style"]:
        table["style AUC"] = style["auc"]
        table["style gap closed"] = {name: style["gap_closed"].get(name, "") for name in names}
    lines = [f"{'':18}" + "".join(f"{name:>18}" for name in names)]
    lines += [f"{key:18}" + "".join(f"{row[n]!s:>18}" for n in names) for key, row in table.items()]
    for key, gap in report["differences"].items():
        lines.append(
            f"{key} a question, against {report['against']}: {gap['value']:+.3f}"
            f" (95 %: {gap['low']:+.3f} to {gap['high']:+.3f})"
        )
    if style:
        gap = style["difference"]
        lines.append(
            f"style AUC against {report['against']}: {gap['value']:+.3f} (95 %: {gap['low']:+.3f}"
            f" to {gap['high']:+.3f}); the publication against itself {style['noise_floor']:.3f}"
        )
    lines += ["", report["says"]]
    for sample in report["samples"][:_SHOWN]:
        lines += ["", f"Q: {sample['question']}"]
        for name in names:
            lines += textwrap.wrap(f"{name}: {sample[name]}", 96, subsequent_indent="    ")
    return "\n".join(lines)
