import json

import numpy as np
import pytest

from assistant.commit import hash_file, number_name, point_current, read_current
from assistant.errors import IndexMismatch
from assistant.generation import open_generation, roll_back_generation
from assistant.records import OwnQuestion
from tests.fakes import ARTICLES, FakeEncoder, make_generation


def damage(root, number, name="passages.jsonl"):
    path = root / number_name(number) / name
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 1
    path.write_bytes(raw)


def test_an_open_generation_gives_back_what_was_put_in(tmp_path):
    question = OwnQuestion("rank#0-q0", "What does the rank cost?", "rank#0", "rank")
    generation = make_generation(tmp_path, questions=[question])

    assert generation.articles() == list(ARTICLES)
    assert (generation.n_articles, generation.n_passages) == (3, 6)
    assert [p.id for p in generation.passages()][:2] == ["rank#0", "rank#1"]
    assert generation.passage_article.tolist() == [0, 0, 1, 1, 2, 2]
    assert generation.questions() == [question]
    assert generation.fits.dense_weight == 0.5


def test_every_passage_has_its_best_cosine(tmp_path):
    generation, encoder = make_generation(tmp_path), FakeEncoder()
    vector = encoder.encode(["rank parameters"])[0]

    scores = generation.dense_scores(vector, also=np.zeros(0, dtype=np.int64))

    assert scores.shape == (6,)
    assert int(scores.argmax()) == 0
    assert scores.max() <= 1


@pytest.mark.parametrize("unread", ["articles.jsonl", "passages.jsonl", "questions.jsonl"])
def test_opening_parses_no_row_and_loading_none_but_the_articles(tmp_path, unread):
    """Rows that are no JSON, under a manifest that vouches for them, are met when asked for."""
    folder = make_generation(tmp_path).folder
    manifest = json.loads((folder / "manifest.json").read_text())
    path = folder / unread
    path.write_bytes(b"?" * path.stat().st_size)
    manifest["files"][unread]["sha256"] = hash_file(path)
    (folder / "manifest.json").write_text(json.dumps(manifest))

    generation = open_generation(tmp_path)

    if unread == "articles.jsonl":
        with pytest.raises(json.JSONDecodeError, match="Expecting value"):
            generation.load()
    else:
        assert generation.load().lexical.scores("rank").max() > 0


def test_the_generation_that_current_names_is_opened(tmp_path):
    for _ in range(2):
        make_generation(tmp_path)
    point_current(tmp_path, number_name(1))

    assert open_generation(tmp_path).number == 1


def test_a_damaged_generation_gives_way_to_the_one_before_and_says_so(tmp_path, caplog):
    for _ in range(3):
        make_generation(tmp_path)
    damage(tmp_path, 3)
    damage(tmp_path, 2, "dense.faiss")

    assert open_generation(tmp_path).number == 1
    assert "generation 3 is damaged and passed over" in caplog.text
    assert "generation 2 is damaged and passed over" in caplog.text


def test_with_none_left_a_person_is_told_to_build_one(tmp_path):
    make_generation(tmp_path)
    damage(tmp_path, 1, "manifest.json")

    with pytest.raises(
        IndexMismatch, match="no generation .* verifies; run `masthead ingest --full`"
    ):
        open_generation(tmp_path)


def test_an_index_that_was_never_built_is_named(tmp_path):
    with pytest.raises(IndexMismatch, match="no index in .*; run `masthead ingest`"):
        open_generation(tmp_path / "index")


def test_vectors_of_another_encoder_are_refused_by_name(tmp_path):
    make_generation(tmp_path, encoder=FakeEncoder("old@1"))

    with pytest.raises(IndexMismatch, match="built with encoder old@1 but new@2 is loaded"):
        open_generation(tmp_path, "new@2")
    assert open_generation(tmp_path, "old@1").encoder_identity == "old@1"


def test_rolling_back_serves_the_one_before_that_verifies_and_deletes_nothing(tmp_path):
    for _ in range(3):
        make_generation(tmp_path)
    damage(tmp_path, 2)

    assert roll_back_generation(tmp_path) == 1
    assert read_current(tmp_path) == "000001"
    assert open_generation(tmp_path).number == 1
    assert (tmp_path / "000003").is_dir()


def test_there_is_nothing_before_the_first(tmp_path):
    make_generation(tmp_path)

    with pytest.raises(IndexMismatch, match="no older generation .* to go back to"):
        roll_back_generation(tmp_path)
    assert read_current(tmp_path) == "000001"
