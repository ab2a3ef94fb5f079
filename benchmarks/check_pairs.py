"""Check a workspace's current snapshot by a second way, which shares no code with the makers.

Leaks between splits (by article, by near-duplicate, by eight words in a row), support of every
answer by the passages of its own prompt, and voice rows free of their target. Prints the figures;
ends with 1 where one of them is not 0.

    python benchmarks/check_pairs.py data/demo
"""

from __future__ import annotations

import json
import re
import sys
from collections import Counter, defaultdict
from pathlib import Path

SPLITS = ("train", "validation", "test", "time_test")
EIGHT = 8
NEAR = 0.8  # Jaccard of 5-character shingles
FRAME_AT_LEAST = 4  # rows of different articles that say a run: then it is a set phrase
SUPPORTED = 0.85  # of a sentence's longer words in its passage, each by its first five letters


def read_rows(root: Path) -> list[dict]:
    pairs = root / "built" / "pairs"
    folder = pairs / (pairs / "CURRENT").read_text().strip()
    rows = []
    for split in SPLITS:
        for line in (folder / f"{split}.jsonl").read_text(encoding="utf-8").splitlines():
            rows.append({**json.loads(line), "split": split})
    return rows


def tokens(text: str) -> list[str]:
    return re.findall(r"[a-z0-9]+", re.sub(r"\[\d+\]", " ", text).lower())


def eights(text: str) -> set[tuple[str, ...]]:
    said = tokens(text)
    return {tuple(said[i : i + EIGHT]) for i in range(len(said) - EIGHT + 1)}


def shingles(text: str) -> frozenset[str]:
    flat = " ".join(tokens(text))
    return frozenset(flat[i : i + 5] for i in range(max(1, len(flat) - 4)))


def own_texts(row: dict) -> list[str]:
    """What is said by this row alone: its question, and its answer or voice target."""
    question, answer = row["messages"][-2]["content"], row["messages"][-1]["content"]
    if row["question_by"].endswith("+lead"):
        question = question.split(". ", 1)[-1]  # the sentence in front is a set phrase
    if row["kind"] == "voice":
        return [question.split("\n", 1)[-1], answer]
    if row["kind"] == "conversation":
        return [answer] if row["article"] else []
    return [question] if row["kind"] == "refusal" else [question, answer]


def find_article_leaks(rows: list[dict]) -> list[str]:
    homes = defaultdict(set)
    for row in rows:
        if row["article"]:
            homes[row["article"]].add(row["split"])
    return [
        f"{article} in {sorted(splits)}" for article, splits in homes.items() if len(splits) > 1
    ]


def find_run_leaks(rows: list[dict]) -> list[str]:
    holders = defaultdict(list)
    for row in rows:
        for run in set().union(*map(eights, own_texts(row))) if own_texts(row) else ():
            holders[run].append(row)
    leaks = []
    for run, found in holders.items():
        articles = {row["article"] for row in found}
        if len({row["split"] for row in found}) > 1 and len(articles) < FRAME_AT_LEAST:
            leaks.append(f"{' '.join(run)}: {', '.join(sorted(row['id'] for row in found))}")
    return leaks


def find_near_duplicates(rows: list[dict]) -> list[str]:
    texts = [(row, text, shingles(text)) for row in rows for text in own_texts(row)]
    texts = [item for item in texts if len(item[2]) > 20]
    postings = defaultdict(list)
    for number, (_, _, marks) in enumerate(texts):
        for mark in sorted(marks)[:: max(1, len(marks) // 12)]:
            postings[mark].append(number)
    tried, leaks = set(), []
    for numbers in postings.values():
        for i, one in enumerate(numbers[:200]):
            for two in numbers[i + 1 : 200]:
                if texts[one][0]["split"] == texts[two][0]["split"] or (one, two) in tried:
                    continue
                tried.add((one, two))
                first, second = texts[one][2], texts[two][2]
                if len(first & second) >= NEAR * len(first | second):
                    leaks.append(f"{texts[one][1][:70]!r} and {texts[two][1][:70]!r}")
    return leaks


def passages_of(row: dict) -> dict[int, str]:
    parts = re.split(r"\n\n\[(\d+)\] ", row["messages"][0]["content"])
    return {int(n): text for n, text in zip(parts[1::2], parts[2::2], strict=True)}


def find_unsupported(rows: list[dict]) -> list[str]:
    faults = []
    for row in rows:
        grounded = row["kind"] in ("answer", "partial") or row["task"] in (
            "follow-up",
            "correction",
            "planted",
        )
        if not grounded:
            continue
        passages = passages_of(row)
        cited = re.findall(r"(.+?) \[(\d+)\](?= |$)", row["messages"][-1]["content"])
        if not cited:
            faults.append(f"{row['id']} cites nothing")
        for sentence, number in cited:
            if reason := judge(sentence, passages.get(int(number), "")):
                faults.append(f"{row['id']} {reason}: {sentence.strip()[:90]}")
    return faults


def judge(sentence: str, passage: str) -> str:
    have = {word[:5] for word in tokens(passage)}
    figures = set(re.findall(r"\d+", sentence)) - set(re.findall(r"\d+", passage))
    if figures:
        return f"figure {sorted(figures)[0]} not in its passage"
    long = [word for word in tokens(sentence) if len(word) > 3]
    held = sum(word[:5] in have for word in long)
    return "" if held >= SUPPORTED * len(long) else f"{held} of {len(long)} words in its passage"


def find_standing_targets(rows: list[dict]) -> list[str]:
    faults = []
    for row in rows:
        if row["kind"] == "voice":
            prompt = "\n".join(m["content"] for m in row["messages"][:-1])
            if shared := eights(row["messages"][-1]["content"]) & eights(prompt):
                faults.append(f"{row['id']}: {' '.join(sorted(shared)[0])}")
    return faults


CHECKS = {
    "articles in two splits": find_article_leaks,
    "runs of 8 words in two splits": find_run_leaks,
    "near-duplicates in two splits": find_near_duplicates,
    "answer sentences not supported": find_unsupported,
    "voice targets in their prompt": find_standing_targets,
}


def main(root: str) -> int:
    rows = read_rows(Path(root))
    ids = Counter(row["id"] for row in rows)
    print(f"{len(rows)} rows, {sum(n - 1 for n in ids.values())} ids twice")
    for split in SPLITS:
        print(f"  {split}: {dict(Counter(r['kind'] for r in rows if r['split'] == split))}")
    failed = 0
    for name, check in CHECKS.items():
        found = check(rows)
        failed += bool(found)
        print(f"{name}: {len(found)}")
        for one in found[:10]:
            print(f"    {one}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "data/demo"))
