import re

import pytest

from train.losses import Losses
from train.report import Check, Course
from train.signs import Habits, Sample, measure_habits, tell_signs


def course(*held_out, steps=(1.0,), novel=None):
    checks = [Check(n, Losses(loss, None)) for n, loss in enumerate(held_out)]
    if novel:
        checks = [
            Check(c.step, Losses(c.losses.all, n)) for c, n in zip(checks, novel, strict=True)
        ]
    return Course(tuple(steps), tuple(checks), 1e-3, 4, "all epochs done")


def sample(answer):
    return Sample("q", answer, "published")


def test_a_sound_run_has_no_signs():
    habits = Habits(repetition=0.05, copying=0.1, same_opening=2)

    assert tell_signs(course(2.0, 1.5, 1.4, steps=[1.3], novel=(3, 2.9, 2.8)), habits, 5) == []


@pytest.mark.parametrize(
    ("run", "habits", "said"),
    [
        (course(2.0, 1.4, 1.5), None, "held-out loss rose from 1.40 after step 1 to 1.50"),
        (course(2.0, 1.4, steps=[0.5]), None, "rows of training score 0.90 better"),
        (course(2.0, 1.4, novel=(3.0, 3.1)), None, r"novel words did not fall \(3.00 to 3.10\)"),
        (course(2.0, 1.4), Habits(0.4, 0, 1), "repeat themselves: 40% of their phrases"),
        (course(2.0, 1.4), Habits(0, 0.6, 1), "recite: 60% of their phrases"),
        (course(2.0, 1.4), Habits(0, 0, 3), "3 of 5 samples begin with the same words"),
    ],
    ids=["rise", "gap", "no voice", "repetition", "copying", "formula"],
)
def test_each_sign_is_told_once_in_plain_words(run, habits, said):
    (sign,) = tell_signs(run, habits, 5)

    assert re.search(said, sign)


def test_repetition_counts_phrases_of_three_words_that_come_again():
    # a b c, b c a, c a b, a b c: one of four comes again.
    assert measure_habits([sample("a b c a b c")], []).repetition == 0.25


def test_copying_counts_phrases_of_six_words_that_stand_in_training_rows():
    # of "one .. seven" both phrases of six are known, of the other neither.
    samples = [sample("one two three four five six seven"), sample("a b c d e f g")]

    habits = measure_habits(samples, ["One two three, four five six seven."])

    assert habits.copying == 0.5


def test_openings_are_compared_by_their_first_four_words():
    samples = [sample("The plate holds the ink"), sample("the plate holds the line"), sample("No")]

    assert measure_habits(samples, []).same_opening == 2
