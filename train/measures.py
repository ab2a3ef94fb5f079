"""What a list of answers shows, how two lists differ, and whether the candidate is not worse.

Pure: takes answers and numbers, gives numbers and words.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

import numpy as np

from assistant.records import Answer, Origin

_RESAMPLES = 2000
# What a stranger's guess may lose by chance before it counts as another voice; AUC.
STYLE_MARGIN = 0.02


@dataclass(frozen=True, slots=True)
class Measures:
    """What one voice did with the questions.

    `supported` counts answers with model text that a passage supports; `support_rate` is the share
    of the model's sentences that held; `quoted` and `refused` count answers without model text.
    The shares are of all sentences shown but set phrases.
    """

    questions: int
    supported: int
    quoted: int
    refused: int
    support_rate: float
    generated_share: float
    quoted_share: float
    first_text_ms: float
    total_ms: float


def measure(answers: Sequence[Answer]) -> Measures:
    """Count what a list of answers shows."""
    held = [count_own(answer) for answer in answers]
    written = sum(held) + sum(len(answer.dropped_sentences) for answer in answers)
    origins = [s.origin for answer in answers for s in answer.sentences]
    shown = max(1, sum(origin is not Origin.FRAME for origin in origins))
    return Measures(
        questions=len(answers),
        supported=sum(n > 0 for n in held),
        quoted=sum(n == 0 and not a.refused for n, a in zip(held, answers, strict=True)),
        refused=sum(answer.refused for answer in answers),
        support_rate=round(sum(held) / written, 3) if written else 0.0,
        generated_share=round(sum(o is Origin.GENERATED for o in origins) / shown, 3),
        quoted_share=round(sum(o is Origin.QUOTED for o in origins) / shown, 3),
        first_text_ms=round(median(a.timings_ms.get("first_text", 0.0) for a in answers)),
        total_ms=round(median(a.timings_ms["total"] for a in answers)),
    )


def count_own(answer: Answer) -> int:
    """Count the sentences shown that the model wrote, rather than code in its place."""
    return len(own_sentences(answer))


def own_sentences(answer: Answer) -> list[str]:
    """Return the sentences shown that the model wrote; none where code fell back to quoting."""
    if answer.sentences and answer.sentences[0].frame:
        return []
    return [s.text for s in answer.sentences if s.origin is not Origin.FRAME]


def compare(mine: Sequence[Answer], theirs: Sequence[Answer]) -> dict[str, dict[str, float]]:
    """Return mean differences a question, mine less theirs, with paired 95 % intervals."""
    kinds: dict[str, Callable[[Answer], float]] = {
        "supported": lambda answer: float(count_own(answer) > 0),
        "refused": lambda answer: float(answer.refused),
        "dropped_sentences": lambda answer: float(len(answer.dropped_sentences)),
    }
    return {
        kind: resample([value(a) - value(b) for a, b in zip(mine, theirs, strict=True)])
        for kind, value in kinds.items()
    }


def resample(differences: Sequence[float]) -> dict[str, float]:
    """Return the mean of paired differences and its 95 % bootstrap interval."""
    values = np.asarray(differences, dtype=np.float64)
    drawn = np.random.default_rng(0).integers(len(values), size=(_RESAMPLES, len(values)))
    low, high = np.quantile(values[drawn].mean(axis=1), [0.025, 0.975])
    return {
        "value": round(float(values.mean()), 3),
        "low": round(float(low), 3),
        "high": round(float(high), 3),
    }


def weigh_refusals(answers: Sequence[Answer], refused_without: Sequence[bool]) -> dict[str, Any]:
    """Return how often a question was answered, and refused once its article was taken out.

    Their mean is the balanced accuracy; None where no question names the article it is from.
    """
    answered = sum(not answer.refused for answer in answers) / len(answers)
    if not refused_without:
        return {"answered": round(answered, 3), "refused_without": None, "balanced_accuracy": None}
    refused = sum(refused_without) / len(refused_without)
    return {
        "answered": round(answered, 3),
        "refused_without": round(refused, 3),
        "balanced_accuracy": round((answered + refused) / 2, 3),
    }


def judge(report: dict[str, Any]) -> dict[str, Any]:
    """Say whether the candidate is not worse than what it would replace.

    Its novel loss must be below the base's, its supported answers as many as the other's, and its
    style no easier to tell from the publication's than the other's, beyond the margin.
    """
    name, other = report["adapter"], report["against"]
    mine, theirs = (report["measures"][who] for who in (name, other))
    loss = report["validation_loss_novel"]
    known = loss is not None and loss["base"] is not None
    better_loss = known and loss["best"] < loss["base"]
    as_supported = mine["supported"] >= theirs["supported"]
    loss_text = f"{loss['base']:.3f} -> {loss['best']:.3f}" if known else "unknown"
    as_near, style_text = _judge_style(report.get("style"), name, other)
    says = (
        f"held-out loss on novel tokens {loss_text} ({'better' if better_loss else 'not better'});"
        f" supported answers {mine['supported']} of {mine['questions']} against"
        f" {theirs['supported']} with {other} ({'not fewer' if as_supported else 'fewer'});"
        f" {style_text}"
    )
    return {"not_worse": better_loss and as_supported and as_near, "says": says}


def _judge_style(style: dict[str, Any] | None, name: str, other: str) -> tuple[bool, str]:
    if style is None:
        return True, "style not measured, too few held-out paragraphs"
    mine, theirs = style["auc"][name], style["auc"][other]
    as_near = mine <= theirs + STYLE_MARGIN
    word = "nearer" if mine < theirs else "as near" if as_near else "further off"
    return as_near, f"told from the publication at {mine:.2f} against {theirs:.2f} ({word})"
