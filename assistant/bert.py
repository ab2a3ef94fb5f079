"""A BERT sentence encoder in numpy, for a question or a few sentences at a time.

Importing the libraries that load such a model takes fourteen seconds of CPU, a question's vector
ten milliseconds. Reads the kind that the starter is (mean pooling, unit length) and no other; gives
sentence-transformers' vectors to six digits.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from threadpoolctl import ThreadpoolController

from assistant.seams import Floats

if TYPE_CHECKING:
    from tokenizers import Tokenizer

_BATCH = 8  # texts in one pass, one thread's work; more are no faster
_READ = {"model_type": "bert", "hidden_act": "gelu", "position_embedding_type": "absolute"}
_MODULES = ["Transformer", "Pooling", "Normalize"]
_FILES = (
    "config.json", "modules.json", "sentence_bert_config.json", "1_Pooling/config.json",
    "tokenizer.json", "model.safetensors",
)  # fmt: skip


def can_read(folder: Path) -> bool:
    """Whether a sentence-transformers folder holds the one kind of model that is read here."""
    if not all((folder / name).is_file() for name in _FILES):
        return False
    modules = [str(one["type"]).rpartition(".")[2] for one in _read_json(folder / "modules.json")]
    config = _read_json(folder / "config.json")
    pooling = _read_json(folder / "1_Pooling" / "config.json")
    pooled = [name for name, used in pooling.items() if name.startswith("pooling_mode") and used]
    reading = _read_json(folder / "sentence_bert_config.json")
    return (
        modules == _MODULES
        and all(config.get(key, value) == value for key, value in _READ.items())
        and pooled == ["pooling_mode_mean_tokens"]
        and "max_seq_length" in reading
        and not reading.get("do_lower_case")
    )


class BertEncoder:
    """The Encoder seam over a folder that `can_read` accepts."""

    def __init__(self, identity: str, tokenizer: Tokenizer, max_tokens: int, model: _Bert) -> None:
        self.identity = identity
        self.max_tokens = max_tokens
        self.dim = model.dim
        self._tokenizer = tokenizer
        self._model = model
        # Threads that work on one text wait for each other longer than they work.
        self._blas = ThreadpoolController().select(user_api="blas")

    @classmethod
    def open(cls, folder: Path, identity: str) -> Self:
        """Read the weights and the tokenizer."""
        from safetensors.numpy import load_file
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        tokenizer.no_padding()
        tokenizer.no_truncation()
        max_tokens = int(_read_json(folder / "sentence_bert_config.json")["max_seq_length"])
        model = _Bert(load_file(folder / "model.safetensors"), _read_json(folder / "config.json"))
        return cls(identity, tokenizer, max_tokens, model)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Count each text's tokens, special ones included, without cutting."""
        return [len(row.ids) for row in self._tokenizer.encode_batch_fast(list(texts))]

    def encode(self, texts: Sequence[str]) -> Floats:
        """Return (n_texts, dim) float32, unit length."""
        batches = [texts[n : n + _BATCH] for n in range(0, len(texts), _BATCH)]
        with self._blas.limit(limits=1):
            if len(batches) < 2:
                parts = [self._encode_batch(batch) for batch in batches]
            else:
                with ThreadPoolExecutor(os.cpu_count()) as pool:
                    parts = list(pool.map(self._encode_batch, batches))
        return np.concatenate([np.zeros((0, self.dim), dtype=np.float32), *parts])

    def _encode_batch(self, texts: Sequence[str]) -> Floats:
        rows = self._tokenizer.encode_batch_fast(list(texts))
        tokens, starts = self._model.read([self._cut(row.ids) for row in rows])
        vectors: Floats = np.add.reduceat(tokens, starts[:-1], axis=0)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors

    def _cut(self, ids: list[int]) -> list[int]:
        """Keep the first tokens and the mark of the end."""
        return ids if len(ids) <= self.max_tokens else [*ids[: self.max_tokens - 1], ids[-1]]


class _Bert:
    """The layers of arXiv 1810.04805 over texts laid end to end, so that nothing is padded."""

    def __init__(self, tensors: Mapping[str, Floats], config: Mapping[str, Any]) -> None:
        at = "bert." if "bert.embeddings.word_embeddings.weight" in tensors else ""
        self._tensors = {name.removeprefix(at): value for name, value in tensors.items()}
        self._epsilon = float(config["layer_norm_eps"])
        self._heads = int(config["num_attention_heads"])
        self._words = self._tensors["embeddings.word_embeddings.weight"]
        # Every text is one segment, so its vector is part of every position's.
        self._places = (
            self._tensors["embeddings.position_embeddings.weight"]
            + self._tensors["embeddings.token_type_embeddings.weight"][0]
        )
        self._norm = self._make_norm("embeddings.LayerNorm")
        self._layers = [self._make_layer(n) for n in range(int(config["num_hidden_layers"]))]
        self.dim = int(self._words.shape[1])

    def read(self, rows: Sequence[Sequence[int]]) -> tuple[Floats, list[int]]:
        """Return (n_tokens, dim) of all rows end to end, and where each starts, the end last."""
        starts = np.cumsum([0, *map(len, rows)]).tolist()
        places = np.concatenate([np.arange(len(row)) for row in rows])
        x = self._norm(self._words[np.concatenate(rows)] + self._places[places])
        for layer in self._layers:
            x = layer(x, starts)
        return x, starts

    def _make_layer(self, number: int) -> Callable[[Floats, Sequence[int]], Floats]:
        at = f"encoder.layer.{number}."
        mix = self._make_linear(*(f"{at}attention.self.{n}" for n in ("query", "key", "value")))
        join = self._make_linear(f"{at}attention.output.dense")
        join_norm = self._make_norm(f"{at}attention.output.LayerNorm")
        widen = self._make_linear(f"{at}intermediate.dense")
        narrow = self._make_linear(f"{at}output.dense")
        norm = self._make_norm(f"{at}output.LayerNorm")

        def apply(x: Floats, starts: Sequence[int]) -> Floats:
            mixed = mix(x)
            seen = [_attend(mixed[a:b], self._heads) for a, b in pairwise(starts)]
            x = join_norm(join(np.concatenate(seen)) + x)
            return norm(narrow(_gelu(widen(x))) + x)

        return apply

    def _make_linear(self, *names: str) -> Callable[[Floats], Floats]:
        weights = [self._tensors[f"{name}.weight"].T for name in names]
        weight = np.ascontiguousarray(np.concatenate(weights, axis=1))
        bias = np.concatenate([self._tensors[f"{name}.bias"] for name in names])

        def apply(x: Floats) -> Floats:
            y: Floats = x @ weight
            y += bias
            return y

        return apply

    def _make_norm(self, name: str) -> Callable[[Floats], Floats]:
        weight, bias = self._tensors[f"{name}.weight"], self._tensors[f"{name}.bias"]

        def apply(x: Floats) -> Floats:
            x -= x.mean(-1, keepdims=True)
            x /= np.sqrt(np.einsum("ij,ij->i", x, x)[:, None] / x.shape[-1] + self._epsilon)
            x *= weight
            x += bias
            return x

        return apply


def _attend(mixed: Floats, heads: int) -> Floats:
    """Return (n_tokens, dim) of one text from its queries, keys and values (n_tokens, 3 * dim)."""
    n_tokens, width = mixed.shape
    queries, keys, values = mixed.reshape(n_tokens, 3, heads, -1).transpose(1, 2, 0, 3)
    scores = queries @ keys.transpose(0, 2, 1)
    scores *= np.float32(queries.shape[-1] ** -0.5)
    scores -= scores.max(-1, keepdims=True)
    np.exp(scores, out=scores)
    scores /= scores.sum(-1, keepdims=True)
    return np.asarray((scores @ values).transpose(1, 0, 2).reshape(n_tokens, width // 3))


def _gelu(x: Floats) -> Floats:
    from scipy.special import erf

    y: Floats = erf(x * np.float32(0.5**0.5))
    y += 1
    y *= x
    y *= np.float32(0.5)
    return y


def _read_json(path: Path) -> Any:  # noqa: ANN401 - whatever the file holds
    return json.loads(path.read_text(encoding="utf-8"))
