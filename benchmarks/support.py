"""Support: 200 answers on xquad-en, 60 of them with a wrong sentence planted among the right ones.

    python benchmarks/support.py DATA WORK [--read SENTENCES.md] [--out ANSWERS.jsonl]

A stub engine writes what a plain model would: the sentence of its prompt that is nearest the
question, shortened; in 60 answers a wrong one beside it (number, name, negation, another article).
All else is the path of every answer. Shown sentences are judged by the rule of demo_questions.py,
which shares no code with the verifier.
"""

from __future__ import annotations

import argparse
import json
import random
from collections import Counter
from pathlib import Path
from statistics import median

from assistant.encoder import find_encoder_files, load_encoder
from assistant.gate import clean_sentence
from assistant.lines import answer_row
from assistant.opening import open_assistant
from assistant.settings import ModelSettings
from assistant.text import content_stems, prose_sentences
from benchmarks.demo_questions import is_supported
from benchmarks.public_sets import build, holds, read_files, read_questions
from benchmarks.writers import KINDS, PlantingCopier, Said
from ingest.embed import MemoEncoder

ANSWERS, PLANTED, READ = 200, 60, 40
SEED = 7


def tells(sentences: list[dict], text: str) -> bool:
    """Whether a sentence is among those shown; a copied one is shown whole."""
    clean = clean_sentence(text)[0]
    return any(clean in (s["text"], f"{s['text'][: len(clean) - 1]}.") for s in sentences)


def count_checks(rows: list[tuple[dict, Said]]) -> None:
    planted, caught, lost = Counter(), Counter(), Counter()
    for row, said in rows:
        if said.planted:
            planted[said.kind] += 1
            caught[said.kind] += not tells(row["sentences"], said.planted)
        if not tells(row["sentences"], said.right):
            dropped = [d for d in row["dropped_sentences"] if tells([d], said.right)]
            lost[dropped[0]["reason"] if dropped else "not reached"] += 1
    print(f"wrong sentences caught: {caught.total()} of {planted.total()}")
    for kind in KINDS:
        print(f"  {kind:9} {caught[kind]} of {planted[kind]}")
    print(f"right sentences lost: {lost.total()} of {len(rows)} ({dict(lost)})")


def count_shown(rows: list[tuple[dict, Said]], answers: dict[str, tuple[str, ...]]) -> None:
    shown = [(s, row) for row, _ in rows for s in row["sentences"] if not s["frame"]]
    supported = sum(is_supported(sentence, row) for sentence, row in shown)
    print(f"shown sentences supported, by another rule: {supported} of {len(shown)}")
    clean = [row for row, said in rows if not said.planted]
    texts = [" ".join(s["text"] for s in row["sentences"]) for row in clean]
    held = sum(holds(text, answers[row["id"]]) for text, row in zip(texts, clean, strict=True))
    print(
        f"reference answer in {held} of {len(clean)} unplanted answers, median"
        f" {median(len(text.split()) for text in texts)} words"
    )
    print("modes:", dict(Counter(row["mode"] for row, _ in rows)))


def write_to_read(path: Path, rows: list[tuple[dict, Said]]) -> None:
    """Write a sample of the shown sentences, each with its passage, for a person."""
    shown = [(s, row) for row, _ in rows for s in row["sentences"] if not s["frame"]]
    blocks = []
    for number, (sentence, row) in enumerate(random.Random(SEED).sample(shown, READ), 1):
        passages = {found["passage"]: found for found in row["retrieved"]}
        marks = {c["n"]: c["passage"] for c in row["citations"]}
        cited = [passages[marks[n]] for n in sentence["citations"]]
        sources = "\n\n".join(f"{found['title']}: {found['text']}" for found in cited)
        blocks.append(
            f"## {number} ({sentence['origin']})\n\nQ: {row['question']}\n\n"
            f"**{sentence['text']}**\n\n{sources}\n"
        )
    path.write_text("\n".join(blocks), encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("work", type=Path)
    parser.add_argument("--read", type=Path, help=f"write {READ} shown sentences to read by hand")
    parser.add_argument("--out", type=Path, help="write the answers lines")
    options = parser.parse_args()
    rng = random.Random(SEED)
    encoder = MemoEncoder(load_encoder(find_encoder_files(ModelSettings())))
    questions = read_questions(options.data, "xquad-en")
    files = read_files(options.data, "xquad-en", questions)
    workspace, generation = build(options.work / "xquad-en-200", files, encoder)
    strangers = [
        text
        for passage in rng.sample(generation.passages(), 60)
        for text in prose_sentences(passage.text)
        if len(content_stems(text)) >= 5 and text.endswith(".")
    ]
    plan = [KINDS[n % len(KINDS)] for n in range(PLANTED)] + [""] * (ANSWERS - PLANTED)
    rng.shuffle(plan)
    engine = PlantingCopier(plan, strangers, rng)
    assistant = open_assistant(workspace).with_engine(engine)
    rows: list[tuple[dict, Said]] = []
    asked = 0
    for question in rng.sample(questions, len(questions)):
        if not plan:
            break
        asked += 1
        before = len(engine.said)
        answer = assistant.answer(question.text)
        if len(engine.said) > before:
            rows.append((answer_row(question.id, answer), engine.said[-1]))
    print(f"{asked} questions asked, {asked - len(rows)} refused though answerable")
    count_checks(rows)
    count_shown(rows, {question.id: question.answers for question in questions})
    if options.out:
        lines = [json.dumps({**row, "planted": said.planted}) for row, said in rows]
        options.out.write_text("\n".join(lines) + "\n", encoding="utf-8")
    if options.read:
        write_to_read(options.read, rows)


if __name__ == "__main__":
    main()
