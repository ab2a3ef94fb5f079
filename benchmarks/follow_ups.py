"""Follow-ups: how often the right article comes first, asked raw, rewritten, and rewritten by hand.

    python benchmarks/follow_ups.py data/demo [--show] [--part odd|even]

Reads data/demo/follow_ups.jsonl; needs an index and the encoder, no other model. The rules were
worked out looking at the lines with odd numbers; those with even numbers were held out.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from assistant.config import load_workspace
from assistant.encoder import find_encoder_files, load_encoder
from assistant.generation import open_generation
from assistant.records import Message
from assistant.retrieve import HybridRetriever
from assistant.rewrite import rewrite_question

WAYS = ("raw", "rewritten", "by hand")


def questions_of(row: dict) -> dict[str, str]:
    history = [Message(turn["role"], turn["content"]) for turn in row["history"]]
    rewritten = rewrite_question(row["question"], history)
    return dict(zip(WAYS, (row["question"], rewritten, row["gold_question"]), strict=True))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("workspace", type=Path)
    parser.add_argument("--part", choices=("odd", "even"), help="only these lines")
    parser.add_argument("--show", action="store_true", help="list what was not found first")
    options = parser.parse_args()
    workspace = load_workspace(options.workspace)
    files = find_encoder_files(workspace.settings.models)
    generation = open_generation(workspace.index_root, files.identity)
    retriever = HybridRetriever(generation, load_encoder(files))
    lines = (options.workspace / "follow_ups.jsonl").read_text(encoding="utf-8").splitlines()
    for name, rest in (("odd", 1), ("even", 0)):
        rows = [row for row in map(json.loads, lines) if int(row["id"][1:]) % 2 == rest]
        if options.part not in (None, name):
            continue
        hits = dict.fromkeys(WAYS, 0)
        for row in rows:
            for way, question in questions_of(row).items():
                first = Path(retriever.search(question, 1)[0].article.file).stem
                hits[way] += first in row["gold"]
                if options.show and way != "raw" and first not in row["gold"]:
                    print(f"  {row['id']} {way:9} {question} -> {first}")
        counted = ", ".join(f"{way} {n / len(rows):.3f}" for way, n in hits.items())
        print(f"{name} lines ({len(rows)}): R@1 {counted}")


if __name__ == "__main__":
    main()
