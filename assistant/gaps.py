"""What readers ask and do not get: near-equal questions that fell short, as one gap each. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from assistant.text import content_stems

if TYPE_CHECKING:
    from assistant.store.answers import StoredAnswer

# Of the stems of two questions together. Read on demo questions: at 0.5 "cost of merging" and "what
# does merging cost" are one; below it questions that share only their subject run together.
_NEAR = 0.5
_NEAREST = 3  # articles named


@dataclass(frozen=True, slots=True)
class Gap:
    """Questions that ask about the same. `why` counts refused, quoted and down."""

    question: str  # the one asked most, the newest of those
    questions: tuple[str, ...]
    why: dict[str, int]
    n_recent: int
    n_before: int
    last_day: str
    nearest: tuple[dict[str, str], ...]

    @property
    def count(self) -> int:
        """How often it was asked in vain."""
        return sum(self.why.values())

    @property
    def n_unserved(self) -> int:
        """How often it was refused or called not helpful; a quotation may well have served."""
        return self.count - self.why.get("quoted", 0)

    @property
    def trend(self) -> str:
        """More, fewer, new or steady: this half of the time against the one before."""
        if not self.n_before:
            return "new"
        if self.n_recent == self.n_before:
            return "steady"
        return "more" if self.n_recent > self.n_before else "fewer"


def find_gaps(answers: Sequence[StoredAnswer], today: date, days: int) -> list[Gap]:
    """Return the gaps, those most often refused or called not helpful first.

    `days` is the time that the answers cover.
    """
    groups: list[tuple[frozenset[str], list[StoredAnswer]]] = []
    for answer in answers:
        if not answer.fell_short or not answer.question:
            continue
        stems = frozenset(content_stems(answer.question))
        for known, group in groups:
            if is_near(stems, known):
                group.append(answer)
                break
        else:
            groups.append((stems, [answer]))
    middle = (today - timedelta(days=days // 2)).isoformat()
    gaps = [_name_gap(group, middle) for _, group in groups]
    return sorted(gaps, key=lambda gap: (-gap.n_unserved, -gap.count, gap.question))


def is_near(stems: frozenset[str], others: frozenset[str]) -> bool:
    """Whether two questions ask about the same, by the words that carry their sense."""
    if not stems or not others:
        return stems == others
    return len(stems & others) / len(stems | others) >= _NEAR


def _name_gap(group: Sequence[StoredAnswer], middle: str) -> Gap:
    wordings = Counter(answer.question for answer in group)
    newest = {answer.question: at for at, answer in enumerate(group)}
    question = max(wordings, key=lambda q: (wordings[q], newest[q]))
    n_recent = sum(answer.day > middle for answer in group)
    nearest: dict[str, dict[str, str]] = {}
    for found in next((a.found for a in reversed(group) if a.found), ()):
        nearest.setdefault(
            str(found["article"]),
            {key: str(found.get(key) or "") for key in ("article", "title", "url", "file")},
        )
    return Gap(
        question=question,
        questions=tuple(wordings),
        why=dict(Counter(answer.fell_short for answer in group)),
        n_recent=n_recent,
        n_before=len(group) - n_recent,
        last_day=max(answer.day for answer in group),
        nearest=tuple(list(nearest.values())[:_NEAREST]),
    )
