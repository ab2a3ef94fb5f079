"""The Encoder seam over the embedding cache: each text is embedded once, ever."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from assistant.seams import Encoder, Floats
from ingest.embed import EmbeddingCache


class CachedEncoder:
    """An encoder that looks into built/cache/ first."""

    def __init__(
        self, encoder: Encoder, cache_root: Path, on_progress: Callable[[int, int], None]
    ) -> None:
        self._encoder = encoder
        self._cache = EmbeddingCache(cache_root, encoder.identity)
        self._on_progress = on_progress
        self.identity, self.dim, self.max_tokens = encoder.identity, encoder.dim, encoder.max_tokens

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Count each text's tokens."""
        return self._encoder.count_tokens(texts)

    def encode(self, texts: Sequence[str]) -> Floats:
        """Return (n_texts, dim) float32, unit length, in the texts' order."""
        return self._cache.embed(texts, lambda: self._encoder, self._on_progress)
