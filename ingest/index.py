"""Write the files of one generation into a folder; opening them is assistant.generation's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from assistant.lexical import LexicalIndex
from assistant.passage_text import prefixed_text
from assistant.records import Article, OwnQuestion, Passage
from assistant.seams import Floats
from assistant.tables import article_row, passage_row, question_row, write_table


@dataclass(frozen=True, slots=True)
class IndexParts:
    """What a generation is made of. Passages stand article by article, in reading order.

    `vectors` (n_vectors, dim) float32; `owner` (n_vectors,) int32, ascending passage rows.
    """

    articles: Sequence[Article]
    passages: Sequence[Passage]
    vectors: Floats
    owner: NDArray[np.int32]
    questions: Sequence[OwnQuestion]


def write_index(folder: Path, parts: IndexParts) -> None:
    """Write tables, the FAISS index and the lexical index; fits and manifest come after."""
    import faiss

    rows = {article.id: row for row, article in enumerate(parts.articles)}
    titles = {article.id: article.title for article in parts.articles}
    write_table(folder, "articles", (article_row(a) for a in parts.articles))
    write_table(folder, "passages", (passage_row(p) for p in parts.passages))
    write_table(folder, "questions", (question_row(q) for q in parts.questions))
    np.save(
        folder / "passages.article.npy",
        np.asarray([rows[p.article_id] for p in parts.passages], dtype=np.int32),
    )
    np.save(folder / "dense.passage.npy", parts.owner)
    index = faiss.IndexFlatIP(parts.vectors.shape[1])
    index.add(parts.vectors)
    faiss.write_index(index, str(folder / "dense.faiss"))
    texts = [prefixed_text(titles[p.article_id], p.headings, p.text) for p in parts.passages]
    (folder / "lexical").mkdir()
    LexicalIndex.build(texts).save(folder / "lexical")
