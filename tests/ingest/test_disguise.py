import pytest

from assistant.text import content_stems
from ingest.disguise import disguise_question

QUESTION = "How many parameters does training the starter adapter need on Qwen with 16 rows?"


def test_with_nothing_lost_the_question_is_the_same():
    made = disguise_question(QUESTION, 0.0, "seed")

    assert (made.lexical, made.dense) == (QUESTION, QUESTION)


@pytest.mark.parametrize("share", [0.35, 0.6, 1.0])
def test_names_and_numbers_stay(share):
    made = disguise_question(QUESTION, share, "seed")

    for text in (made.lexical, made.dense):
        assert "Qwen" in text
        assert "16" in text


def test_the_share_of_words_is_lost_for_words_and_for_meaning():
    asked = set(content_stems(QUESTION))

    made = disguise_question(QUESTION, 0.6, "seed")

    # Losable: parameters, training, starter, adapter, need, rows; 60 % of the content words go.
    n_lost = len(asked - set(content_stems(made.dense)))
    assert 2 <= n_lost <= 4
    assert len(asked - set(content_stems(made.lexical))) == n_lost
    assert len(made.lexical.split()) == len(QUESTION.split())


def test_one_word_always_stays():
    made = disguise_question("How do adapters train?", 1.0, "seed")

    assert content_stems(made.dense)


def test_the_same_seed_loses_the_same_words():
    first, second = (disguise_question(QUESTION, 0.5, "seed") for _ in range(2))

    assert first == second
    others = {disguise_question(QUESTION, 0.5, f"seed {n}").dense for n in range(10)}
    assert len(others) > 1


@pytest.mark.parametrize("question", ["", "What is it?", "Why?"])
def test_a_question_without_content_is_left_alone(question):
    assert disguise_question(question, 0.6, "seed").lexical == question
