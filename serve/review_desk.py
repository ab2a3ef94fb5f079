"""The rows under review, what was decided about them, and which ones a filter leaves."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from assistant.pair_review import Decision, ReviewRow, Verdict, decide, row_key

ALL = "all"
IN_USE = "in use"


class Desk:
    """The rows under review and what was decided; `save` puts a decision on disk."""

    def __init__(
        self,
        rows: Sequence[ReviewRow],
        decisions: Mapping[str, Decision],
        save: Callable[[Decision], None],
    ) -> None:
        self._rows = rows
        self._decisions = dict(decisions)
        self._save = save

    @property
    def kinds(self) -> list[str]:
        """The kinds that there are, for a filter."""
        return [ALL, *sorted({row.pair.kind.value for row in self._rows})]

    @property
    def reasons(self) -> list[str]:
        """The reasons that there are, for a filter."""
        return [ALL, IN_USE, *sorted({row.reason for row in self._rows if row.reason})]

    def select(self, kind: str, reason: str, undecided: bool) -> list[int]:
        """Return the numbers of the rows that pass the filters."""
        return [
            number
            for number, row in enumerate(self._rows)
            if kind in (ALL, row.pair.kind)
            and reason in (ALL, row.reason or IN_USE)
            and not (undecided and self.decision_of(number))
        ]

    def row(self, number: int) -> ReviewRow:
        """Return a row by its number."""
        return self._rows[number]

    def decision_of(self, number: int) -> Decision | None:
        """Return what was decided about a row."""
        return self._decisions.get(row_key(self._rows[number].pair))

    def decide(self, number: int, verdict: Verdict, reviewer: str, target: str) -> None:
        """Write a decision down; AssistantError where it lacks its reviewer or its text."""
        decision = decide(self._rows[number].pair, verdict, reviewer, target)
        self._save(decision)
        self._decisions[decision.key] = decision
