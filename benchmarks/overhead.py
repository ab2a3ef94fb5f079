"""The whole way of an answer against bare llama.cpp on the very same prompt.

    python benchmarks/overhead.py WORKSPACE [--questions 12]

Per question: seconds to the end of the first sentence that the model writes, and tokens a second
after the first token; once through the assistant (rewrite, retrieve, decide, prompt, checks), once
from llama.cpp alone, in turn, with its prompt cache emptied before each. The ratios are medians of
bare by whole (time) and whole by bare (speed): 1 is no overhead.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median

import psutil

from assistant.config import load_workspace
from assistant.opening import open_assistant
from assistant.records import Message
from assistant.seams import Generator
from assistant.sentences import stream_sentences

OTHER = (Message("user", "Say something else."),)


class Timed:
    """An engine that notes when each of its pieces came."""

    def __init__(self, engine: Generator) -> None:
        self._engine = engine
        self.name = engine.name
        self.prompt: tuple[Message, ...] = ()
        self.most_tokens = 0
        self.pieces: list[tuple[float, str]] = []

    def stream(
        self, messages: Sequence[Message], *, adapter: str | None, max_tokens: int
    ) -> Iterator[str]:
        self.prompt, self.most_tokens, self.pieces = tuple(messages), max_tokens, []
        for piece in self._engine.stream(messages, adapter=adapter, max_tokens=max_tokens):
            self.pieces.append((time.perf_counter(), piece))
            yield piece


def read_times(began: float, pieces: list[tuple[float, str]]) -> tuple[float, float]:
    """Return seconds to the end of the first sentence, and pieces a second after the first."""
    said = ""
    first = pieces[-1][0]
    for at, piece in pieces:
        said += piece
        if len(list(stream_sentences(iter([said])))) > 1:
            first = at
            break
    lasted = pieces[-1][0] - pieces[0][0]
    return first - began, (len(pieces) - 1) / lasted if lasted else 0.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("workspace", type=Path)
    parser.add_argument("--questions", type=int, default=12)
    given = parser.parse_args()
    workspace = load_workspace(given.workspace)
    assistant = open_assistant(workspace, engine="llamacpp")
    lines = (given.workspace / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    rows = []
    for line in lines:
        timed = Timed(assistant.engine)
        for _ in assistant.engine.stream(OTHER, adapter=assistant.promoted, max_tokens=1):
            pass
        began = time.perf_counter()
        for _ in assistant.with_engine(timed).stream(json.loads(line)["question"]):
            pass
        if len(timed.pieces) < 12:
            continue  # refused, or given up at once: there is no speed to compare
        whole = read_times(began, timed.pieces)
        for _ in assistant.engine.stream(OTHER, adapter=assistant.promoted, max_tokens=1):
            pass
        bare: list[tuple[float, str]] = []
        began = time.perf_counter()
        for piece in assistant.engine.stream(
            timed.prompt, adapter=assistant.promoted, max_tokens=len(timed.pieces)
        ):
            bare.append((time.perf_counter(), piece))
        rows.append((whole, read_times(began, bare)))
        if len(rows) == given.questions:
            break
    load = psutil.getloadavg()[0]
    first, speed = ([(whole[part], bare[part]) for whole, bare in rows] for part in (0, 1))
    sys.stdout.write(
        f"{len(rows)} answers, load average {load:.1f}\n"
        f"first sentence: whole {median(w for w, _ in first):.2f} s, bare"
        f" {median(b for _, b in first):.2f} s, ratio {median(b / w for w, b in first):.3f}\n"
        f"tokens/s: whole {median(w for w, _ in speed):.1f}, bare"
        f" {median(b for _, b in speed):.1f}, ratio {median(w / b for w, b in speed):.3f}\n"
    )


if __name__ == "__main__":
    main()
