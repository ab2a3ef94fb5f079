"""Vectors for texts, each text embedded once: a cache by encoder identity and text hash.

The cache is one file per encoder under built/cache/, safe to delete, whole or absent.
"""

from __future__ import annotations

import hashlib
import logging
import time
import zipfile
import zlib
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from assistant.progress import Report, ignore_progress
from assistant.seams import Encoder, Floats

log = logging.getLogger(__name__)

_BATCH = 64  # texts between two reports of progress
_SAVE_EVERY_S = 60.0  # what a killed run loses at most


class EmbeddingCache:
    """Vectors by text for one encoder; the encoder is loaded only when a text is new."""

    def __init__(self, root: Path, identity: str) -> None:
        name = hashlib.sha256(identity.encode()).hexdigest()[:16]
        self._path = root / f"{name}.npz"
        self._vectors: dict[bytes, Floats] = {}
        self.embedded = 0
        if self._path.is_file():
            self._vectors = _read_vectors(self._path)

    def embed(
        self,
        texts: Sequence[str],
        load: Callable[[], Encoder],
        on_progress: Report,
    ) -> Floats:
        """Return (n_texts, dim) float32, unit length; `on_progress` gets (done, new texts)."""
        keys = [_key(text) for text in texts]
        new = {key: text for key, text in zip(keys, texts, strict=True) if key not in self._vectors}
        if new:
            self._embed_new(new, load(), on_progress)
        if not keys:
            return np.zeros((0, load().dim), dtype=np.float32)
        return np.stack([self._vectors[key] for key in keys])

    def _embed_new(self, new: dict[bytes, str], encoder: Encoder, on_progress: Report) -> None:
        # Like lengths together: a batch is padded to its longest.
        ordered = sorted(new.items(), key=lambda entry: len(entry[1]))
        saved = time.monotonic()
        for start in range(0, len(ordered), _BATCH):
            batch = ordered[start : start + _BATCH]
            vectors = encoder.encode([text for _, text in batch])
            self._vectors.update(zip((key for key, _ in batch), vectors, strict=True))
            self.embedded += len(batch)
            on_progress(min(start + _BATCH, len(ordered)), len(ordered))
            if time.monotonic() - saved > _SAVE_EVERY_S:
                self.save()
                saved = time.monotonic()
        self.save()

    def save(self) -> None:
        """Write the cache beside its old self, then rename."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        temporary = self._path.with_name(f".{self._path.name}")
        keys = np.frombuffer(b"".join(self._vectors), dtype=np.uint8).reshape(-1, 16)
        with open(temporary, "wb") as handle:
            np.savez(handle, keys=keys, vectors=np.stack(list(self._vectors.values())))
        temporary.replace(self._path)


class MemoEncoder:
    """The same sentences come back with each removal; embed each once, in large batches."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._known: dict[str, Floats] = {}
        self.identity, self.dim, self.max_tokens = encoder.identity, encoder.dim, encoder.max_tokens
        self.count_tokens = encoder.count_tokens

    def encode(self, texts: Sequence[str]) -> Floats:
        """Return (n_texts, dim) float32, unit length."""
        self.encode_ahead(texts, ignore_progress)
        if not texts:
            return np.zeros((0, self.dim), dtype=np.float32)
        return np.stack([self._known[text] for text in texts])

    def encode_ahead(self, texts: Iterable[str], on_progress: Report) -> None:
        """Embed what is new among `texts`, so that `encode` finds it at hand."""
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        new.sort(key=len)
        for start in range(0, len(new), _BATCH):
            batch = new[start : start + _BATCH]
            self._known.update(zip(batch, self._encoder.encode(batch), strict=True))
            on_progress(min(start + _BATCH, len(new)), len(new))


class StoredEncoder:
    """An encoder whose vectors are kept for the next run."""

    def __init__(self, encoder: Encoder, cache: EmbeddingCache) -> None:
        self._encoder = encoder
        self._cache = cache
        self.identity, self.dim, self.max_tokens = encoder.identity, encoder.dim, encoder.max_tokens
        self.count_tokens = encoder.count_tokens

    def encode(self, texts: Sequence[str]) -> Floats:
        """Return (n_texts, dim) float32, unit length."""
        return self._cache.embed(texts, lambda: self._encoder, ignore_progress)


def _read_vectors(path: Path) -> dict[bytes, Floats]:
    """Return what a cache file holds; nothing where it is damaged, since all can be made again."""
    try:
        with open(path, "rb") as handle, np.load(handle, allow_pickle=False) as stored:
            keys: NDArray[np.uint8] = stored["keys"]
            vectors: Floats = stored["vectors"]
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        log.warning("%s is damaged (%s) and made again", path, error)
        return {}
    return {row.tobytes(): vectors[i] for i, row in enumerate(keys)}


def _key(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()[:16]
