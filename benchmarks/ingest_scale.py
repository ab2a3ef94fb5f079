"""How ingest grows: generated articles with synthetic vectors, cold and with 1 % changed.

    python benchmarks/ingest_scale.py [--counts 1000 3000 10000]

Each run is a process of its own, so that its peak memory is its own. Vectors come from a hash: the
time is that of reading, cutting, indexing, fitting and checking; an encoder's comes on top.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from assistant.config import Workspace, parse_settings
from ingest.run import ingest_workspace

WORDS_EACH = 600  # in three sections, as the demo's articles
CHANGED = 0.01  # of the articles
DIM = 384


class HashedEncoder:
    """A unit vector from each text's hash: as large as a real one, at no cost worth counting."""

    identity = "hashed@1"
    dim = DIM
    max_tokens = 256

    def count_tokens(self, texts):
        return [len(text.split()) * 4 // 3 for text in texts]

    def encode(self, texts):
        seeds = [int(hashlib.sha256(text.encode()).hexdigest()[:8], 16) for text in texts]
        vectors = [np.random.default_rng(seed).standard_normal(DIM) for seed in seeds]
        rows = np.asarray(vectors, dtype=np.float32).reshape(-1, DIM)
        return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--counts", type=int, nargs="+", default=[1000, 3000, 10000])
    parser.add_argument("--run", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.run:
        print(json.dumps(ingest(options.run)))
        return
    for count in options.counts:
        with tempfile.TemporaryDirectory() as name:
            root = Path(name)
            (root / "articles").mkdir()
            for number in range(count):
                write_article(root, number, edition=0)
            show(count, "cold", run_apart(root))
            for number in range(0, count, int(1 / CHANGED)):
                write_article(root, number, edition=1)
            show(count, "1 % changed", run_apart(root))
            show(count, "unchanged", run_apart(root))


def write_article(root, number, edition):
    vocabulary = [f"{a}{b}" for a in ("bre", "sal", "wat", "oven", "rank") for b in range(800)]
    words = random.Random(number)
    sections = [
        f"## {' '.join(words.choices(vocabulary, k=3))}\n\n{paragraphs(words, vocabulary)}"
        for _ in range(3)
    ]
    title = " ".join(words.choices(vocabulary, k=4)).capitalize()
    text = f"---\ntitle: {title}\ndate: 2026-01-{number % 28 + 1:02d}\n---\n\n"
    text += "\n\n".join(sections) + f"\n\nEdition {edition} of this article.\n"
    (root / "articles" / f"{number:06d}.md").write_text(text, encoding="utf-8")


def paragraphs(words, vocabulary):
    sentences = [
        f"The {words.choice(vocabulary)} is a {' '.join(words.choices(vocabulary, k=16))}."
        for _ in range(WORDS_EACH // 60)
    ]
    return "\n\n".join(" ".join(sentences[start : start + 3]) for start in range(0, 10, 3))


def run_apart(root):
    """Ingest in a process of its own and return its figures."""
    ended = subprocess.run(
        [sys.executable, __file__, "--run", str(root)], capture_output=True, text=True, check=True
    )
    return json.loads(ended.stdout.splitlines()[-1])


def ingest(root):
    raw = {"brand": {"name": "Scale"}, "sources": [{"folder": "articles"}]}
    workspace = Workspace(root, parse_settings(raw, "benchmark"))
    report = ingest_workspace(workspace, only="index", encoder=HashedEncoder())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return {
        "seconds": report["seconds"],
        "passages": report["passages"],
        "embedded": report["embedded"],
        "peak_mb": round(peak / 1e6),
    }


def show(count, what, figures):
    print(json.dumps({"articles": count, "run": what, **figures}), flush=True)


if __name__ == "__main__":
    main()
