import numpy as np
import pytest

from assistant.errors import IndexMismatch
from assistant.records import OwnQuestion
from ingest.check import Recall, check_whole, compare_recall, measure_recall, refuse_lower
from ingest.index import IndexParts
from tests.fakes import ARTICLES, FakeEncoder, cut_paragraphs, make_generation

PASSAGES = [passage for article in ARTICLES for passage in cut_paragraphs(article)]


def parts(**changed):
    vectors = FakeEncoder().encode([p.text for p in PASSAGES])
    made = {
        "articles": ARTICLES,
        "passages": PASSAGES,
        "vectors": vectors,
        "owner": np.arange(len(PASSAGES), dtype=np.int32),
        "questions": [],
    }
    return IndexParts(**{**made, **changed})


def answers(found, count, start=0):
    return {f"q{n}": n - start < found for n in range(start, start + count)}


def test_a_whole_generation_passes(tmp_path):
    check_whole(make_generation(tmp_path), parts())


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"articles": ARTICLES[:2]}, "has 3 articles where 2 were meant"),
        ({"owner": np.zeros(6, dtype=np.int32)}, "has 5 passages without a vector where 0"),
        ({"vectors": np.zeros((6, 4), dtype=np.float32)}, "has 6 vectors that are not of unit"),
        ({"vectors": np.full((6, 4), np.nan, dtype=np.float32)}, "has 6 vectors that are not of"),
    ],
    ids=["an article more", "an owner wrong", "zeros", "not a number"],
)
def test_what_is_not_whole_is_named(tmp_path, changed, says):
    with pytest.raises(IndexMismatch, match=f"{says}.*stays in use; run `masthead ingest --full`"):
        check_whole(make_generation(tmp_path), parts(**changed))


def test_recall_asks_the_generation_its_own_questions(tmp_path):
    questions = [
        OwnQuestion("q1", "How many parameters does a rank of 16 train?", "rank#0", "rank"),
        OwnQuestion("q2", "What?", "rank#0", "rank"),
    ]

    found = measure_recall(make_generation(tmp_path, questions=questions), FakeEncoder())

    assert found == {"q1": True}  # one word is no question


def test_the_same_questions_are_compared_one_by_one():
    recall = compare_recall(answers(80, 100), {**answers(100, 100), **answers(0, 50, start=100)})

    # 20 of 100 differ: 2 x sqrt(20) / 100.
    assert (recall.questions, recall.now, recall.before) == (100, 0.8, 1.0)
    assert recall.noise == pytest.approx(0.0894, abs=1e-4)
    assert recall.is_lower


def test_other_questions_are_compared_by_their_shares():
    recall = compare_recall(answers(80, 100), answers(90, 100, start=500))

    # 0.05 + 2 x sqrt(0.8 x 0.2 / 100 + 0.9 x 0.1 / 100)
    assert recall.noise == pytest.approx(0.15)
    assert not recall.is_lower


def test_a_few_answers_pushed_down_are_no_fault():
    assert not compare_recall(answers(96, 100), answers(100, 100)).is_lower


@pytest.mark.parametrize(("now", "before"), [({}, answers(5, 9)), (answers(0, 9), {})])
def test_with_nothing_to_compare_nothing_is_lower(now, before):
    recall = compare_recall(now, before)

    assert not recall.is_lower
    refuse_lower(recall, 3)


def test_lower_recall_is_refused_with_both_figures_and_the_way_on():
    says = r"for 61% of 100 .* generation 7 found 93%, so 7 stays in use; .*--allow-lower-recall"
    with pytest.raises(IndexMismatch, match=says):
        refuse_lower(Recall(100, 0.61, 0.93, 0.1), 7)
