"""BM25's two parameters: right article first, by BM25 alone and in our sum.

    python benchmarks/bm25.py DATA WORK [--sets xquad-en 18f-blog demo]

DATA and WORK as in retrieval.py, whose workspaces are used where they are there. The sum keeps the
weight that `ingest` fitted with the parameters in use.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from assistant.encoder import find_encoder_files, load_encoder
from assistant.lexical import K1, B, LexicalIndex
from assistant.passage_text import prefixed_text
from assistant.progress import ignore_progress
from assistant.retrieve import fuse
from assistant.settings import ModelSettings
from benchmarks.public_sets import Question, build, read_files, read_questions
from benchmarks.retrieval import DEEP, best_first, rank_of_gold
from ingest.embed import MemoEncoder

# The values in use, bm25s's own, those of Robertson's papers, and what lies between.
TRIED = ((K1, B), (1.5, 0.75), (1.2, 0.75), (1.2, 0.4), (0.9, 0.75), (0.6, 0.4), (0.9, 0.2))


def measure(generation, questions: list[Question], encoder: MemoEncoder) -> None:
    titles = [article.title for article in generation.articles()]
    stems = [Path(article.file).stem for article in generation.articles()]
    rows = generation.passage_article
    texts = [
        prefixed_text(titles[row], passage.headings, passage.text)
        for row, passage in zip(rows, generation.passages(), strict=True)
    ]
    encoder.encode_ahead([question.text for question in questions], ignore_progress)
    vectors = encoder.encode([question.text for question in questions])
    everything = np.arange(generation.n_passages)
    dense = [generation.dense_scores(vector, also=everything) for vector in vectors]
    for k1, b in TRIED:
        index = LexicalIndex.build(texts, k1=k1, b=b)
        ranks: dict[str, list[int]] = {"alone": [], "in the sum": []}
        for question, near in zip(questions, dense, strict=True):
            lexical = index.scores(question.text)
            fused = fuse(near, lexical, generation.fits.dense_weight)
            for way, scores in (("alone", lexical), ("in the sum", fused)):
                order = [stems[rows[row]] for row in best_first(scores)[:DEEP]]
                ranks[way].append(rank_of_gold(order, question))
        said = ", ".join(
            f"{way} R@1 {np.mean(np.array(r) < 1):.3f} MRR@10"
            f" {np.mean([1 / (1 + place) if place < 10 else 0 for place in r]):.3f}"
            for way, r in ranks.items()
        )
        print(f"  k1 {k1} b {b}: {said}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("work", type=Path)
    parser.add_argument("--sets", nargs="+", default=["xquad-en", "18f-blog", "demo"])
    options = parser.parse_args()
    encoder = MemoEncoder(load_encoder(find_encoder_files(ModelSettings())))
    for name in options.sets:
        questions = [q for q in read_questions(options.data, name) if not q.unanswerable]
        files = read_files(options.data, name, questions)
        folder = options.work / f"{name}-200"
        _, generation = build(folder, files, encoder, {"ingest": {"max_tokens": 200}})
        print(f"{name}: {len(questions)} questions")
        measure(generation, questions, encoder)


if __name__ == "__main__":
    main()
