"""Every change of the promoted adapter, one JSON line each, in adapters/log.jsonl.

CURRENT is the truth. A change is written down before the swap, so a kill between the swap and the
log line loses neither: the next reader sees it, the next writer completes it.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from assistant.commit import point_current, read_current, write_text
from assistant.errors import IndexMismatch

LOG = "log.jsonl"
_PENDING = ".pending.json"


@dataclass(frozen=True, slots=True)
class Change:
    """One line of the log; an empty name stands for the base alone.

    `evaluated` says whether the adapter put into use had been asked held-out questions by then.
    """

    action: str
    before: str
    after: str
    who: str
    why: str
    at: str
    evaluated: bool = False


class ChangeLog:
    """The log beside CURRENT; writing needs the caller's writer lock."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def read(self) -> list[Change]:
        """Return every change that took place, oldest first."""
        done = self._read_done()
        pending = self._read_pending()
        if pending is None or not self._happened(pending) or done[-1:] == [pending]:
            return done
        return [*done, pending]

    def apply(self, change: Change) -> None:
        """Swap CURRENT to `change.after` and log it; also completes one that was cut short."""
        self._finish()
        write_text(self._root / _PENDING, json.dumps(asdict(change)))
        point_current(self._root, change.after or None)
        self._finish()

    def _finish(self) -> None:
        changes = self.read()
        if changes != self._read_done():
            lines = [json.dumps(asdict(change), ensure_ascii=False) for change in changes]
            write_text(self._root / LOG, "\n".join(lines) + "\n")
        (self._root / _PENDING).unlink(missing_ok=True)

    def _happened(self, change: Change) -> bool:
        return (read_current(self._root) or "") == change.after

    def _read_done(self) -> list[Change]:
        path = self._root / LOG
        if not path.exists():
            return []
        return [self._parse(line, path) for line in path.read_text(encoding="utf-8").splitlines()]

    def _read_pending(self) -> Change | None:
        path = self._root / _PENDING
        return self._parse(path.read_text(encoding="utf-8"), path) if path.exists() else None

    def _parse(self, line: str, path: Path) -> Change:
        try:
            return Change(**json.loads(line))
        except (ValueError, TypeError) as error:
            raise IndexMismatch(
                f"{path} is damaged ({error}); put back a copy or move it away"
            ) from error
