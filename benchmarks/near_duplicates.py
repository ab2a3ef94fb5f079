"""Near-duplicate search: MinHash-LSH then an exact count, against every pair counted exactly.

    python benchmarks/near_duplicates.py [--counts 500 1000 2000 4000]

The texts are 40 sentences each, drawn from the demo's articles; one in five is a worse copy of
another. Two peers count every pair: set by set, as one would write it down (up to 500 texts), and
all at once as a product of sparse matrices. The last column is the share of their pairs that the
search gives too; what it gives is counted exactly, so there is nothing to find beside them.
"""

from __future__ import annotations

import argparse
import random
import re
import time
from itertools import combinations
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix

from ingest.near import MIN_SIMILARITY, find_near, read_shingles, similarity

DEMO = Path(__file__).parents[1] / "data" / "demo" / "articles"
SENTENCES_EACH = 40
MOST_BY_SETS = 500


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--counts", type=int, nargs="+", default=[500, 1000, 2000, 4000])
    counts = parser.parse_args().counts
    list(find_near(make_texts(20)))  # so that no import is timed
    print("| texts | pairs | set by set | sparse product | this search | ratio | found |")
    print("|---|---|---|---|---|---|---|")
    for count in counts:
        texts = make_texts(count)
        exact, product_s = timed(pairs_by_product, texts)
        found, search_s = timed(lambda texts: {pair[:2] for pair in find_near(texts)}, texts)
        slow_s = None
        if count <= MOST_BY_SETS:
            slow, slow_s = timed(pairs_by_sets, texts)
            assert slow == exact, "the two peers differ"
        assert found <= exact, "a pair was given that is none"
        by_sets = f"{slow_s:.1f} s" if slow_s else "-"
        print(
            f"| {count:,} | {len(exact):,} | {by_sets} | {product_s:.2f} s | {search_s:.2f} s"
            f" | {product_s / search_s:.1f} | {len(found) / len(exact):.1%} |"
        )


def timed(function, texts):
    began = time.process_time()
    result = function(texts)
    return result, time.process_time() - began


def pairs_by_sets(texts):
    shingles = [read_shingles(text) for text in texts]
    return {
        (i, j)
        for i, j in combinations(range(len(texts)), 2)
        if similarity(shingles[i], shingles[j]) >= MIN_SIMILARITY
    }


def pairs_by_product(texts):
    shingles = [read_shingles(text) for text in texts]
    sizes = np.array([len(s) for s in shingles])
    _, columns = np.unique(np.concatenate(shingles), return_inverse=True)
    starts = np.concatenate([[0], np.cumsum(sizes)])
    matrix = csr_matrix((np.ones(len(columns), dtype=np.int32), columns, starts))
    shared = (matrix @ matrix.T).tocoo()
    union = sizes[shared.row] + sizes[shared.col] - shared.data
    near = (shared.data >= MIN_SIMILARITY * union) & (shared.row < shared.col)
    return set(zip(shared.row[near].tolist(), shared.col[near].tolist(), strict=True))


def make_texts(count):
    """Return texts of which the last fifth are copies of others, each worse in its own way."""
    draw = random.Random(0)
    pool = [
        sentence
        for path in sorted(DEMO.glob("*.md"))
        for sentence in re.findall(r"[A-Z][^.!?\n]{30,}[.!?]", path.read_text(encoding="utf-8"))
    ]
    n_own = count - count // 5
    texts = [" ".join(draw.sample(pool, SENTENCES_EACH)) for _ in range(n_own)]
    return texts + [worse_copy(draw.choice(texts), pool, draw) for _ in range(count - n_own)]


def worse_copy(text, pool, draw):
    words = text.split()
    way = draw.choice(("words changed", "words around", "end lost"))
    if way == "words changed":
        for place in draw.sample(range(len(words)), len(words) // 20):
            words[place] = "other"
        return " ".join(words)
    if way == "words around":
        return " ".join([*draw.sample(pool, 3), text, *draw.sample(pool, 3)])
    return " ".join(words[: int(len(words) * draw.uniform(0.7, 1))])


if __name__ == "__main__":
    main()
