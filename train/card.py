"""The card of an adapter, for the person who decides about it: verdict, cautions, what changed.

Markdown from the manifest, and again with what an evaluation found.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from train.card_evaluation import show_evaluation
from train.card_tables import list_items, side_by_side
from train.sweep import SweepResult
from train.verdict import find_cautions, tell_verdict

CURVE, SWEEP = "loss.png", "sweep.png"


def render_card(manifest: Mapping[str, Any], evaluation: Mapping[str, Any] | None = None) -> str:
    """Return the card as Markdown, in plain words."""
    settings, rows = manifest["settings"], manifest["rows"]
    left_out = f" {rows['too_long']} were too long and left out." if rows["too_long"] else ""
    return f"""# Adapter {manifest["adapter"]}

{tell_verdict(manifest, evaluation)}

## Before promoting

{list_items(find_cautions(manifest, evaluation))}

## What changed

Loss on the kept-apart rows; lower is better. Novel words are those of the answer that do not stand
in the prompt, where copying does not help: there the voice shows.

| | base | this adapter | change |
|---|---|---|---|
| all words | {_show_change(manifest["validation_loss"])} |
| novel words | {_show_change(manifest["validation_loss_novel"])} |

![loss over the steps]({CURVE})
{show_evaluation(evaluation) if evaluation else ""}{_show_samples(manifest.get("samples") or ())}
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
{_show_sweep(manifest.get("sweep") or ())}"""


def _show_samples(samples: Sequence[Mapping[str, str]]) -> str:
    """Return what the fixed held-out prompts got before training and after, beside the article."""
    if not samples:
        return ""
    count = len(samples)
    shown = []
    for number, sample in enumerate(samples, 1):
        voices = {"after": sample["answer"], "the publication": sample["published"]}
        if before := sample.get("before"):  # a short budget has time for one round only
            voices = {"before": before, **voices}
        title = f"{number}. {_shorten(sample['question'])}"
        shown.append(side_by_side(title, voices))
    return (
        f"\n## Before and after on {count} held-out prompts\n\nAlways the same ones; what the"
        " model wrote, not checked.\n" + "".join(shown)
    )


def _show_sweep(trials: Sequence[Mapping[str, Any]]) -> str:
    if not trials:
        return ""
    table = SweepResult.from_rows([dict(trial) for trial in trials]).table
    return f"\n## The rates that were tried\n\n{table}\n\n![loss over the learning rate]({SWEEP})\n"


def _shorten(prompt: str, most: int = 160) -> str:
    """Return the end of a prompt, where the question stands."""
    text = " ".join(re.split(r"\s+", prompt))
    return text if len(text) <= most else f"… {text[-most:]}"


def _show_change(losses: Mapping[str, float | None]) -> str:
    before, after = losses["base"], losses["best"]
    if before is None or after is None:
        return "none | none | none"
    return f"{before:.3f} | {after:.3f} | {after - before:+.3f}"
