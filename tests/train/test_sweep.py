import dataclasses

import pytest

from assistant.errors import AssistantError
from train.plots import draw_sweep
from train.report import Setup
from train.run import train_adapter
from train.sweep import SweepResult, Trial, count_work, halve, sweep_rates


def play(arms, loss_of, n_steps=10):
    return SweepResult(tuple(halve(arms, lambda arm, steps: loss_of(*arm, steps), n_steps)))


def test_the_better_half_goes_on_with_twice_the_steps_until_two_have():
    arms = [(1e-4, 16), (2e-4, 16), (4e-4, 16), (8e-4, 16)]

    result = play(arms, lambda rate, rank, steps: abs(rate - 4e-4) * 1e4 + 1 / steps)

    assert [(t.round, t.rate, t.steps) for t in result.trials] == [
        (1, 1e-4, 10), (1, 2e-4, 10), (1, 4e-4, 10), (1, 8e-4, 10), (2, 4e-4, 20), (2, 2e-4, 20),
    ]  # fmt: skip
    assert (result.best.rate, result.best.loss) == (4e-4, 0.05)


def test_the_winner_is_of_the_last_round_whatever_an_earlier_one_scored():
    scores = {(1, 10): 1.0, (2, 10): 1.2, (3, 10): 9.0, (1, 20): 1.5, (2, 20): 1.3}

    result = play([(1, 4), (2, 4), (3, 4)], lambda rate, rank, steps: scores[rate, steps])

    assert result.best == Trial(2, 2, 4, 20, 1.3)


def test_a_rate_that_diverges_loses():
    result = play([(1, 4), (2, 4)], lambda rate, *_: float("nan") if rate == 2 else 5.0)

    assert result.best.rate == 1


@pytest.mark.parametrize(("arms", "work"), [(2, (2, 2)), (3, (7, 5)), (4, (8, 6)), (5, (19, 10))])
def test_the_cost_counts_every_round(arms, work):
    # 5: five once, three twice, two four times: 5 + 6 + 8 steps and 5 + 3 + 2 checks.
    assert count_work(arms) == work


def test_the_table_names_every_trial_and_the_winner(tmp_path):
    result = play([(1e-3, 8), (2e-3, 8)], lambda rate, *_: rate * 1000)

    assert result.table.splitlines()[2:] == [
        "| 1 | 0.001 | 8 | 10 | 1.000 | taken |", "| 1 | 0.002 | 8 | 10 | 2.000 |  |",
    ]  # fmt: skip
    assert SweepResult.from_rows(result.to_rows()) == result
    draw_sweep(tmp_path / "sweep.png", result)
    assert (tmp_path / "sweep.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.slow
def test_the_winner_is_used_and_recorded(workspace_maker, tmp_path):
    from assistant.registry import Registry

    space = workspace_maker(
        tmp_path, rank=2, rows_per_step=1, epochs=0.25, sweep_rates=(1e-9, 1e-8, 2e-2)
    )

    name = train_adapter(space, sweep=True).adapter

    manifest = Registry(space.adapters_root).verify(name)
    assert manifest["settings"]["learning_rate"] == 2e-2
    assert {row["rate"] for row in manifest["sweep"]} == {1e-9, 1e-8, 2e-2}
    assert "sweep.png" in manifest["files"]


def test_a_budget_without_room_for_a_sweep_says_what_it_needs(data, cpu_preset):
    from assistant.hardware import GB, Hardware
    from train.sweep import SweepSettings

    setup = Setup(cpu_preset, Hardware(2, 8 * GB), 7, budget_s=10)

    with pytest.raises(AssistantError, match=r"budget of 10 s is too short for a sweep of 4; give"):
        sweep_rates(None, data, setup, SweepSettings(), rate=1e-3, check_s=1.0, began=0.0)


@pytest.fixture
def cpu_preset():
    from train.presets import load_presets

    return dataclasses.replace(load_presets()["cpu"], rank=2)


@pytest.fixture
def data(workspace):
    from train.data import read_training_data

    return read_training_data(workspace)
