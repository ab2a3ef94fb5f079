"""The Encoder seam over the embedding cache: each text is embedded once, ever."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from assistant.seams import Encoder, Floats
from ingest.embed import EmbeddingCache

_NOT_STORED = 4  # new texts in a call, at most


class CachedEncoder:
    """An encoder that looks into built/cache/ first."""

    def __init__(
        self, encoder: Encoder, cache_root: Path, on_progress: Callable[[int, int], None]
    ) -> None:
        self._encoder = encoder
        self._cache = EmbeddingCache(cache_root, encoder.identity)
        self._on_progress = on_progress
        self._known: dict[str, Floats] = {}
        self.identity, self.dim, self.max_tokens = encoder.identity, encoder.dim, encoder.max_tokens

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Count each text's tokens."""
        return self._encoder.count_tokens(texts)

    def encode(self, texts: Sequence[str]) -> Floats:
        """Return (n_texts, dim) float32, unit length, in the texts' order."""
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        # The cache writes its whole file for what is new, so a text or two is not worth storing.
        if len(new) > _NOT_STORED:
            vectors = self._cache.embed(new, lambda: self._encoder, self._on_progress)
            self._known.update(zip(new, vectors, strict=True))
        elif new:
            self._known.update(zip(new, self._encoder.encode(new), strict=True))
        if not texts:
            return np.zeros((0, self.dim), dtype=np.float32)
        return np.stack([self._known[text] for text in texts])
