import faiss
import numpy as np
import pytest

from assistant.lexical import LexicalIndex
from assistant.passage_text import prefixed_text
from ingest.index import IndexParts, write_index
from tests.fakes import ARTICLES, FakeEncoder, cut_paragraphs

PASSAGES = [passage for article in ARTICLES for passage in cut_paragraphs(article)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("index")
    owner = np.array([0, 0, 1, 2, 3, 4, 5], dtype=np.int32)  # the first passage has two vectors
    vectors = FakeEncoder().encode([PASSAGES[row].text for row in owner])
    write_index(folder, IndexParts(ARTICLES, PASSAGES, vectors, owner, []))
    return folder


def test_vectors_and_their_passages_stand_in_the_same_order(folder):
    index = faiss.read_index(str(folder / "dense.faiss"))

    assert index.ntotal == 7
    assert np.load(folder / "dense.passage.npy").tolist() == [0, 0, 1, 2, 3, 4, 5]
    assert index.reconstruct(6) == pytest.approx(FakeEncoder().encode([PASSAGES[5].text])[0])


def test_each_passage_knows_its_articles_row(folder):
    assert np.load(folder / "passages.article.npy").tolist() == [0, 0, 1, 1, 2, 2]


def test_words_of_title_and_heading_find_a_passage(folder):
    lexical = LexicalIndex.open(folder / "lexical", len(PASSAGES))
    title = ARTICLES[0].title

    scores = lexical.scores("pick")

    assert np.flatnonzero(scores).tolist() == [0, 1]
    text = prefixed_text(title, PASSAGES[0].headings, PASSAGES[0].text)
    assert scores[0] == pytest.approx(lexical.score_text("pick", text), rel=1e-5)
