"""Rows as the model sees them: end to end or padded, and checked before the first step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from assistant.errors import AssistantError
from assistant.hardware import Hardware
from train.examples import IGNORED, Example
from train.model import choose_attention
from train.presets import Preset

if TYPE_CHECKING:
    import torch
    from trl import SFTTrainer


def is_padding_free(preset: Preset, hardware: Hardware) -> bool:
    """Whether rows lie end to end; by itself only where attention skips what is masked."""
    if preset.padding != "auto":
        return preset.padding == "free"
    return choose_attention(preset, hardware) == "flash_attention_2" and preset.rows_at_once > 1


def join_rows(rows: Sequence[dict[str, list[int]]]) -> dict[str, torch.Tensor]:
    """Return rows as one of all their tokens; positions that begin anew keep them apart."""
    import torch

    return {
        "input_ids": torch.tensor([[i for row in rows for i in row["input_ids"]]]),
        "labels": torch.tensor([[i for row in rows for i in row["labels"]]]),
        "position_ids": torch.tensor([[n for row in rows for n in range(len(row["input_ids"]))]]),
    }


def check_batch(trainer: SFTTrainer, rows: Sequence[Example], end_of_turn: int) -> None:
    """Raise AssistantError unless the first batch, as the model will see it, learns its answers.

    Read back from the trainer's own loader: ends of turns are learnt, padding and prompts are not.
    """
    batch = next(iter(trainer.get_train_dataloader()))
    world, at_once = trainer.accelerator.num_processes, trainer.args.per_device_train_batch_size
    first = trainer.accelerator.process_index * at_once if world > 1 else 0
    for number, row in enumerate(rows[first : first + at_once]):
        expected = [label for label in row.labels if label != IGNORED]
        learnt = _learnt_of(batch, number, rows[first : first + at_once])
        if learnt != expected or learnt[-1] != end_of_turn:
            raise AssistantError(
                f"pair {row.pair.id} reaches the model with {len(learnt)} tokens to learn instead"
                f" of {len(expected)}; the base's tokenizer pads or cuts where it must not"
            )


def _learnt_of(batch: dict[str, Any], number: int, rows: Sequence[Example]) -> list[int]:
    labels = batch["labels"]
    if len(labels) == 1 and len(rows) > 1:  # end to end
        start = sum(len(row.ids) for row in rows[:number])
        found = labels[0, start : start + len(rows[number].ids)]
    else:
        found = labels[number]
    return [label for label in found.tolist() if label != IGNORED]
