import pytest

from assistant.judge import Judge
from assistant.reading import Reading, ReadSentence
from assistant.records import Found
from tests.fakes import ARTICLES, cut_paragraphs

RANK, MERGED, FLAG, *_ = (
    Found(passage, article, 0.9 - n / 10, 0.5, 0.5)
    for n, (article, passage) in enumerate(
        (article, passage) for article in ARTICLES for passage in cut_paragraphs(article)
    )
)
SAID = "A rank of 16 trains 4.9 million parameters on the starter model."
SLOWER = "Raising the rank makes training slower."


def make_judge(first, second):
    """The value of a sentence is here its similarity and coverage, and 0.54 for its passage."""
    sentences = (
        ReadSentence(RANK, 0, SAID, first, first),
        ReadSentence(RANK, 1, SLOWER, second, second),
    )
    return Judge(Reading((RANK,), sentences, (), {}), [RANK, FLAG])


def test_the_passage_that_says_it_is_found_whatever_number_the_model_wrote():
    judge = make_judge(0.9, 0.7)

    for cited in ([], [1], [2], [9], [0]):
        home, support = judge.find_support(SAID, cited)
        assert (home, support.verbatim) == (RANK, True)
    home, support = judge.find_support("A rank of 32 trains 4.9 million parameters.", [1])
    assert (home, support.ok) == (None, False)


@pytest.mark.parametrize(
    ("best", "value", "objection"),
    [(0.9, 0.7, ""), (0.9, 0.62, ""), (0.9, 0.6, "beside the point")],
)
def test_a_copy_of_a_much_worse_sentence_is_beside_the_point(best, value, objection):
    # 0.8 of 0.9 + 0.54 is 1.152: a sentence of 0.612 or more may be copied.
    judge = make_judge(best, value)
    home, support = judge.find_support(SLOWER, [1])

    assert judge.find_objection(SLOWER, home, support) == objection


def test_what_was_not_read_closely_has_nothing_to_be_compared_with():
    judge = Judge(Reading((MERGED,), (), (), {}), [RANK])
    home, support = judge.find_support(SLOWER, [])

    assert judge.find_objection(SLOWER, home, support) == ""


def test_a_sentence_is_worth_the_best_that_it_tells_half_of():
    judge = make_judge(0.9, 0.5)

    assert judge.value_of(SAID) == pytest.approx(0.9 + 0.6 * RANK.score)
    assert judge.value_of("Training gets slower.") == pytest.approx(0.5 + 0.6 * RANK.score)
    assert judge.value_of("Nobody reads the galley.") == 0.0
