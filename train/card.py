"""The card of an adapter, for the person who decides about it: what was read, trained and changed.

Markdown from the manifest, and again with what an evaluation found.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

CURVE = "loss.png"
_MARKUP = re.compile(r"([\\`*_{}\[\]<>#|!~])")
_ROWS = (
    ("supported", "answers with a supported sentence of its own"),
    ("quoted", "answers that fell back to quoting"),
    ("refused", "refusals"),
    ("support_rate", "share of its sentences that a passage supports"),
    ("generated_share", "share of shown sentences in its own words"),
    ("quoted_share", "share of shown sentences quoted"),
    ("total_ms", "milliseconds an answer"),
)


def render_card(manifest: Mapping[str, Any], evaluation: Mapping[str, Any] | None = None) -> str:
    """Return the card as Markdown, in plain words."""
    settings, rows = manifest["settings"], manifest["rows"]
    left_out = f" {rows['too_long']} were too long and left out." if rows["too_long"] else ""
    return f"""# Adapter {manifest["adapter"]}

{_verdict(manifest, evaluation)}

## What was read

{rows["train"]} training rows of snapshot {manifest["snapshot"]["number"]}, made from
{len(manifest["articles"])} articles.{left_out} {rows["validation"]} rows of articles that were kept
apart measured the result.

## What was trained

A LoRA adapter of rank {settings["rank"]} on every linear layer of {manifest["base"]["id"]}:
{manifest["trainable_parameters"]:,} parameters, {manifest["precision"]}, learning rate
{settings["learning_rate"]:g}, {manifest["steps"]} steps of {settings["rows_per_step"]} rows,
{manifest["tokens"]:,} tokens, on {manifest["hardware"]} at
{manifest["tokens_per_second"]:.0f} tokens a second. It ended because of: {manifest["stopped"]}.

## What changed

Loss on the kept-apart rows; lower is better. Novel words are those of the answer that do not stand
in the prompt, where copying does not help: there the voice shows.

| | base | this adapter | change |
|---|---|---|---|
| all words | {_show_change(manifest["validation_loss"])} |
| novel words | {_show_change(manifest["validation_loss_novel"])} |

![loss over the steps]({CURVE})
{_show_evaluation(evaluation) if evaluation else ""}
## What to look at before promoting

{_list(_find_concerns(manifest, evaluation))}
"""


def _verdict(manifest: Mapping[str, Any], evaluation: Mapping[str, Any] | None) -> str:
    if evaluation is None:
        return (
            "**Not evaluated yet.** `masthead evaluate` asks it held-out questions;"
            " `masthead adapters promote` does so by itself."
        )
    word = "Not worse than" if evaluation["not_worse"] else "Worse than"
    return f"**{word} {evaluation['against']}**: {evaluation['says']}."


def _show_evaluation(evaluation: Mapping[str, Any]) -> str:
    names = list(evaluation["measures"])
    table = [_row("", names), _row("---", ["---"] * len(names))]
    table += [
        _row(label, [evaluation["measures"][name][key] for name in names]) for key, label in _ROWS
    ]
    table += [
        _row("balanced accuracy of refusing",
             [_or_none(evaluation["refusal"][name]["balanced_accuracy"]) for name in names]),
    ]  # fmt: skip
    if style := evaluation["style"]:
        table += [
            _row("told from the publication by style (AUC; 0.5 cannot be told)",
                 [style["auc"][name] for name in names]),
            _row("of the base's distance closed",
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
        _show_sample(sample["question"], sample, names)
        for sample in evaluation["samples"]
        if not _are_equal(sample, names)
    )


def _show_voices(evaluation: Mapping[str, Any]) -> str:
    """Return paragraphs written from the same notes, the publication's own first."""
    names = ["publication", *evaluation["measures"]]
    shown = [
        _show_sample(f"From the same notes, {number}", sample, names)
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


def _show_sample(title: str, sample: Mapping[str, str], names: Sequence[str]) -> str:
    lines = [f"\n### {_escape(title)}\n"]
    lines += [f"**{name}**\n\n> {_escape(sample[name]) or '(nothing)'}\n" for name in names]
    return "\n".join(lines)


def _find_concerns(
    manifest: Mapping[str, Any], evaluation: Mapping[str, Any] | None
) -> Sequence[str]:
    found = list(manifest["warnings"])
    losses = manifest["validation_loss"]
    if losses["best"] >= losses["base"]:
        found.append("The loss did not fall: keep what is in service.")
    if losses["last"] > losses["best"] * 1.02:
        found.append("It was learning by heart at the end; the best weights were kept, not these.")
    if manifest["stopped"].startswith("budget"):
        found.append("The budget ended it, not the rows; more time may still help.")
    if evaluation is None:
        return [*found, "Nobody has read an answer yet: evaluate it first."]
    mine = evaluation["measures"][evaluation["adapter"]]
    if mine["support_rate"] < 0.5 and mine["supported"] + mine["quoted"]:
        found.append(
            f"{mine['support_rate']:.0%} of its sentences were supported; the rest were dropped"
            " before a reader saw them, and quotes stood in."
        )
    style = evaluation["style"]
    if style and style["difference"]["low"] < 0 < style["difference"]["high"]:
        found.append("The difference in style is within chance on so few paragraphs.")
    if style and style["noise_floor"] >= style["auc"][evaluation["adapter"]]:
        found.append(
            "On so few paragraphs the publication is told from itself as well as from this adapter;"
            " the figure of style says little. Trust your ear."
        )
    return [*found, "Read the answers above aloud. Would you print them under your name?"]


def _escape(text: str) -> str:
    """Return text that Markdown and HTML show as it is, on one line."""
    return _MARKUP.sub(r"\\\1", " ".join(text.split()))


def _row(first: str, values: Sequence[object]) -> str:
    return "| " + " | ".join([first, *map(str, values)]) + " |"


def _list(items: Sequence[str]) -> str:
    return "\n".join(f"- {item}" for item in items)


def _or_none(value: object) -> object:
    return "none" if value is None else value


def _show_change(losses: Mapping[str, float | None]) -> str:
    before, after = losses["base"], losses["best"]
    if before is None or after is None:
        return "none | none | none"
    return f"{before:.3f} | {after:.3f} | {after - before:+.3f}"
