"""Finished trials of a sweep, kept on disk until the run is over, so that a kill costs only one.

A trial that was under way is not kept and starts again. Reads and writes one JSON file.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from assistant.commit import hash_json, write_text

log = logging.getLogger(__name__)

FILE = "sweep.json"
Arm = tuple[float, int]  # learning rate, rank


class KeptTrials:
    """The trials in `folder`/sweep.json, where they are of the same `run`; else none."""

    def __init__(self, folder: Path, run: Mapping[str, Any], *, writes: bool = True) -> None:
        self._path = folder / FILE
        self._run = hash_json(dict(run))
        self._writes = writes
        self._losses: dict[tuple[float, int, int], float] = {}
        self._n_steps: int | None = None
        self._read()

    def settle_steps(self, count: Callable[[], int]) -> int:
        """Return the first round's steps of the sweep that was cut off, else what `count` says.

        A budget gives another number each time, and trials of other lengths do not compare.
        """
        if self._n_steps is None:
            self._n_steps = count()
        return self._n_steps

    def recall(self, arm: Arm, n_steps: int, try_arm: Callable[[Arm, int], float]) -> float:
        """Return the kept loss of a trial, else try it and keep what it gave."""
        key = (*arm, n_steps)
        if key in self._losses:
            log.info("rate %g, rank %d, %d steps: kept from before, held-out %.3f",
                     *key, self._losses[key])  # fmt: skip
            return self._losses[key]
        self._losses[key] = try_arm(arm, n_steps)
        if self._writes:
            self._write()
        return self._losses[key]

    def _read(self) -> None:
        if not self._path.is_file():
            return
        try:
            found = json.loads(self._path.read_text(encoding="utf-8"))
            sha256, facts = found["sha256"], found["facts"]
        except (ValueError, TypeError, KeyError):
            sha256, facts = "", None
        if hash_json(facts) != sha256:
            log.warning("%s is not the file that was written; the sweep starts anew", self._path)
        elif facts["run"] != self._run:
            log.warning("the sweep that was cut off had other rows or settings; it starts anew")
        else:
            self._n_steps = facts["n_steps"]
            self._losses = {(rate, rank, n): loss for rate, rank, n, loss in facts["trials"]}

    def _write(self) -> None:
        trials = [[*key, loss] for key, loss in self._losses.items()]
        facts = {"run": self._run, "n_steps": self._n_steps, "trials": trials}
        text = json.dumps({"sha256": hash_json(facts), "facts": facts}, indent=1)
        write_text(self._path, text)


def forget_trials(folder: Path) -> None:
    """Remove what a sweep has kept: its run is over."""
    (folder / FILE).unlink(missing_ok=True)
