"""How long the steps of an answer take, and retrieval in an archive of 100,000 passages.

    masthead ask DIR --questions FILE.jsonl --out ANSWERS.jsonl
    python benchmarks/latency.py answers ANSWERS.jsonl
    python benchmarks/latency.py scale WORK [--passages 100000]

`scale` writes a generation of made-up words (as frequent as words are: Zipf's law) and random
vectors through the code that ingest uses, then opens it in a process of its own as an assistant
does; the starter's encoder reads the demo's questions beside made-up ones for the words.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import psutil

from assistant.commit import building, number_name, point_current, publish, write_text
from assistant.decide import load_prior
from assistant.encoder import find_encoder_files, load_encoder
from assistant.generation import FITS, Fits, fits_to_json, open_generation
from assistant.records import Article, Passage
from assistant.retrieve import find_passages, score_passages
from assistant.settings import ModelSettings
from benchmarks.public_sets import read_questions
from ingest.index import IndexParts, write_index

STEPS = ("rewrite", "retrieve", "decide", "first_text", "generate", "verify", "total")
WORDS, VOCABULARY, PER_ARTICLE, DIM = 100, 60_000, 6, 384
QUESTIONS = 100
SEED = 7


def show(name: str, milliseconds: Iterable[float]) -> None:
    values = np.array(list(milliseconds))
    if len(values):
        p50, p95 = np.percentile(values, [50, 95])
        print(f"  {name:12} p50 {p50:8.1f} ms  p95 {p95:8.1f} ms  ({len(values)} questions)")


def report_answers(path: Path) -> None:
    answers = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    for name, chosen in (
        ("all", answers),
        ("answered", [a for a in answers if not a["refused"]]),
        ("refused", [a for a in answers if a["refused"]]),
    ):
        print(f"{name}: {len(chosen)}")
        for step in STEPS:
            show(step, (a["timings_ms"][step] for a in chosen if step in a["timings_ms"]))


def batched(items: Sequence, size: int) -> Iterator[Sequence]:
    return (items[start : start + size] for start in range(0, len(items), size))


def make_words(rng: np.random.Generator, count: int) -> list[str]:
    """Return made-up words; a few hundred of them make up half of the text, as in prose."""
    drawn = rng.zipf(1.15, size=count * 2)
    ranks = drawn[drawn <= VOCABULARY][:count]
    return [f"w{rank:x}q" for rank in ranks]


def write_scale(root: Path, n_passages: int) -> None:
    rng = np.random.default_rng(SEED)
    text = make_words(rng, n_passages * WORDS)
    texts = [" ".join(part) for part in batched(text, WORDS)]
    articles, passages = [], []
    for number, rows in enumerate(batched(range(len(texts)), PER_ARTICLE)):
        body = "\n\n".join(texts[row] for row in rows)
        articles.append(Article(f"a{number}", " ".join(make_words(rng, 5)), body, f"{number}.md"))
        passages += [Passage(f"p{row}", f"a{number}", texts[row]) for row in rows]
    vectors = rng.standard_normal((len(passages), DIM), dtype=np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    model, weight = load_prior()
    with building(root, number_name(1)) as folder:
        owner = np.arange(len(passages), dtype=np.int32)
        write_index(folder, IndexParts(articles, passages, vectors, owner, []))
        write_text(folder / FITS, fits_to_json(Fits(weight, model, {})))
        publish(folder, number_name(1), {"kind": "index", "encoder": "synthetic"})
    point_current(root, number_name(1))


def measure_scale(root: Path) -> None:
    process = psutil.Process()

    def state(since: float) -> str:
        spent = time.perf_counter() - since
        return f"{spent:.2f} s, {process.memory_info().rss / 1e6:.0f} MB resident"

    encoder = load_encoder(find_encoder_files(ModelSettings()))
    encoder.encode(["warm"])
    print(f"before: {state(time.perf_counter())}")
    began = time.perf_counter()
    generation = open_generation(root)
    print(f"open, every file read against its hash: {state(began)}")
    began = time.perf_counter()
    generation.load()
    print(f"load vectors, words and fits: {state(began)}")
    rng = np.random.default_rng(SEED + 1)
    steps: dict[str, list[float]] = {"encode": [], "score": [], "find": [], "retrieve": []}
    asked = [question.text for question in read_questions(Path(), "demo")]
    for number in range(QUESTIONS + 5):
        question = " ".join(make_words(rng, 12))  # words that the passages have
        marks = [time.perf_counter()]
        vector = encoder.encode([asked[number % len(asked)]])[0]
        marks.append(time.perf_counter())
        scores = score_passages(generation, question, vector)
        marks.append(time.perf_counter())
        find_passages(generation, scores, 10)
        marks.append(time.perf_counter())
        spent = np.diff(marks) * 1000
        for step, value in zip(steps, [*spent, spent.sum()], strict=True):
            steps[step].append(value)
    for step, values in steps.items():
        show(step, values[5:])
    print(f"after {QUESTIONS} questions: {process.memory_info().rss / 1e6:.0f} MB resident")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("part", choices=["answers", "scale", "open"])
    parser.add_argument("path", type=Path)
    parser.add_argument("--passages", type=int, default=100_000)
    options = parser.parse_args()
    if options.part == "answers":
        report_answers(options.path)
    elif options.part == "open":
        measure_scale(options.path)
    else:
        root = options.path / f"scale-{options.passages}"
        if not (root / "CURRENT").is_file():
            write_scale(root, options.passages)
        subprocess.run([sys.executable, __file__, "open", str(root)], check=True)


if __name__ == "__main__":
    main()
