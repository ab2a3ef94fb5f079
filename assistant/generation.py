"""One complete build of the index, opened read-only: articles, passages, vectors, lexical, fits.

Reads what ingest wrote under built/index/NNNNNN. A generation that fails its hashes is passed over
for the newest older one that verifies, and the warning says so.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from assistant.commit import (
    list_numbers,
    number_name,
    point_current,
    read_current,
    verify_folder,
    writer_lock,
)
from assistant.decide import DecisionModel
from assistant.errors import IndexMismatch
from assistant.lexical import LexicalIndex
from assistant.records import Article, OwnQuestion, Passage
from assistant.seams import Floats
from assistant.shelf import Shelf, fill_shelf
from assistant.tables import JsonTable, parse_article, parse_passage, parse_question

if TYPE_CHECKING:
    import faiss

log = logging.getLogger(__name__)

FITS = "answerability.json"
_NEAREST = 1000  # vectors; far beyond what any question needs, and fast


@dataclass(frozen=True, slots=True)
class Fits:
    """What ingest fitted on the generation's own questions.

    `dense_weight` is the share of the dense score in the fused one (0..1).
    """

    dense_weight: float
    decision: DecisionModel
    report: dict[str, Any]


class Generation:
    """An open generation. Rows are parsed and indexes read when asked for; opening does neither."""

    def __init__(self, folder: Path, number: int, manifest: dict[str, Any]) -> None:
        self.folder = folder
        self.number = number
        self.manifest = manifest
        self._articles = JsonTable(folder, "articles")
        self._passages = JsonTable(folder, "passages")
        self.passage_article: NDArray[np.int32] = np.load(folder / "passages.article.npy")
        # Which passage each vector belongs to: a long code block has several.
        self._owner: NDArray[np.int32] = np.load(folder / "dense.passage.npy")

    def load(self) -> Self:
        """Read now what a search needs, so that nothing is read from the folder after this."""
        _ = self.lexical, self.fits, self._vectors, self.shelf
        return self

    @cached_property
    def lexical(self) -> LexicalIndex:
        """The index of words."""
        return LexicalIndex.open(self.folder / "lexical", len(self._passages))

    @cached_property
    def _vectors(self) -> faiss.Index:
        import faiss

        return faiss.read_index(str(self.folder / "dense.faiss"))

    @property
    def encoder_identity(self) -> str:
        """Which encoder made the vectors."""
        return str(self.manifest["encoder"])

    @property
    def n_articles(self) -> int:
        """How many articles there are."""
        return len(self._articles)

    @property
    def n_passages(self) -> int:
        """How many passages there are."""
        return len(self._passages)

    @property
    def n_vectors(self) -> int:
        """How many vectors there are; a long code block has several."""
        return int(self._vectors.ntotal)

    @cached_property
    def fits(self) -> Fits:
        """The fitted weights."""
        raw = json.loads((self.folder / FITS).read_text(encoding="utf-8"))
        return Fits(raw["dense_weight"], DecisionModel.from_json(raw["decision"]), raw["report"])

    @cached_property
    def shelf(self) -> Shelf:
        """The articles' records without their texts, read at the first question."""
        return fill_shelf(map(self.article, range(self.n_articles)))

    def article(self, row: int) -> Article:
        """Return the article in a row."""
        return parse_article(self._articles[row])

    def passage(self, row: int) -> Passage:
        """Return the passage in a row."""
        return parse_passage(self._passages[row])

    def articles(self) -> list[Article]:
        """Return every article, in the order of their rows."""
        return [self.article(row) for row in range(self.n_articles)]

    def passages(self) -> list[Passage]:
        """Return every passage, in the order of their rows."""
        return [self.passage(row) for row in range(self.n_passages)]

    def passages_of_one_vector(self) -> list[Passage]:
        """Return the passages that an encoder reads whole, in the order of their rows."""
        counts = np.bincount(self._owner, minlength=self.n_passages)
        return [self.passage(int(row)) for row in np.flatnonzero(counts == 1)]

    def questions(self) -> list[OwnQuestion]:
        """Return the generation's own questions."""
        return [parse_question(row) for row in JsonTable(self.folder, "questions")]

    def dense_scores(self, vector: Floats, also: NDArray[np.int64]) -> Floats:
        """Return (n_passages,) float32: each passage's best cosine with a (dim,) unit vector.

        Exact for the nearest thousand vectors and for the passage rows in `also`; -1 elsewhere.
        """
        import faiss

        # One question at a time gains nothing from more threads and waits for them: 15 ms of
        # processor time instead of 45 over 100,000 vectors. The setting is of this thread alone.
        faiss.omp_set_num_threads(1)
        scores = np.full(self.n_passages, -1.0, dtype=np.float32)
        found, rows = self._vectors.search(vector.reshape(1, -1), min(_NEAREST, len(self._owner)))
        np.maximum.at(scores, self._owner[rows[0]], found[0])
        unknown = np.flatnonzero(np.isin(self._owner, also[scores[also] < 0]))
        if len(unknown):
            vectors = self._vectors.reconstruct_batch(unknown)
            np.maximum.at(scores, self._owner[unknown], vectors @ vector)
        return scores


def fits_to_json(fits: Fits) -> str:
    """Return the text of a generation's fits file."""
    raw = {
        "dense_weight": fits.dense_weight,
        "decision": fits.decision.to_json(),
        "report": fits.report,
    }
    return json.dumps(raw, indent=1)


def open_generation(index_root: Path, encoder_identity: str | None = None) -> Generation:
    """Open the generation in use, or the newest older one that verifies.

    IndexMismatch when none does, or when its vectors come from another encoder.
    """
    numbers = list_numbers(index_root)
    current = read_current(index_root)
    if not numbers or current is None:
        raise IndexMismatch(f"no index in {index_root}; run `masthead ingest`")
    for number in sorted((n for n in numbers if n <= int(current)), reverse=True):
        folder = index_root / number_name(number)
        try:
            manifest = verify_folder(folder)
        except IndexMismatch as error:
            log.warning("generation %d is damaged and passed over: %s", number, error)
            continue
        generation = Generation(folder, number, manifest)
        _check_encoder(generation, encoder_identity)
        return generation
    raise IndexMismatch(
        f"no generation in {index_root} verifies; run `masthead ingest --full` to build a new one"
    )


def roll_back_generation(index_root: Path) -> int:
    """Put the newest generation before the current one that verifies into use; return its number.

    The one rolled back from stays on disk; the next ingest builds a higher number.
    """
    with writer_lock(index_root):
        current = int(read_current(index_root) or 0)
        for number in sorted((n for n in list_numbers(index_root) if n < current), reverse=True):
            folder = index_root / number_name(number)
            try:
                verify_folder(folder)
            except IndexMismatch as error:
                log.warning("generation %d is damaged and passed over: %s", number, error)
                continue
            point_current(index_root, number_name(number))
            return number
    raise IndexMismatch(f"no older generation in {index_root} to go back to")


def _check_encoder(generation: Generation, identity: str | None) -> None:
    if identity is not None and generation.encoder_identity != identity:
        raise IndexMismatch(
            f"generation {generation.number} was built with encoder {generation.encoder_identity}"
            f" but {identity} is loaded; run `masthead ingest`, or set models.encoder back"
        )
