"""Which texts are the same text with small differences: MinHash to find them, Jaccard to be sure.

Words of prose and code alike, without markup; a shingle is a run of words. How the numbers were
chosen stands in docs/decisions/030-one-article-once.md.
"""

from __future__ import annotations

import hashlib
import re
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ingest.reading_cache import ReadingCache

SHINGLE_WORDS = 3
MIN_SIMILARITY = 0.7  # Jaccard of the sets of shingles, 0..1
_MIN_SHINGLES = 40  # two short notes share most of their words by chance
_PERMUTATIONS = 64
# Far below the one wanted: of pairs as near as 0.7, bands for 0.6 miss 28 % and these 2 %. What is
# too far is counted exactly and left; see benchmarks/near_duplicates.py.
_LSH_SIMILARITY = 0.5
_WORD = re.compile(r"\w+")
_ADDRESS = re.compile(r"\]\([^()\s]*\)|https?://\S+")

Shingles = NDArray[np.uint32]


def read_shingles(text: str) -> Shingles:
    """Return the sorted distinct hashes of every run of words, (n,) uint32."""
    words = _WORD.findall(_ADDRESS.sub(" ", text).lower())
    codes = np.fromiter((zlib.crc32(w.encode()) for w in words), dtype=np.uint32, count=len(words))
    if len(codes) < SHINGLE_WORDS:
        return np.unique(codes)
    mixed = np.zeros(len(codes) - SHINGLE_WORDS + 1, dtype=np.uint32)
    for offset in range(SHINGLE_WORDS):
        mixed = mixed * np.uint32(0x01000193) + codes[offset : offset + len(mixed)]
    return np.unique(mixed)


def similarity(first: Shingles, second: Shingles) -> float:
    """Return the Jaccard similarity of two sets of shingles (0..1)."""
    shared = len(np.intersect1d(first, second, assume_unique=True))
    return shared / max(len(first) + len(second) - shared, 1)


def make_sketch(text: str) -> list[int]:
    """Return the MinHash of a text's shingles."""
    from datasketch import MinHash

    sketch = MinHash(_PERMUTATIONS, hashfunc=int)
    sketch.update_batch(read_shingles(text))
    return [int(value) for value in sketch.hashvalues]


def find_near(
    texts: Sequence[str], make_sketch: Callable[[str], list[int]] = make_sketch
) -> Iterator[tuple[int, int, float]]:
    """Yield rows (i < j) of nearly the same text and how near they are (0..1).

    Short texts must be the same to count.
    """
    from datasketch import MinHash, MinHashLSH

    lsh = MinHashLSH(threshold=_LSH_SIMILARITY, num_perm=_PERMUTATIONS)
    scheme = MinHash(_PERMUTATIONS).scheme
    for row, text in enumerate(texts):
        values = np.asarray(make_sketch(text))
        sketch = MinHash(_PERMUTATIONS, hashvalues=values, scheme=scheme)
        for other in sorted(lsh.query(sketch)):
            shingles, others = read_shingles(text), read_shingles(texts[other])
            is_short = min(len(shingles), len(others)) < _MIN_SHINGLES
            nearness = similarity(shingles, others)
            if nearness >= (1.0 if is_short else MIN_SIMILARITY):
                yield other, row, nearness
        lsh.insert(row, sketch)


def remember_near(cache_root: Path, texts: Sequence[str]) -> list[tuple[int, int, float]]:
    """Do as `find_near`, reading only texts that are new since the last time."""
    cache = ReadingCache(cache_root, "near")
    digest = b"".join(hashlib.sha256(text.encode()).digest() for text in texts)
    row = cache.remember(digest, lambda: {"pairs": _find_with_stored(cache_root, texts)})
    cache.save()
    return [(one, other, nearness) for one, other, nearness in row["pairs"]]


def _find_with_stored(cache_root: Path, texts: Sequence[str]) -> list[tuple[int, int, float]]:
    stored = ReadingCache(cache_root, "sketches")

    def remember_sketch(text: str) -> list[int]:
        row = stored.remember(text.encode(), lambda: {"sketch": make_sketch(text)})
        return list(row["sketch"])

    pairs = list(find_near(texts, remember_sketch))
    stored.save()
    return pairs
