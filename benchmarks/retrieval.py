"""Retrieval by four methods: BM25 alone, dense alone, reciprocal rank fusion, ours.

    python benchmarks/retrieval.py DATA WORK [--sets xquad-en 18f-blog demo] [--max-tokens 200]

DATA holds the public sets; WORK is a folder for their workspaces. For each set: the gold article
first, among five, mean reciprocal rank up to ten; and how often the reference answer stands in the
first passage and in the first three. The first three methods see the scores that ours is made of.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np

from assistant.encoder import find_encoder_files, load_encoder
from assistant.generation import Generation
from assistant.progress import ignore_progress
from assistant.retrieve import HybridRetriever
from assistant.settings import ModelSettings
from benchmarks.public_sets import Question, build, holds, read_files, read_questions
from ingest.embed import MemoEncoder

METHODS = ("bm25", "dense", "rank fusion", "ours")
DEEP = 1000  # passages of a method's order that are looked at
RRF = 60  # the usual constant (Cormack, Clarke and Buettcher 2009)
ARTICLES = 10


def order_rows(retriever: HybridRetriever, generation: Generation, question: str) -> dict:
    """Return each method's passage rows, best first."""
    scores = retriever.score(question)
    orders = {"bm25": best_first(scores.lexical), "dense": best_first(scores.dense)}
    fused = np.zeros(generation.n_passages)
    for rows in orders.values():
        fused[rows] += 1 / (RRF + 1 + np.arange(len(rows)))
    orders["rank fusion"] = best_first(fused)
    return orders


def best_first(scores: np.ndarray) -> np.ndarray:
    return np.argsort(-scores, kind="stable")[:DEEP]


def rank_of_gold(stems: list[str], question: Question) -> int:
    """Return the place (0 is first) of the first gold article among different articles."""
    places = list(dict.fromkeys(stems))
    return min((places.index(stem) for stem in question.gold if stem in places), default=DEEP)


def measure(
    generation: Generation, questions: list[Question], encoder: MemoEncoder
) -> dict[str, dict[str, float]]:
    retriever = HybridRetriever(generation, encoder)
    encoder.encode_ahead([question.text for question in questions], ignore_progress)
    articles = [Path(article.file).stem for article in generation.articles()]
    stems = [articles[row] for row in generation.passage_article]
    texts = [passage.text for passage in generation.passages()]
    ranks: dict[str, list[int]] = {method: [] for method in METHODS}
    held: dict[str, list[tuple[bool, bool]]] = {method: [] for method in METHODS}
    for question in questions:
        found = retriever.search(question.text, ARTICLES)
        places = [Path(item.article.file).stem for item in found]
        seen = {"ours": (places, [item.passage.text for item in found[:3]])}
        for method, rows in order_rows(retriever, generation, question.text).items():
            seen[method] = ([stems[row] for row in rows], [texts[row] for row in rows[:3]])
        for method, (places, first) in seen.items():
            ranks[method].append(rank_of_gold(places, question))
            holding = [holds(text, question.answers) for text in first]
            held[method].append((any(holding[:1]), any(holding)))
    return {m: summarise(np.array(ranks[m]), np.array(held[m])) for m in METHODS}


def summarise(ranks: np.ndarray, held: np.ndarray) -> dict[str, float]:
    return {
        "R@1": float(np.mean(ranks < 1)),
        "R@5": float(np.mean(ranks < 5)),
        "MRR@10": float(np.mean(np.where(ranks < ARTICLES, 1 / (1 + ranks), 0))),
        "first passage": float(np.mean(held[:, 0])),
        "first three": float(np.mean(held[:, 1])),
    }


def print_table(name: str, generation: Generation, n: int, rows: dict) -> None:
    longest = max(len(passage.text.split()) for passage in generation.passages())
    weight = generation.fits.dense_weight
    print(
        f"\n{name}: {generation.n_articles} articles, {generation.n_passages} passages of at most"
        f" {longest} words, {n} questions, dense weight {weight}"
    )
    columns = list(next(iter(rows.values())))
    print(f"| {'':12} | " + " | ".join(columns) + " |")
    for method, values in rows.items():
        print(f"| {method:12} | " + " | ".join(f"{values[c]:.3f}" for c in columns) + " |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("work", type=Path)
    parser.add_argument("--sets", nargs="+", default=["xquad-en", "18f-blog", "demo"])
    parser.add_argument("--max-tokens", type=int, default=200, help="of a passage")
    parser.add_argument("--json", type=Path, help="write the tables here as well")
    options = parser.parse_args()
    encoder = MemoEncoder(load_encoder(find_encoder_files(ModelSettings())))
    tables = {}
    for name in options.sets:
        questions = [q for q in read_questions(options.data, name) if not q.unanswerable]
        files = read_files(options.data, name, questions)
        _, generation = build(
            options.work / f"{name}-{options.max_tokens}",
            files,
            encoder,
            {"ingest": {"max_tokens": options.max_tokens}},
        )
        tables[name] = measure(generation, questions, encoder)
        print_table(name, generation, len(questions), tables[name])
    if options.json:
        options.json.write_text(json.dumps(tables, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
