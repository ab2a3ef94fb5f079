"""Follow-ups: how often the right article comes first, asked raw, rewritten, and rewritten by hand.

    python benchmarks/follow_ups.py data/demo [--show] [--part odd|even] [--model]

Reads data/demo/follow_ups.jsonl; needs an index and the encoder, and with --model the base, which
then rewrites each question too. The rules were worked out looking at the lines with odd numbers;
those with even numbers were held out.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from assistant.config import load_workspace
from assistant.encoder import find_encoder_files, load_encoder
from assistant.generation import open_generation
from assistant.opening import open_assistant
from assistant.records import Message
from assistant.retrieve import HybridRetriever
from assistant.rewrite import rewrite_question
from assistant.seams import Generator

ASK = (
    "Rewrite the reader's last question so that it can be understood without the conversation."
    " Keep its meaning. Reply with the question alone."
)
EXAMPLES = (
    ("Q: How long does a rye loaf keep?\nA: Five days in a cloth. [1]\nLast question: and wheat?",
     "How long does a wheat loaf keep?"),
    ("Q: Who runs the night ferry?\nA: The harbour trust does. [1]\nLast question: Since when?",
     "Since when has the harbour trust run the night ferry?"),
)  # fmt: skip
REWRITTEN_TOKENS = 40


def questions_of(row: dict, engine: Generator | None) -> dict[str, str]:
    history = [Message(turn["role"], turn["content"]) for turn in row["history"]]
    ways = {
        "raw": row["question"],
        "rewritten": rewrite_question(row["question"], history),
        "by hand": row["gold_question"],
    }
    if engine:
        ways["by model"] = rewrite_by_model(row["question"], history, engine)
    return ways


def rewrite_by_model(question: str, history: Sequence[Message], engine: Generator) -> str:
    turns = [f"{'Q' if turn.role == 'user' else 'A'}: {turn.content}" for turn in history]
    messages = [Message("system", ASK)]
    for asked, said in EXAMPLES:
        messages += [Message("user", asked), Message("assistant", said)]
    messages.append(Message("user", "\n".join([*turns, f"Last question: {question}"])))
    said = "".join(engine.stream(messages, adapter=None, max_tokens=REWRITTEN_TOKENS))
    return said.strip().splitlines()[0] if said.strip() else question


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("workspace", type=Path)
    parser.add_argument("--part", choices=("odd", "even"), help="only these lines")
    parser.add_argument("--show", action="store_true", help="list what was not found first")
    parser.add_argument("--model", action="store_true", help="let the base rewrite too")
    options = parser.parse_args()
    workspace = load_workspace(options.workspace)
    files = find_encoder_files(workspace.settings.models)
    generation = open_generation(workspace.index_root, files.identity)
    retriever = HybridRetriever(generation, load_encoder(files))
    engine = open_assistant(workspace, adapters=()).engine if options.model else None
    lines = (options.workspace / "follow_ups.jsonl").read_text(encoding="utf-8").splitlines()
    for name, rest in (("odd", 1), ("even", 0)):
        rows = [row for row in map(json.loads, lines) if int(row["id"][1:]) % 2 == rest]
        if options.part not in (None, name):
            continue
        hits: Counter[str] = Counter()
        for row in rows:
            ways = questions_of(row, engine)
            for way, question in ways.items():
                first = Path(retriever.search(question, 1)[0].article.file).stem
                hits[way] += first in row["gold"]
                if options.show and way != "raw" and first not in row["gold"]:
                    print(f"  {row['id']} {way:9} {question} -> {first}")
        counted = ", ".join(f"{way} {hits[way] / len(rows):.3f}" for way in ways)
        print(f"{name} lines ({len(rows)}): R@1 {counted}")


if __name__ == "__main__":
    main()
