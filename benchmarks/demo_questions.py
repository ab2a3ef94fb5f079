"""Score answers lines against a questions file: cited, refused, supported, generated, fast.

    masthead ask data/demo --questions data/demo/questions.jsonl --out base.jsonl --adapter base
    python benchmarks/demo_questions.py data/demo/questions.jsonl base.jsonl [MORE.jsonl] [--show]

Support is judged again here by a plainer rule than the server's: nine in ten of a shown sentence's
words of four letters or more, and all its numbers, stand in one of the passages it cites.
"""

from __future__ import annotations

import argparse
import json
import re
from collections import Counter
from pathlib import Path
from statistics import median, quantiles


def read_lines(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def stems_of(rows: list[dict]) -> set[str]:
    return {Path(row["file"]).stem for row in rows}


def is_supported(sentence: dict, answer: dict) -> bool:
    text = {c["n"]: c["passage"] for c in answer["citations"]}
    passages = {f["passage"]: f for f in answer["retrieved"]}
    long_words = re.findall(r"[a-z]{4,}", sentence["text"].lower())
    numbers = re.findall(r"\d+(?:\.\d+)?", sentence["text"])
    for n in sentence["citations"]:
        found = passages[text[n]]
        body = " ".join([found["title"], *found["headings"], found["text"]]).lower()
        held = sum(word[:5] in body for word in long_words)
        if held >= 0.9 * len(long_words) and all(number in body for number in numbers):
            return True
    return False


def score(questions: dict[str, dict], answers: list[dict], *, show: bool) -> None:
    count: Counter[str] = Counter()
    for answer in answers:
        question = questions[answer["id"]]
        shown = [s for s in answer["sentences"] if not s["frame"]]
        count["sentences"] += len(shown)
        count["supported"] += sum(is_supported(s, answer) for s in shown)
        if question.get("unanswerable"):
            count["refused_right"] += answer["refused"]
            wrong = not answer["refused"]
        else:
            gold = set(question["gold"])
            cited = not answer["refused"] and bool(gold & stems_of(answer["citations"]))
            count["first"] += Path(answer["retrieved"][0]["file"]).stem in gold
            count["cited"] += cited
            count["refused_wrong"] += answer["refused"]
            count["generated"] += any(s["origin"] == "generated" for s in shown)
            count["quoted"] += bool(shown) and all(s["origin"] == "quoted" for s in shown)
            wrong = not cited
        if show and wrong:
            print(f"  {answer['id']} {answer['answerable_score']:.2f} {question['question']}")
    n_answerable = sum(not q.get("unanswerable") for q in questions.values())
    n_not = len(questions) - n_answerable
    print(
        f"right article cited {count['cited']} of {n_answerable}; retrieved first {count['first']};"
        f" refused though there {count['refused_wrong']};"
        f" refused {count['refused_right']} of {n_not} that are not there\n"
        f"generated text shown for {count['generated']}, quoted only for {count['quoted']};"
        f" sentences supported {count['supported']} of {count['sentences']}"
    )
    written = [a["timings_ms"] for a in answers if not a["refused"]]
    for key in ("retrieve", "decide", "first_text", "generate", "verify", "total"):
        values = [t[key] for t in written if key in t]
        if len(values) > 1:
            slow = quantiles(values, n=20)[-1]
            print(f"  {key:10} median {median(values):7.0f} ms, p95 {slow:7.0f} ms")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("questions", type=Path)
    parser.add_argument("answers", type=Path, nargs="+")
    parser.add_argument("--show", action="store_true", help="list what went wrong")
    options = parser.parse_args()
    questions = {row["id"]: row for row in read_lines(options.questions)}
    for path in options.answers:
        print(path)
        score(questions, read_lines(path), show=options.show)


if __name__ == "__main__":
    main()
