import re

import pytest

from assistant.text import content_stems
from ingest.disguise import disguise_question, words_to_borrow

OTHERS = ["poultry", "violin", "harbour"]
QUESTION = "How many parameters does training the starter adapter need on Qwen with 16 rows?"


def test_with_nothing_lost_the_question_is_the_same():
    made = disguise_question(QUESTION, 0.0, "seed", OTHERS)

    assert (made.lexical, made.dense) == (QUESTION, QUESTION)


@pytest.mark.parametrize("share", [0.35, 0.6, 1.0])
def test_names_and_numbers_stay(share):
    made = disguise_question(QUESTION, share, "seed", OTHERS)

    for text in (made.lexical, made.dense):
        assert "Qwen" in text
        assert "16" in text


def test_the_share_of_words_is_lost_for_words_and_for_meaning():
    asked = set(content_stems(QUESTION))

    made = disguise_question(QUESTION, 0.6, "seed", OTHERS)

    # Losable: parameters, training, starter, adapter, rows (60 % of five is three), every second
    # of them for the encoder too.
    assert len(asked - set(content_stems(made.lexical))) == 3
    assert len(asked - set(content_stems(made.dense))) == 2
    assert len(made.lexical.split()) == len(QUESTION.split())


def test_one_word_always_stays():
    made = disguise_question("How do adapters train?", 1.0, "seed", OTHERS)

    assert content_stems(made.dense)


def test_the_same_seed_loses_the_same_words():
    first, second = (disguise_question(QUESTION, 0.5, "seed", OTHERS) for _ in range(2))

    assert first == second
    others = {disguise_question(QUESTION, 0.5, f"seed {n}", OTHERS).dense for n in range(10)}
    assert len(others) > 1


@pytest.mark.parametrize("question", ["", "What is it?", "Why?"])
def test_a_question_without_content_is_left_alone(question):
    assert disguise_question(question, 0.6, "seed", OTHERS).lexical == question


def test_words_of_other_questions_stand_in_and_now_and_then_an_unknown_one():
    made = [disguise_question("How do adapters merge?", 0.5, str(n), OTHERS) for n in range(200)]
    stand_ins = [word for m in made for word in re.findall(r"\w+", m.lexical.lower())]

    unknown = sum(word.startswith("qx") for word in stand_ins)
    assert set(OTHERS) <= set(stand_ins)
    assert 10 <= unknown <= 55  # 15 % of 200, give or take four standard deviations


def test_words_are_borrowed_as_often_as_they_are_used():
    assert words_to_borrow(["Which rank?", "What is the rank of that violin?"]) == [
        "rank",
        "rank",
        "violin",
    ]
