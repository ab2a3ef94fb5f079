import math

import pytest

from assistant.lexical import K1, B, LexicalIndex

TEXTS = [
    "ranks train adapters",
    "templates render prompts and templates render tokens",
    "adapters adapters serve",
]


@pytest.fixture(scope="module")
def index():
    return LexicalIndex.build(TEXTS)


def bm25(counts, length, holders, n=3, mean=4):
    """Lucene's BM25 of one text, from (count in it, texts that hold the word) a word."""
    total = 0.0
    for count, held_by in zip(counts, holders, strict=True):
        idf = math.log(1 + (n - held_by + 0.5) / (held_by + 0.5))
        total += idf * count / (count + K1 * (1 - B + B * length / mean))
    return total


def test_a_score_is_bm25_as_a_share_of_what_the_question_could_score(index):
    most = math.log(1 + 1.5 / 2.5) + math.log(1 + 2.5 / 1.5)

    scores = index.scores("Do adapters serve?")

    # The texts have 3, 6 and 3 content words; "adapters" stands in two of them, "serve" in one.
    assert scores == pytest.approx(
        [bm25([1], 3, [2]) / most, 0, bm25([2, 1], 3, [2, 1]) / most], rel=1e-5
    )


def test_a_text_outside_scores_what_it_would_score_inside(index):
    for row, text in enumerate(TEXTS):
        scored = index.score_text("adapters render ranks", text)
        assert scored == pytest.approx(float(index.scores("adapters render ranks")[row]), rel=1e-5)


def test_an_unknown_word_lowers_the_share_and_scores_nothing_alone(index):
    assert index.scores("adapters zebra")[2] < index.scores("adapters")[2]
    assert index.scores("zebra").tolist() == [0, 0, 0]
    assert index.scores("what is it?").tolist() == [0, 0, 0]
    assert index.idf("zebra") > index.idf("rank")


def test_a_word_asked_twice_counts_once(index):
    assert index.scores("ranks ranks").tolist() == index.scores("rank").tolist()


def test_an_index_comes_back_from_disk_the_same(index, tmp_path):
    index.save(tmp_path)

    again = LexicalIndex.open(tmp_path, len(TEXTS))

    assert again.scores("serve adapters").tolist() == index.scores("serve adapters").tolist()
    assert again.score_text("adapters", "adapters") == index.score_text("adapters", "adapters")


def test_passages_taken_out_take_their_words_with_them(index):
    # "serve" stands in one text alone, "adapters" in two.
    (row,) = index.holders("serv").tolist()

    whole = index.weigh(["serv", "adapt", "zebra"])
    rest = index.weigh(["serv", "adapt", "zebra"], without=[row])

    assert [weight.is_known for weight in whole.values()] == [True, True, False]
    assert [weight.is_known for weight in rest.values()] == [False, True, False]
    assert rest["serv"].idf == rest["zebra"].idf == whole["zebra"].idf
    assert rest["adapt"].idf >= whole["adapt"].idf
