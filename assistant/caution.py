"""The operating points of the decision, each with its two error rates, in an editor's words.

The rates were measured at ingest on the archive's own questions; `doctor` and the report of a
generation say them with the same words. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args

from assistant.generation import Fits
from assistant.settings import RetrievalSettings

POINTS: tuple[str, ...] = get_args(RetrievalSettings.model_fields["caution"].annotation)
HOW_MEASURED = (
    "Measured on the archive\u2019s own questions, some of their words disguised: each asked with"
    " its answer there and with it taken out. Readers\u2019 questions are harder, so expect both"
    " rates to be higher with them."
)
NOT_MEASURED = "not measured: the archive gave too few questions of its own"


@dataclass(frozen=True, slots=True)
class PointRates:
    """What goes wrong at one setting of `retrieval.caution`, as shares (0..1).

    `answered` of the questions whose answer was taken out; `refused` of those whose answer is
    there.
    """

    caution: str
    answered: float
    refused: float


def read_rates(fits: Fits) -> list[PointRates]:
    """Return the rates of every point, the strictest first; nothing where none were measured."""
    measured = fits.report.get("own_questions", {})
    return [
        PointRates(
            point,
            measured[point]["answered_though_taken_out"],
            measured[point]["refused_though_there"],
        )
        for point in POINTS
        if point in measured
    ]


def describe_rates(rates: Sequence[PointRates], chosen: str) -> str:
    """Return one line that says both rates at the chosen point, then at the others."""
    if not rates:
        return f"{chosen}; {NOT_MEASURED}"
    by_name = {rate.caution: rate for rate in rates}
    mine = by_name.pop(chosen)
    others = "".join(
        f"; {name}: {rate.answered:.0%} and {rate.refused:.0%}" for name, rate in by_name.items()
    )
    return (
        f"{chosen}: answers {mine.answered:.0%} of what is not written, refuses"
        f" {mine.refused:.0%} of what is (own questions){others}"
    )
