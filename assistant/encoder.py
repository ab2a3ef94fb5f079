"""The sentence encoder: texts in, unit vectors out.

Finds the starter encoder or a pinned hub model; checks a folder's modules before loading, since
sentence-transformers imports what modules.json names. A few texts are read by `bert` where it can.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from assistant.bert import BertEncoder, can_read
from assistant.commit import hash_file
from assistant.errors import ModelMissing
from assistant.hub_files import fetch_model
from assistant.seams import Encoder, Floats
from assistant.settings import ModelSettings
from assistant.starter import ENCODER_ID, ENCODER_SHA256, find_encoder

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

_ALLOWED_MODULES = {"Transformer", "Pooling", "Normalize", "Dense"}
_BATCH = 32
_MANY = 64  # texts in one call; from here on loading sentence-transformers pays for itself
# What a model was made for, where that is few languages; of others nothing is claimed.
_MADE_FOR = {ENCODER_ID: ("en",)}


class SentenceEncoder:
    """A loaded sentence-transformers model as the Encoder seam."""

    def __init__(self, model: SentenceTransformer, identity: str) -> None:
        self._model = model
        self._identity = identity

    @property
    def identity(self) -> str:
        """Model and weights' hash."""
        return self._identity

    @property
    def dim(self) -> int:
        """Length of a vector."""
        return int(self._model.get_embedding_dimension() or 0)

    @property
    def max_tokens(self) -> int:
        """How many tokens of a text are read."""
        return int(self._model.max_seq_length or 512)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Count each text's tokens, special ones included, without cutting."""
        if not texts:
            return []
        rows = self._model.tokenizer(list(texts), truncation=False, verbose=False)["input_ids"]
        return [len(row) for row in rows]

    def encode(self, texts: Sequence[str]) -> Floats:
        """Return (n_texts, dim) float32, unit length."""
        if not texts:
            return np.zeros((0, self.dim), dtype=np.float32)
        vectors = self._model.encode(
            list(texts),
            batch_size=_BATCH,
            normalize_embeddings=True,
            convert_to_numpy=True,
            show_progress_bar=False,
        )
        return np.asarray(vectors, dtype=np.float32)


class EncoderBySize:
    """Few texts by a quick reader, many by another of the same model that takes long to load."""

    def __init__(self, quick: Encoder, load_thorough: Callable[[], Encoder]) -> None:
        self._quick = quick
        self._load_thorough = cache(load_thorough)
        self.identity, self.dim, self.max_tokens = quick.identity, quick.dim, quick.max_tokens
        self.count_tokens = quick.count_tokens

    def encode(self, texts: Sequence[str]) -> Floats:
        """Return (n_texts, dim) float32, unit length."""
        encoder = self._quick if len(texts) < _MANY else self._load_thorough()
        return encoder.encode(texts)


@dataclass(frozen=True, slots=True)
class EncoderFiles:
    """Where an encoder lies, and its name and weights' hash; knowing them loads no weights."""

    folder: Path
    identity: str


def find_encoder_files(settings: ModelSettings) -> EncoderFiles:
    """Find (or fetch) the encoder that the settings name; ModelMissing says what to do."""
    if settings.encoder == "starter":
        folder = find_encoder()
        _check_modules(folder)
        identity = f"{ENCODER_ID}@{ENCODER_SHA256['model.safetensors'][:16]}"
    else:
        folder = fetch_model("encoder", settings.encoder, settings.encoder_revision)
        _check_modules(folder)
        identity = f"{settings.encoder}@{settings.encoder_revision or _hash_weights(folder)}"
    return EncoderFiles(folder, identity)


def encoder_languages(identity: str) -> tuple[str, ...]:
    """Return the languages that an encoder was made for, nothing where that is not known."""
    return _MADE_FOR.get(identity.split("@")[0], ())


def load_encoder(files: EncoderFiles) -> Encoder:
    """Load the weights; what takes seconds to import is loaded when many texts are to be read."""
    if can_read(files.folder):
        quick = BertEncoder.open(files.folder, files.identity)
        return EncoderBySize(quick, lambda: load_sentence_transformer(files))
    return load_sentence_transformer(files)


def load_sentence_transformer(files: EncoderFiles) -> SentenceEncoder:
    """Load the weights by sentence-transformers; takes seconds, the import of torch included."""
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(files.folder), device=pick_device(), trust_remote_code=False)
    return SentenceEncoder(model, files.identity)


def load_counter(files: EncoderFiles) -> Callable[[Sequence[str]], list[int]]:
    """Return a function that counts tokens as the encoder would, without loading it."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(files.folder / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()

    def count_tokens(texts: Sequence[str]) -> list[int]:
        return [len(row.ids) for row in tokenizer.encode_batch_fast(list(texts))]

    return count_tokens


def _check_modules(folder: Path) -> None:
    path = folder / "modules.json"
    if not path.is_file():
        raise ModelMissing(f"{folder} has no modules.json; it is not a sentence-transformers model")
    for module in json.loads(path.read_text(encoding="utf-8")):
        kind = str(module.get("type", ""))
        owner, _, name = kind.rpartition(".")
        if not owner.startswith("sentence_transformers.") or name not in _ALLOWED_MODULES:
            raise ModelMissing(f"{path} asks to load {kind!r}, which is not allowed; use another")


def _hash_weights(folder: Path) -> str:
    weights = sorted(folder.glob("*.safetensors"))
    if not weights:
        raise ModelMissing(f"{folder} holds no safetensors weights; convert the model first")
    return "-".join(hash_file(path)[:16] for path in weights)


def pick_device() -> str:
    """Return torch's name of where models run: the GPU where there is one."""
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"
