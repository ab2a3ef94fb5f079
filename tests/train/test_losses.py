import pytest
import torch

from assistant.records import Pair, PairKind
from train.examples import Example
from train.losses import Losses, average_losses, measure_losses, score_row, target_losses

PAIR = Pair("p", PairKind.VOICE, "voice", "a", (), (), "", "", "", "")


def plain_losses(model, ids, labels):
    """Score every position with every word and pick the targets afterwards."""
    with torch.no_grad():
        scores = model(input_ids=ids, use_cache=False).logits.log_softmax(-1)
    return [
        -scores[0, position, label].item()
        for position, label in enumerate(labels[0, 1:].tolist())
        if label != -100
    ]


def test_scoring_target_positions_only_gives_the_losses_of_scoring_all(model):
    ids = torch.tensor([[5, 6, 7, 8, 9, 10]])
    labels = torch.tensor([[-100, -100, -100, 8, 9, 10]])

    losses = target_losses(model.eval(), ids, labels, None)

    assert losses.shape == (1, 3)
    assert losses[0].tolist() == pytest.approx(plain_losses(model, ids, labels), abs=1e-5)


def test_padding_adds_nothing_and_changes_nothing(model):
    ids = torch.tensor([[5, 6, 7, 8], [5, 6, 0, 0]])
    labels = torch.tensor([[-100, -100, 7, 8], [-100, 6, -100, -100]])
    mask = torch.tensor([[1, 1, 1, 1], [1, 1, 0, 0]])

    losses = target_losses(model.eval(), ids, labels, mask)

    alone = plain_losses(model, ids[1:, :2], labels[1:, :2])
    assert losses[1].tolist() == pytest.approx([*alone, 0.0, 0.0], abs=1e-5)


def test_a_row_is_scored_once_for_each_learnt_id(model):
    example = Example(PAIR, (5, 6, 7, 8), 2)

    assert len(score_row(model.eval(), example)) == 2


def test_means_are_weighted_by_tokens_and_split_by_novelty():
    short = Example(PAIR, (0, 1), 1, novel=(True,))
    long = Example(PAIR, (0, 1, 2, 3), 1, novel=(False, True, False))

    losses = average_losses([short, long], [[4.0], [1.0, 2.0, 1.0]])

    assert losses == Losses(all=2.0, novel=3.0)


def test_without_novel_tokens_there_is_no_novel_loss():
    assert average_losses([Example(PAIR, (0, 1), 1, (False,))], [[1.0]]).novel is None


def test_a_fresh_adapter_measures_as_the_base_does(model):
    examples = [Example(PAIR, (5, 6, 7, 8), 2, (False, True))]

    adapted = measure_losses(model, examples)
    with model.disable_adapter():
        base = measure_losses(model, examples)

    assert adapted == base
