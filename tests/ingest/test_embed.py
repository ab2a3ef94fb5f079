import numpy as np
import pytest

from assistant.progress import ignore_progress
from ingest.embed import EmbeddingCache, MemoEncoder
from tests.fakes import FakeEncoder

TEXTS = ["ranks train adapters", "templates", "ranks train adapters", "a much longer text of ranks"]


def embed(cache, texts, encoder):
    return cache.embed(texts, lambda: encoder, ignore_progress)


def test_vectors_stand_in_the_order_of_the_texts(tmp_path):
    vectors = embed(EmbeddingCache(tmp_path, "fake"), TEXTS, FakeEncoder())

    assert vectors == pytest.approx(FakeEncoder().encode(TEXTS))


def test_each_text_is_embedded_once_and_never_again(tmp_path):
    first, second = FakeEncoder(), FakeEncoder()
    cache = EmbeddingCache(tmp_path, "fake")
    embed(cache, TEXTS, first)

    again = EmbeddingCache(tmp_path, "fake")
    embed(again, [*TEXTS, "something new"], second)

    assert sorted(first.encoded) == sorted(set(TEXTS))
    assert second.encoded == ["something new"]
    assert (cache.embedded, again.embedded) == (3, 1)


def test_an_encoder_is_not_loaded_for_what_is_known(tmp_path):
    embed(EmbeddingCache(tmp_path, "fake"), TEXTS, FakeEncoder())

    def load():
        raise AssertionError("loaded")

    known = EmbeddingCache(tmp_path, "fake").embed(TEXTS, load, ignore_progress)
    assert known.shape == (4, 256)


def test_another_encoder_has_a_cache_of_its_own(tmp_path):
    embed(EmbeddingCache(tmp_path, "one"), TEXTS, FakeEncoder())
    other = FakeEncoder()

    embed(EmbeddingCache(tmp_path, "two"), TEXTS, other)

    assert len(other.encoded) == 3
    assert len(list(tmp_path.iterdir())) == 2


def test_no_texts_give_no_vectors_of_the_right_width(tmp_path):
    assert embed(EmbeddingCache(tmp_path, "fake"), [], FakeEncoder()).shape == (0, 256)


def test_progress_ends_where_the_new_texts_end(tmp_path):
    seen = []
    texts = [f"text number {n}" for n in range(150)]

    EmbeddingCache(tmp_path, "fake").embed(
        texts, FakeEncoder, lambda done, total: seen.append((done, total))
    )

    assert seen == [(64, 150), (128, 150), (150, 150)]


def test_a_memo_gives_the_same_vectors_and_asks_once():
    encoder = FakeEncoder()
    memo = MemoEncoder(encoder)

    for _ in range(2):
        assert memo.encode(TEXTS) == pytest.approx(FakeEncoder().encode(TEXTS))

    assert sorted(encoder.encoded) == sorted(set(TEXTS))
    assert memo.encode([]).shape == (0, 256)
    assert memo.encode(TEXTS).dtype == np.float32


@pytest.mark.parametrize("keep", [0.0, 0.5, 0.99], ids=["empty", "half", "almost whole"])
def test_a_damaged_cache_is_made_again(tmp_path, keep, caplog):
    embed(EmbeddingCache(tmp_path, "fake"), TEXTS, FakeEncoder())
    (path,) = tmp_path.iterdir()
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * keep)])
    encoder = FakeEncoder()

    vectors = embed(EmbeddingCache(tmp_path, "fake"), TEXTS, encoder)

    assert vectors == pytest.approx(FakeEncoder().encode(TEXTS))
    assert len(encoder.encoded) == 3
    assert "is damaged" in caplog.text
