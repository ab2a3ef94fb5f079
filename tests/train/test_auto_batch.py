import dataclasses

import pytest
import torch

from assistant.errors import OutOfMemory
from assistant.hardware import GB, Hardware
from train.auto_batch import find_largest, settle_batch
from train.data import read_training_data
from train.memory import list_smaller
from train.presets import load_presets
from train.report import Setup

PRESET = dataclasses.replace(load_presets()["cpu"], rank=2, rows_per_step=8)


def find(start, most, *, grows, checkpointed=0):
    """Search with room for `most` rows, or `checkpointed` where activations are made again."""
    tried = []

    def fits(preset):
        tried.append((preset.rows_at_once, preset.checkpointing))
        return preset.rows_at_once <= (checkpointed if preset.checkpointing else most)

    at = dataclasses.replace(PRESET, rows_at_once=start)
    found = find_largest(list(list_smaller(at, auto=True)), at, fits, grows=grows)
    return found and (found.rows_at_once, found.checkpointing), tried


def test_rows_at_once_are_halved_until_a_step_fits():
    assert find(8, 2, grows=False) == ((2, False), [(8, False), (4, False), (2, False)])


def test_checkpointing_comes_after_a_single_row():
    found, tried = find(2, 0, grows=False, checkpointed=4)

    assert found == (4, True)
    assert tried == [(2, False), (1, False), (8, True), (4, True)]


def test_where_memory_says_when_it_is_empty_more_than_the_estimate_is_tried():
    assert find(2, 4, grows=True) == ((4, False), [(2, False), (4, False), (8, False)])
    assert find(2, 4, grows=False) == ((2, False), [(2, False)])


def test_nothing_that_fits_is_none():
    assert find(8, 0, grows=True)[0] is None


@pytest.fixture
def base(base_folder):
    from transformers import AutoModelForCausalLM

    return AutoModelForCausalLM.from_pretrained(base_folder)


def let_run_out(model, most):
    """Make a pass over more than `most` rows at once end as a full GPU does."""

    def refuse(_, arguments, named):
        ids = named.get("input_ids", arguments[0] if arguments else None)
        if len(ids) > most:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")

    model.model.register_forward_pre_hook(refuse, with_kwargs=True)


def settle(base, workspace):
    preset = dataclasses.replace(PRESET, rows_per_step=2, rows_at_once=2)
    setup = Setup(preset, Hardware(1, 8 * GB), 7, None, auto_batch=True)
    return settle_batch(base, read_training_data(workspace), setup, 1e-3)


@pytest.mark.slow
def test_a_trial_that_runs_out_of_memory_leaves_the_base_and_the_effective_batch(base, workspace):
    weights = {name: tensor.clone() for name, tensor in base.state_dict().items()}
    let_run_out(base, 1)

    found = settle(base, workspace)

    assert (found.rows_at_once, found.rows_per_step, found.count_micro_batches()) == (1, 2, 2)
    assert base.state_dict().keys() == weights.keys()
    assert all(torch.equal(tensor, weights[name]) for name, tensor in base.state_dict().items())


@pytest.mark.slow
def test_where_one_row_is_too_much_the_setting_to_change_is_named(base, workspace):
    let_run_out(base, 0)

    with pytest.raises(OutOfMemory, match=r"longest of 24 rows does not fit .*quantisation: nf4"):
        settle(base, workspace)


def test_another_error_of_a_trial_is_not_taken_for_empty_memory(base, workspace):
    def fail(*_):
        raise RuntimeError("shapes do not match")

    base.model.register_forward_pre_hook(fail)

    with pytest.raises(RuntimeError, match="shapes do not match"):
        settle(base, workspace)
