"""transformers in process: the engine for GPUs and for bases that have no GGUF.

From token ids of our own tokenizer, greedy unless `models.decoding` says otherwise; adapters are
PEFT folders on one loaded base, chosen per request under a lock.
"""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from assistant.base import Base
from assistant.errors import AssistantError, ModelMissing, OutOfMemory
from assistant.records import Message
from assistant.settings import GREEDY, DecodingSettings
from assistant.tokenizer import ChatTokenizer

if TYPE_CHECKING:
    import torch


class TransformersEngine:
    """The Generator seam on a transformers model."""

    def __init__(
        self,
        base: Base,
        tokenizer: ChatTokenizer,
        adapters: Mapping[str, Path],
        *,
        decoding: DecodingSettings = GREEDY,
    ) -> None:
        import torch
        from transformers import AutoModelForCausalLM

        on_gpu = torch.cuda.is_available()
        try:
            model: Any = AutoModelForCausalLM.from_pretrained(
                base.place,
                revision=base.hub_revision,
                dtype=torch.bfloat16 if on_gpu else torch.float32,
                use_safetensors=True,
                trust_remote_code=False,
            )
        except OSError as error:
            raise ModelMissing(
                f"models.base: {base.id} could not be loaded ({error}); check name and network"
            ) from error
        except torch.OutOfMemoryError as error:
            raise OutOfMemory(f"{base.id} does not fit this GPU; use a smaller base") from error
        device = "cuda" if on_gpu else "cpu"
        self._model: Any = _with_adapters(model, adapters).to(device).eval()
        self._adapters = tuple(adapters)
        self._tokenizer = tokenizer
        self._decoding = decoding
        self._turn = threading.Lock()

    @property
    def name(self) -> str:
        """Engine name for answers and reports."""
        return "transformers"

    def stream(
        self, messages: Sequence[Message], *, adapter: str | None, max_tokens: int
    ) -> Iterator[str]:
        """Yield pieces of text; closing the iterator stops at the next token."""
        if adapter is not None and adapter not in self._adapters:
            known = ", ".join(self._adapters) or "none"
            raise AssistantError(f"adapter {adapter} is not loaded; loaded: {known}")
        ids = self._tokenizer.render(messages)
        with self._turn:
            yield from self._pieces(ids, adapter, max_tokens)

    def _pieces(self, ids: list[int], adapter: str | None, max_tokens: int) -> Iterator[str]:
        import torch

        shown, made = "", list[int]()
        dice = torch.Generator(device=self._model.device).manual_seed(self._decoding.seed)
        cache: Any = None
        step = torch.tensor([ids], device=self._model.device)
        for _ in range(max_tokens):
            with torch.inference_mode(), self._using(adapter):
                output = self._model(input_ids=step, past_key_values=cache, use_cache=True)
            cache = output.past_key_values
            token = _choose(output.logits[0, -1], self._decoding, dice)
            if token == self._tokenizer.end_of_turn:
                break
            made.append(token)
            text = self._tokenizer.inner.decode(made, skip_special_tokens=True)
            # A character cut between two tokens decodes to U+FFFD until its end arrives.
            if not text.endswith("\ufffd") and text != shown:
                yield text[len(shown) :]
                shown = text
            step = torch.tensor([[token]], device=self._model.device)

    def measure_gap(
        self, messages: Sequence[Message], text: str, other: str, *, adapter: str | None
    ) -> float:
        """Return by how much this model prefers `text` to `other` where the two part, in logits.

        0 where they are equal. Both are read as the tokenizer cuts them.
        """
        import torch

        end = self._tokenizer.end_of_turn
        mine, theirs = (
            [*self._tokenizer.inner.encode(said, add_special_tokens=False), end]
            for said in (text, other)
        )
        pairs = zip(mine, theirs, strict=False)
        at = next((n for n, (a, b) in enumerate(pairs) if a != b), None)
        if at is None:
            return 0.0
        ids = [*self._tokenizer.render(messages), *mine[:at]]
        with self._turn, torch.inference_mode(), self._using(adapter):
            step = torch.tensor([ids], device=self._model.device)
            logits = self._model(input_ids=step, use_cache=False).logits[0, -1]
        return float(logits[mine[at]] - logits[theirs[at]])

    def _using(self, adapter: str | None) -> AbstractContextManager[object]:
        if not self._adapters:
            return nullcontext()
        if adapter is None:
            without: AbstractContextManager[object] = self._model.disable_adapter()
            return without
        self._model.set_adapter(adapter)
        return nullcontext()


def _choose(logits: torch.Tensor, decoding: DecodingSettings, dice: torch.Generator) -> int:
    """Return the next token of (vocabulary,) logits: the likeliest, or one by temperature."""
    if decoding.temperature == 0:
        return int(logits.argmax())
    shares, tokens = (logits.float() / decoding.temperature).softmax(-1).sort(descending=True)
    kept = shares.cumsum(-1) - shares < decoding.top_p  # the likeliest one always
    return int(tokens[(shares * kept).multinomial(1, generator=dice)])


def _with_adapters(model: torch.nn.Module, adapters: Mapping[str, Path]) -> torch.nn.Module:
    from peft import PeftModel

    if not adapters:
        return model
    (first, folder), *others = adapters.items()
    with warnings.catch_warnings():
        # peft asks transformers by an old name.
        warnings.filterwarnings("ignore", "`is_gradient_checkpointing`", FutureWarning)
        wrapped = PeftModel.from_pretrained(model, str(folder), adapter_name=first)
        for name, folder in others:
            wrapped.load_adapter(str(folder), adapter_name=name)
    return cast("torch.nn.Module", wrapped)
