import pytest

from assistant.errors import AssistantError
from assistant.progress import ignore_progress
from train.losses import Losses
from train.plan import StepPlan
from train.session import Session


class Clock:
    """Time that passes only when told to."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


def run(losses, *, total=10, deadline=None, step_s=1.0, check_s=0.1, check_tokens=0, late=0.0):
    """Play a session of steps of 10 tokens; `losses` are what the checks give, the last repeats."""
    clock, plan = Clock(), StepPlan(total)
    given = list(losses)

    def measure():
        clock.now += check_s
        return Losses(given.pop(0) if len(given) > 1 else given[0], None)

    session = Session(
        plan,
        [10] * total,
        deadline=deadline,
        check_s=check_s,
        check_tokens=check_tokens,
        measure=measure,
        copy=lambda: {"step": session.steps},
        on_progress=ignore_progress,
        clock=clock,
    )
    session.begin()
    for step in range(1, total + 1):
        clock.now += step_s + (late if step > 3 else 0.0)
        if session.after_step(step, 1.0):
            break
    session.check()
    return session, plan, clock


def test_without_a_budget_every_step_is_done():
    session, _, _ = run([2.0, 1.9, 1.8, 1.7, 1.6])

    assert (session.steps, session.stopped) == (10, "all epochs done")
    assert [check.step for check in session.checks] == [2, 4, 6, 8, 10]


def test_a_budget_fixes_the_steps_once_from_the_timed_ones():
    # 3 of 20 s are spent, 0.5 s are kept for the last check; 95 % of the rest is 15.675 s, a tenth
    # of which pays for 3 checks on the way.
    session, plan, clock = run([4.0, 3.0, 2.0, 1.0], total=100, deadline=20.0, check_s=0.5)

    assert plan.total == session.steps == 3 + int(15.675 - 3 * 0.5)
    assert session.stopped == "budget"
    assert clock.now <= 20.0


def test_a_machine_that_slows_down_ends_the_run_before_the_deadline():
    session, plan, clock = run([1.0], total=100, deadline=20.0, late=2.0)

    assert session.steps < plan.total
    assert session.stopped == "budget"
    assert clock.now <= 20.0


def test_slow_steps_keep_more_time_for_the_last_check_than_the_base_took():
    # Steps of 10 tokens in 1 s foretell 4 s for 120 tokens, at a third of a step's time per token.
    session, plan, _ = run([1.0], total=100, deadline=20.0, check_s=0.1, check_tokens=120)

    assert plan.total == 3 + int((20 - 3 - 4) * 0.95)
    assert session.stopped == "budget"


def test_enough_budget_is_not_the_reason_for_ending():
    session, _, _ = run([2.0, 1.5, 1.2, 1.0], total=10, deadline=1000.0)

    assert (session.steps, session.stopped) == (10, "all epochs done")


def test_the_weights_with_the_lowest_loss_are_kept_not_the_last():
    session, _, _ = run([2.0, 1.0, 1.5, 1.4, 1.3], total=10)

    losses, weights = session.best
    assert (losses.all, weights) == (1.0, {"step": 4})


def test_two_checks_without_gain_end_the_run():
    session, _, _ = run([1.0, 1.1, 1.2, 0.5])

    assert (session.steps, session.stopped) == (6, "validation loss no longer falls")


def test_a_loss_that_is_no_number_stops_with_what_to_change():
    session = Session(
        StepPlan(2), [1, 1], deadline=None, check_s=1, check_tokens=0, measure=None, copy=None,
        on_progress=ignore_progress,
    )  # fmt: skip

    with pytest.raises(AssistantError, match="the loss is nan after step 1; set a lower train"):
        session.after_step(1, float("nan"))
