"""The loss on target tokens: the same arithmetic for training, the base and the adapter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from train.examples import IGNORED, Example

if TYPE_CHECKING:
    import torch
    from peft import PeftModel


@dataclass(frozen=True, slots=True)
class Losses:
    """Mean loss in nats per token over all target tokens and over the novel ones.

    `novel` is None where no target token is novel.
    """

    all: float
    novel: float | None


def target_losses(
    model: PeftModel,
    input_ids: torch.Tensor,
    labels: torch.Tensor,
    attention_mask: torch.Tensor | None,
    position_ids: torch.Tensor | None = None,
) -> torch.Tensor:
    """Return (rows, positions) losses, float32, zero where a row has no target at a position.

    The vocabulary's scores are made only where some row has a target: for a long prompt and a
    short answer that is most of the head's work and memory.
    """
    import torch

    targets = labels[:, 1:]
    positions = (targets != IGNORED).any(dim=0).nonzero().flatten()
    logits = model(
        input_ids=input_ids,
        attention_mask=attention_mask,
        position_ids=position_ids,
        logits_to_keep=positions,
        use_cache=False,
    ).logits.float()
    return torch.nn.functional.cross_entropy(
        logits.transpose(1, 2), targets[:, positions], ignore_index=IGNORED, reduction="none"
    )


def score_row(model: PeftModel, example: Example) -> list[float]:
    """Return the loss of each learnt id, without gradients; the model must be in eval mode."""
    import torch

    with torch.no_grad():
        ids = torch.tensor([example.ids], device=model.device)
        labels = torch.tensor([example.labels], device=model.device)
        losses: list[float] = target_losses(model, ids, labels, None)[0].tolist()
    return losses


def average_losses(examples: Sequence[Example], scores: Sequence[Sequence[float]]) -> Losses:
    """Return the token-weighted means of rows and their scores."""
    marked = [
        (loss, is_novel)
        for example, row in zip(examples, scores, strict=True)
        for loss, is_novel in zip(row, example.novel, strict=True)
    ]
    novel = [loss for loss, is_novel in marked if is_novel]
    mean_novel = sum(novel) / len(novel) if novel else None
    return Losses(sum(loss for loss, _ in marked) / len(marked), mean_novel)


def measure_losses(model: PeftModel, examples: Sequence[Example]) -> Losses:
    """Return the mean losses of the examples; the model goes back to the mode it was in."""
    was_training = model.training
    model.eval()
    scores = [score_row(model, example) for example in examples]
    model.train(was_training)
    return average_losses(examples, scores)
