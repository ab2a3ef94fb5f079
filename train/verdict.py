"""What a person should know before promoting an adapter: one sentence of verdict, and the cautions.

Pure: from the manifest and, where there is one, the evaluation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Facts = Mapping[str, Any]


def tell_verdict(manifest: Facts, evaluation: Facts | None) -> str:
    """Return one sentence: better or not, than what, why, and what to look at before promoting."""
    count = len(find_cautions(manifest, evaluation))
    below = f"the {count} points below" if count > 1 else "the point below"
    if evaluation is None:
        fell = _tell_loss("its held-out loss", manifest["validation_loss"])
        return (
            f"**Not judged yet**: {fell}, which says nothing of its answers; read {below}, then"
            " `masthead adapters promote` asks it held-out questions by itself."
        )
    why = "; ".join(_tell_reasons(manifest, evaluation))
    return f"**{_compare(evaluation)}**: {why}; before promoting, look at {below}."


def find_cautions(manifest: Facts, evaluation: Facts | None) -> Sequence[str]:
    """Return what to look at before promoting, what the run itself said first."""
    found = list(manifest["warnings"])
    losses = manifest["validation_loss"]
    if losses["best"] >= losses["base"]:
        found.append("The loss did not fall: keep what is in service.")
    if manifest["stopped"].startswith("budget"):
        found.append("The budget ended it, not the rows; more time may still help.")
    if evaluation is None:
        return [*found, "Nobody has read an answer yet: evaluate it first."]
    return [
        *found, *_doubt_answers(evaluation), *_doubt_style(evaluation),
        "Read the answers side by side aloud. Would you print them under your name?",
    ]  # fmt: skip


def _compare(evaluation: Facts) -> str:
    """Return the verdict's first words; "better" only where something that was measured is."""
    other = evaluation["against"]
    if not evaluation["not_worse"]:
        return f"Not better than {other}"
    mine, theirs = _pick(evaluation, evaluation["measures"])
    more = mine["supported"] > theirs["supported"]
    if style := evaluation["style"]:
        near, far = _pick(evaluation, style["auc"])
        more = more or near < far
    return f"Better than {other}" if more else f"As good as {other}, no better"


def _tell_reasons(manifest: Facts, evaluation: Facts) -> list[str]:
    other = evaluation["against"]
    mine, theirs = _pick(evaluation, evaluation["measures"])
    said = [
        f"{mine['supported']} of {mine['questions']} held-out questions got a supported"
        f" sentence of its own, copies included, against {theirs['supported']} with {other}"
    ]
    if style := evaluation["style"]:
        near, far = _pick(evaluation, style["auc"])
        way = "nearer to" if near < far else "as near to" if near == far else "further from"
        said.append(f"its style is {way} the publication's ({near:.2f} against {far:.2f})")
    novel = manifest["validation_loss_novel"]
    if novel["base"] is not None and novel["best"] is not None:
        said.append(_tell_loss("the loss on novel words", novel))
    return said


def _tell_loss(what: str, losses: Facts) -> str:
    way = "fell" if losses["best"] < losses["base"] else "did not fall"
    return f"{what} {way} ({losses['base']:.2f} to {losses['best']:.2f})"


def _doubt_answers(evaluation: Facts) -> list[str]:
    mine, _ = _pick(evaluation, evaluation["measures"])
    if mine["support_rate"] >= 0.5 or not mine["supported"] + mine["quoted"]:
        return []
    return [
        f"{mine['support_rate']:.0%} of its sentences were supported; the rest were dropped before"
        " a reader saw them, and quotes stood in."
    ]


def _doubt_style(evaluation: Facts) -> list[str]:
    style, said = evaluation["style"], []
    if style is None:
        return ["The style was not measured: too few held-out paragraphs."]
    if style["difference"]["low"] < 0 < style["difference"]["high"]:
        said.append("The difference in style is within chance on so few paragraphs.")
    if style["noise_floor"] >= style["auc"][evaluation["adapter"]]:
        said.append(
            "On so few paragraphs the publication is told from itself as well as from this adapter;"
            " the figure of style says little. Trust your ear."
        )
    return said


def _pick(evaluation: Facts, by_name: Facts) -> tuple[Any, Any]:
    """Return the adapter's and the other's."""
    return by_name[evaluation["adapter"]], by_name[evaluation["against"]]
