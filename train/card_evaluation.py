"""The part of an adapter's card that an evaluation fills: figures, style, answers side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from train.card_tables import row, side_by_side

_ROWS = (
    ("supported", "answers with a supported sentence of its own"),
    ("quoted", "answers that fell back to quoting"),
    ("refused", "refusals"),
    ("support_rate", "share of its sentences that a passage supports"),
    ("generated_share", "share of shown sentences in its own words"),
    ("quoted_share", "share of shown sentences quoted"),
    ("total_ms", "milliseconds an answer"),
)


def show_evaluation(evaluation: Mapping[str, Any]) -> str:
    """Return the sections, in Markdown."""
    names = list(evaluation["measures"])
    table = [row("", names), row("---", ["---"] * len(names))]
    table += [
        row(label, [evaluation["measures"][name][key] for name in names]) for key, label in _ROWS
    ]
    table += [
        row("balanced accuracy of refusing",
             [_or_none(evaluation["refusal"][name]["balanced_accuracy"]) for name in names]),
    ]  # fmt: skip
    if style := evaluation["style"]:
        table += [
            row("told from the publication by style (AUC; 0.5 cannot be told)",
                 [style["auc"][name] for name in names]),
            row("of the base's distance closed",
                 [_or_none(style["gap_closed"].get(name)) for name in names]),
        ]  # fmt: skip
    shown = "\n".join(table)
    questions = evaluation["measures"][evaluation["adapter"]]["questions"]
    text = f"""
## What held-out questions showed

{questions} questions of articles that training never saw, on {evaluation["engine"]}, generation
{evaluation["generation"]}; every answer went through the checks that readers' answers go through.

{shown}

{_explain(evaluation)}

## Side by side
{_show_voices(evaluation)}
## What readers would see

{_count_equal(evaluation["samples"], names)}
"""
    return text + "".join(
        side_by_side(sample["question"], {name: sample[name] for name in names})
        for sample in evaluation["samples"]
        if not _are_equal(sample, names)
    )


def _show_voices(evaluation: Mapping[str, Any]) -> str:
    """Return paragraphs written from the same notes, the publication's own first."""
    names = ["publication", *evaluation["measures"]]
    shown = [
        side_by_side(f"From the same notes, {number}", {name: sample[name] for name in names})
        for number, sample in enumerate(evaluation.get("voice_samples", []), 1)
    ]
    return "".join(shown)


def _count_equal(samples: Sequence[Mapping[str, str]], names: Sequence[str]) -> str:
    equal = sum(_are_equal(sample, names) for sample in samples)
    return (
        f"Answers after every check; where nothing of the model's held, a quotation stands in. Of"
        f" {len(samples)} answers {equal} were word for word the same and are not shown."
    )


def _are_equal(sample: Mapping[str, str], names: Sequence[str]) -> bool:
    return len({sample[name] for name in names}) == 1


def _explain(evaluation: Mapping[str, Any]) -> str:
    said = []
    if style := evaluation["style"]:
        gap = style["difference"]
        said.append(
            f"Style: {style['texts']} paragraphs of {style['articles']} articles, written again"
            f" from notes and not checked; content words masked. Two halves of the publication"
            f" itself are told apart at {style['noise_floor']:.2f}. Against"
            f" {evaluation['against']}: {gap['value']:+.2f} ({gap['low']:+.2f} to"
            f" {gap['high']:+.2f} in 95 of 100 resamples); below 0 is nearer."
        )
    gap = evaluation["differences"]["supported"]
    said.append(
        f"Supported answers a question, against {evaluation['against']}: {gap['value']:+.2f}"
        f" ({gap['low']:+.2f} to {gap['high']:+.2f})."
    )
    return " ".join(said)


def _or_none(value: object) -> object:
    return "none" if value is None else value
