"""Use by day, as numbers that charts and tables show. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median, quantiles

from assistant.store.answers import StoredAnswer

MODES = {
    "generated": "written",
    "quoted": "quoted",
    "refused": "refused",
    "catalogue": "listed",
    "": "unfinished",
}


@dataclass(frozen=True, slots=True)
class Usage:
    """One list entry a day, oldest first; None where a day has nothing to measure.

    `support` is the share, in percent, of sentences that a passage held; seconds are of whole
    answers.
    """

    days: list[str]
    chats: list[float]
    modes: dict[str, list[float]]
    thumbs: dict[str, list[float]]
    support: list[float | None]
    typical_s: list[float | None]
    slow_s: list[float | None]
    waited_s: list[float | None]

    @property
    def n_answers(self) -> int:
        """Answers in all, unfinished ones too."""
        return int(sum(map(sum, self.modes.values())))


def count_usage(answers: Sequence[StoredAnswer], today: date, days: int) -> Usage:
    """Return the use of each of the last days, today included."""
    names = [(today - timedelta(days=ago)).isoformat() for ago in range(days - 1, -1, -1)]
    by_day: dict[str, list[StoredAnswer]] = {name: [] for name in names}
    for answer in answers:
        if answer.day in by_day:
            by_day[answer.day].append(answer)
    each = list(by_day.values())
    return Usage(
        days=names,
        chats=[float(len({a.chat for a in found})) for found in each],
        modes={
            word: [float(sum(a.mode == mode for a in found)) for found in each]
            for mode, word in MODES.items()
        },
        thumbs={
            word: [float(sum(a.thumb == thumb for a in found)) for found in each]
            for word, thumb in (("helpful", "up"), ("not helpful", "down"))
        },
        support=[_support(found) for found in each],
        typical_s=[_typical([a.total_ms for a in found if a.mode]) for found in each],
        slow_s=[_slow([a.total_ms for a in found if a.mode]) for found in each],
        waited_s=[_slow([a.waited_ms for a in found if a.mode]) for found in each],
    )


def _support(answers: Sequence[StoredAnswer]) -> float | None:
    shown = sum(origin != "frame" for a in answers for origin in a.origins)
    dropped = sum(a.n_dropped for a in answers)
    return round(100 * shown / (shown + dropped), 1) if shown + dropped else None


def _typical(times_ms: Sequence[float]) -> float | None:
    return round(median(times_ms) / 1000, 2) if times_ms else None


def _slow(times_ms: Sequence[float]) -> float | None:
    """Return the seconds that one in twenty exceeds."""
    if len(times_ms) < 2:
        return _typical(times_ms)
    cut: float = quantiles(times_ms, n=20, method="inclusive")[-1]
    return round(cut / 1000, 2)
