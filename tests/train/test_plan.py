import pytest

from train.plan import StepPlan, count_steps, fit_steps, order_rows, place_checks


def test_steps_that_fit_are_counted_with_their_own_tokens():
    # 3 done; 10 tokens/s for 20 s is 200 tokens: 100 + 60 fit, the next 60 do not.
    assert fit_steps([50, 50, 50, 100, 60, 60], 3, tokens_per_second=10, seconds_left=20) == 5


@pytest.mark.parametrize(("seconds_left", "total"), [(-5, 2), (0, 2), (1e9, 4)])
def test_the_plan_never_undoes_steps_nor_exceeds_the_epochs(seconds_left, total):
    assert fit_steps([10, 10, 10, 10], 2, 10, seconds_left) == total


@pytest.mark.parametrize(
    ("n_rows", "epochs", "steps"), [(100, 2, 50), (101, 2, 51), (8, 0.1, 1)], ids=str
)
def test_epochs_become_steps_of_four_rows_rounded_up(n_rows, epochs, steps):
    assert count_steps(n_rows, epochs, 4) == steps


def test_the_rate_rises_then_falls_along_a_cosine_to_nearly_nothing():
    plan = StepPlan(total=10)

    factors = [plan.rate_factor(step) for step in range(10)]

    assert factors[:3] == pytest.approx([1 / 3, 2 / 3, 1])
    assert factors[2:] == sorted(factors[2:], reverse=True)
    assert factors[6] == pytest.approx(0.5)
    assert 0 < factors[9] < 0.05


def test_a_total_fixed_later_moves_the_rest_of_the_schedule():
    plan = StepPlan(total=1000)
    plan.total = 6

    assert plan.rate_factor(4) == pytest.approx(0.5)


def test_each_pass_reads_every_row_once_in_an_order_that_the_seed_decides():
    order = order_rows(n_rows=6, n_steps=4, rows_per_step=3, seed=7)

    assert sorted(order[:6]) == sorted(order[6:]) == list(range(6))
    assert order[:6] != order[6:]
    assert order == order_rows(6, 4, 3, 7)
    assert order != order_rows(6, 4, 3, 8)


def test_checks_lie_evenly_between_the_timed_steps_and_the_end():
    assert place_checks(done=3, total=23, n_checks=3) == {8, 13, 18}
    assert place_checks(3, 4, 3) == frozenset()
