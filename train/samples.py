"""What a model writes for five held-out prompts, always the same ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from assistant.tokenizer import ChatTokenizer
from train.examples import Example
from train.signs import Sample

if TYPE_CHECKING:
    from peft import PeftModel

_COUNT = 5
_MOST_TOKENS = 60


def choose_prompts(validation: Sequence[Example]) -> list[Example]:
    """Return five held-out rows, one of each kind first, the shortest prompts of it; fixed."""
    waiting = sorted(validation, key=lambda e: (e.start, e.pair.id))
    chosen: list[Example] = []
    while waiting and len(chosen) < _COUNT:
        kinds = [example.pair.kind for example in chosen]
        best = min(waiting, key=lambda e: kinds.count(e.pair.kind))
        waiting.remove(best)
        chosen.append(best)
    return chosen


def count_sample_tokens(validation: Sequence[Example]) -> int:
    """Return the tokens that sampling reads and writes, as measures of its time."""
    return sum(example.start + _MOST_TOKENS for example in choose_prompts(validation))


def write_answers(
    model: PeftModel, tokenizer: ChatTokenizer, validation: Sequence[Example]
) -> list[str]:
    """Let the model answer the prompts, all at once, always taking the likeliest token."""
    import torch

    chosen = choose_prompts(validation)
    width = max(example.start for example in chosen)
    end = tokenizer.end_of_turn
    longest = max(len(example.ids) - example.start for example in chosen)
    # Padded on the left, so that every answer starts at the same place.
    padded = [[end] * (width - e.start) + list(e.ids[: e.start]) for e in chosen]
    mask = [[0] * (width - e.start) + [1] * e.start for e in chosen]
    was_training = model.training
    model.eval()
    with torch.no_grad():
        written = model.generate(
            input_ids=torch.tensor(padded, device=model.device),
            attention_mask=torch.tensor(mask, device=model.device),
            max_new_tokens=min(_MOST_TOKENS, longest),
            do_sample=False,
            temperature=None,
            top_p=None,
            top_k=None,
            pad_token_id=end,
            eos_token_id=end,
        )
    model.train(was_training)
    answers = tokenizer.inner.batch_decode(written[:, width:], skip_special_tokens=True)
    return [answer.strip() for answer in answers]


def lay_out_samples(
    validation: Sequence[Example], before: Sequence[str], after: Sequence[str]
) -> list[Sample]:
    """Return the samples: answers of the base, which may be none, and of the trained model."""
    asked = [example.pair.messages for example in choose_prompts(validation)]
    told = before or [""] * len(after)
    return [
        Sample(messages[-2].content, answer, messages[-1].content, base)
        for messages, answer, base in zip(asked, after, told, strict=True)
    ]
