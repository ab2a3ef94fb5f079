"""The whole way of an answer against bare llama.cpp on the very same prompt.

    python benchmarks/overhead.py WORKSPACE [--questions 12]

Per question: seconds to the end of the first sentence that the model writes, and tokens a second
after the first token; once through the assistant (rewrite, retrieve, decide, prompt, checks), once
from a llama.cpp server of its own on the same file, asked with the prompt's tokens and nothing of
ours between, in turn, with their prompt caches emptied before each. Both write with the base model.
The ratios are medians of bare by whole (time) and whole by bare (speed): 1 is no overhead.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import psutil

from assistant.answer import Assistant
from assistant.config import load_workspace
from assistant.opening import open_assistant
from assistant.records import Message
from assistant.seams import Generator
from assistant.sentences import stream_sentences
from assistant.starter import SERVING_FILE, prepare_serving

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


class Bare:
    """llama.cpp with what the starter is served with, and nothing around it."""

    def __init__(self, assistant: Assistant) -> None:
        import xllamacpp

        settings = assistant.settings
        params = xllamacpp.CommonParams()
        params.model.path = str(prepare_serving() / SERVING_FILE)
        params.n_ctx = settings.retrieval.prompt_tokens + 2 * settings.retrieval.answer_tokens
        params.n_parallel, params.verbosity = 1, -1
        threads = settings.serve.threads or psutil.cpu_count(logical=False) or 1
        params.cpuparams.n_threads = params.cpuparams_batch.n_threads = threads
        self._server = xllamacpp.Server(params)

    def write(self, ids: list[int], most_tokens: int) -> list[tuple[float, str]]:
        """Return when each piece came, and the piece."""
        pieces: list[tuple[float, str]] = []

        def receive(chunk: dict[str, Any]) -> bool:
            if text := (chunk.get("choices") or [{}])[0].get("text"):
                pieces.append((time.perf_counter(), text))
            return False

        body = {"prompt": ids, "n_predict": most_tokens, "temperature": 0.0, "stream": True,
                "cache_prompt": False}  # fmt: skip
        self._server.handle_completions(body, receive)
        return pieces


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
    assistant = open_assistant(workspace, engine="llamacpp", adapters=("base",))
    bare = Bare(assistant)
    lines = (given.workspace / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    rows = []
    for line in lines:
        timed = Timed(assistant.engine)
        for _ in assistant.engine.stream(OTHER, adapter=None, max_tokens=1):
            pass
        began = time.perf_counter()
        whole_answer = assistant.with_engine(timed).stream(
            json.loads(line)["question"], adapter="base"
        )
        for _ in whole_answer:
            pass
        if len(timed.pieces) < 12:
            continue  # refused, or given up at once: there is no speed to compare
        whole = read_times(began, timed.pieces)
        ids = assistant.tokenizer.render(timed.prompt)
        began = time.perf_counter()
        alone = bare.write(ids, len(timed.pieces))
        rows.append((whole, read_times(began, alone)))
        if len(rows) == given.questions:
            break
    load = psutil.getloadavg()[0]
    first, speed = ([(ours[part], theirs[part]) for ours, theirs in rows] for part in (0, 1))
    sys.stdout.write(
        f"{len(rows)} answers, load average {load:.1f}\n"
        f"first sentence: whole {median(w for w, _ in first):.2f} s, bare"
        f" {median(b for _, b in first):.2f} s, ratio {median(b / w for w, b in first):.3f}\n"
        f"tokens/s: whole {median(w for w, _ in speed):.1f}, bare"
        f" {median(b for _, b in speed):.1f}, ratio {median(w / b for w, b in speed):.3f}\n"
    )


if __name__ == "__main__":
    main()
