"""A cross-encoder from a hub reads two texts together: a reranker, or an NLI model.

Both are off by default. A reranker puts the passages found in order; an NLI model must find that
a passage entails a sentence of the model's own before it is shown, after every other check.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from assistant.encoder import pick_device
from assistant.errors import ModelMissing
from assistant.hub_files import fetch_model
from assistant.reading import label_of
from assistant.records import Found
from assistant.seams import Floats, PairScorer
from assistant.settings import ModelSettings

if TYPE_CHECKING:
    from sentence_transformers import CrossEncoder

_RERANKED = 20  # passages; the rest keep their place
_ENTAILS = 0.5  # the least probability that a passage says what a sentence says


@dataclass(frozen=True, slots=True)
class SecondReaders:
    """The optional models; None where the settings name none."""

    reranker: PairScorer | None = None
    nli: PairScorer | None = None

    def rerank(self, question: str, found: Sequence[Found]) -> list[Found]:
        """Return `found` (best first) in the reranker's order.

        The scores stay where they are, since the decision was fitted on them: the passage that
        is now first has the score of the one that was.
        """
        if self.reranker is None or not found:
            return list(found)
        read, rest = found[:_RERANKED], found[_RERANKED:]
        scores = self.reranker.score([(question, _with_label(item)) for item in read])
        order = np.argsort(-scores, kind="stable")
        ranked = [replace(read[i], score=read[at].score) for at, i in enumerate(order)]
        return [*ranked, *rest]

    def entails(self, item: Found, sentence: str) -> bool:
        """Whether a passage says what a sentence says; yes where no NLI model is set."""
        if self.nli is None:
            return True
        return float(self.nli.score([(_with_label(item), sentence)])[0]) >= _ENTAILS


NO_SECOND_READERS = SecondReaders()


class CrossEncoderScorer:
    """A loaded sentence-transformers CrossEncoder as the PairScorer seam."""

    def __init__(self, model: CrossEncoder, column: int | None) -> None:
        self._model = model
        self._column = column

    def score(self, pairs: Sequence[tuple[str, str]]) -> Floats:
        """Return (n_pairs,) float32: the one score, or the probability of the wanted class."""
        if not pairs:
            return np.zeros(0, dtype=np.float32)
        apply_softmax = self._column is not None
        scores = self._model.predict(
            list(pairs), apply_softmax=apply_softmax, show_progress_bar=False
        )
        chosen = scores if self._column is None else scores[:, self._column]
        return np.asarray(chosen, dtype=np.float32).reshape(-1)


def load_second_readers(models: ModelSettings) -> SecondReaders:
    """Load what `models.reranker` and `models.nli` name; ModelMissing says what does not serve."""
    reranker = nli = None
    if models.reranker:
        reranker = _load("reranker", models.reranker, models.reranker_revision, n_labels=1)
    if models.nli:
        nli = _load("nli", models.nli, models.nli_revision, n_labels=3)
    return SecondReaders(reranker, nli)


def _load(key: str, name: str, revision: str, *, n_labels: int) -> CrossEncoderScorer:
    folder = fetch_model(key, name, revision)
    labels = _read_labels(folder / "config.json", key)
    if len(labels) != n_labels:
        wanted = "one score" if n_labels == 1 else "three classes, one of them entailment"
        raise ModelMissing(f"models.{key}: {name} gives {len(labels)} of them, not {wanted}")
    column = None
    if n_labels > 1:
        if "entailment" not in labels:
            named = ", ".join(labels)
            raise ModelMissing(
                f"models.{key}: {name} names its classes {named}; none is entailment"
            )
        column = labels.index("entailment")
    if not list(folder.glob("*.safetensors")):
        raise ModelMissing(f"models.{key}: {folder} holds no safetensors weights; convert it first")
    from sentence_transformers import CrossEncoder

    model = CrossEncoder(
        str(folder),
        device=pick_device(),
        trust_remote_code=False,
        model_kwargs={"use_safetensors": True},
    )
    return CrossEncoderScorer(model, column)


def _read_labels(config: Path, key: str) -> list[str]:
    if not config.is_file():
        raise ModelMissing(f"models.{key}: {config.parent} has no config.json; it is not a model")
    raw = json.loads(config.read_text(encoding="utf-8"))
    names = raw.get("id2label") or {"0": "", "1": ""}  # transformers' own default: two
    return [str(names[number]).lower() for number in sorted(names, key=int)]


def _with_label(item: Found) -> str:
    return f"{label_of(item)}\n{item.passage.text}"
