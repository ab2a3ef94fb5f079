import dataclasses

import pytest

from assistant.errors import AssistantError
from assistant.hardware import GB, Hardware
from train.kept_trials import FILE, KeptTrials, forget_trials
from train.plots import draw_sweep
from train.report import Setup
from train.run import train_adapter
from train.sweep import SweepResult, SweepSettings, Trial, count_work, halve, sweep_rates


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
    assert not (space.adapters_root / ".training" / FILE).exists()


def test_a_budget_without_room_for_a_sweep_says_what_it_needs(data, cpu_preset, tmp_path):
    setup = Setup(cpu_preset, Hardware(2, 8 * GB), 7, budget_s=10)
    kept = KeptTrials(tmp_path, {})

    with pytest.raises(AssistantError, match=r"budget of 10 s is too short for a sweep of 4; give"):
        sweep_rates(
            None, data, setup, SweepSettings(), rate=1e-3, check_s=1.0, began=0.0, kept=kept
        )


@pytest.fixture
def cpu_preset():
    from train.presets import load_presets

    return dataclasses.replace(load_presets()["cpu"], rank=2)


@pytest.fixture
def data(workspace):
    from train.data import read_training_data

    return read_training_data(workspace)


class Cut(KeptTrials):
    """Is killed right after its first trial is on disk."""

    def recall(self, arm, n_steps, try_arm):
        if self._losses:
            raise KeyboardInterrupt
        return super().recall(arm, n_steps, try_arm)


@pytest.mark.slow
def test_a_sweep_cut_off_goes_on_with_its_finished_trials_and_ends_as_one_that_was_not(
    data, cpu_preset, base_folder, tmp_path, caplog
):
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(base_folder)
    preset = dataclasses.replace(cpu_preset, rows_per_step=1)
    setup = Setup(preset, Hardware(2, 8 * GB), 7, None)

    def sweep(kept):
        rates = SweepSettings((1e-3, 2e-2))
        kept.settle_steps(lambda: 2)
        return sweep_rates(model, data, setup, rates, rate=1e-3, check_s=1.0, began=0.0, kept=kept)

    whole = sweep(KeptTrials(tmp_path, {"run": "whole"}))
    with pytest.raises(KeyboardInterrupt):
        sweep(Cut(tmp_path, {"run": "a"}))
    caplog.set_level("INFO")
    caplog.clear()
    again = sweep(KeptTrials(tmp_path, {"run": "a"}))

    assert again == whole
    assert len(whole.trials) == 2
    assert caplog.text.count("kept from before") == 1


def keep(folder, run, *losses):
    kept = KeptTrials(folder, run)
    kept.settle_steps(lambda: 5)
    for rank, loss in enumerate(losses):
        kept.recall((1e-3, rank), 5, lambda *_, loss=loss: loss)


def test_a_kept_trial_is_not_made_again_and_its_steps_stay(tmp_path):
    keep(tmp_path, {"rows": 8}, 2.0, float("inf"))

    kept = KeptTrials(tmp_path, {"rows": 8})

    assert kept.settle_steps(lambda: 9) == 5
    assert [kept.recall((1e-3, rank), 5, None) for rank in (0, 1)] == [2.0, float("inf")]
    assert kept.recall((1e-3, 0), 10, lambda *_: 1.5) == 1.5


@pytest.mark.parametrize(
    ("damage", "rows", "said"),
    [
        (lambda text: text, 9, "had other rows or settings"),
        (lambda text: text.replace("2.0", "1.0"), 8, "is not the file that was written"),
        (lambda text: text[:20], 8, "is not the file that was written"),
    ],
    ids=["other rows", "a changed loss", "cut"],
)
def test_trials_of_other_rows_or_of_a_changed_file_are_left_with_the_reason(
    tmp_path, caplog, damage, rows, said
):
    keep(tmp_path, {"rows": 8}, 2.0)
    (tmp_path / FILE).write_text(damage((tmp_path / FILE).read_text()))

    kept = KeptTrials(tmp_path, {"rows": rows})

    assert kept.recall((1e-3, 0), 5, lambda *_: 3.0) == 3.0
    assert said in caplog.text


def test_a_run_that_is_over_leaves_no_trials(tmp_path):
    keep(tmp_path, {}, 2.0)

    forget_trials(tmp_path)
    forget_trials(tmp_path)

    assert list(tmp_path.iterdir()) == []
