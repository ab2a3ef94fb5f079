"""llama.cpp in process (xllamacpp): the CPU engine.

Prompts arrive as token ids rendered by our own tokenizer, so they are those of training. Adapters
are GGUF LoRA files, loaded at start and chosen per request.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import psutil

from assistant.errors import AssistantError, ModelMissing
from assistant.records import Message
from assistant.seams import Tokenizer
from assistant.settings import GREEDY, DecodingSettings

_END = object()


class LlamaCppEngine:
    """The Generator seam on a GGUF base with any number of GGUF adapters."""

    def __init__(
        self,
        gguf: Path,
        tokenizer: Tokenizer,
        adapters: Mapping[str, Path],
        *,
        context_tokens: int,
        parallel: int = 1,
        threads: int = 0,
        decoding: DecodingSettings = GREEDY,
        exact: bool = False,
    ) -> None:
        """Load the model; `exact` keeps attention's state in f32, to compare with transformers."""
        import xllamacpp

        for path in (gguf, *adapters.values()):
            if not path.is_file():
                raise ModelMissing(f"{path} is missing; the model or adapter cannot be served")
        params = xllamacpp.CommonParams()
        params.model.path = str(gguf)
        # llama.cpp keys its prompt caches by tokens alone and would hand one voice's state to
        # another (its issue 26207). So each voice has slots of its own, which keep their prompts,
        # and there is no cache across slots.
        voices = [None, *adapters]
        params.n_ctx = context_tokens * parallel * len(voices)
        params.n_parallel = parallel * len(voices)
        if adapters:
            params.cache_ram_mib = 0
        if exact:
            params.cache_type_k = params.cache_type_v = xllamacpp.ggml_type.GGML_TYPE_F32
            params.flash_attn_type = xllamacpp.llama_flash_attn_type.LLAMA_FLASH_ATTN_TYPE_DISABLED
        n_threads = threads or psutil.cpu_count(logical=False) or 1
        params.cpuparams.n_threads = n_threads
        params.cpuparams_batch.n_threads = n_threads
        params.verbosity = -1
        params.lora_adapters = [
            xllamacpp.CommonAdapterLoraInfo(str(path), 1.0) for path in adapters.values()
        ]
        self._adapter_ids = {name: number for number, name in enumerate(adapters)}
        self._tokenizer = tokenizer
        self._decoding = decoding.model_dump()
        self._free: dict[str | None, queue.LifoQueue[int]] = {}
        for number, voice in enumerate(voices):
            self._free[voice] = queue.LifoQueue()
            for slot in range(number * parallel, (number + 1) * parallel):
                self._free[voice].put(slot)
        try:
            self._server: Any = xllamacpp.Server(params)
        except RuntimeError as error:
            raise ModelMissing(f"llama.cpp could not load {gguf}: {error}") from error

    @property
    def name(self) -> str:
        """Engine name for answers and reports."""
        return "llamacpp"

    def stream(
        self, messages: Sequence[Message], *, adapter: str | None, max_tokens: int
    ) -> Iterator[str]:
        """Yield pieces of text; closing the iterator stops llama.cpp at the next token."""
        if adapter is not None and adapter not in self._adapter_ids:
            known = ", ".join(self._adapter_ids) or "none"
            raise AssistantError(f"adapter {adapter} is not loaded; loaded: {known}")
        slot = self._free[adapter].get()
        try:
            yield from self._stream(self._body(messages, adapter, max_tokens, slot))
        finally:
            self._free[adapter].put(slot)

    def _body(
        self, messages: Sequence[Message], adapter: str | None, max_tokens: int, slot: int
    ) -> dict[str, Any]:
        return {
            "prompt": self._tokenizer.render(messages),
            "id_slot": slot,
            "n_predict": max_tokens,
            **self._decoding,
            "stream": True,
            "cache_prompt": True,
            "lora": [
                {"id": number, "scale": 1.0 if name == adapter else 0.0}
                for name, number in self._adapter_ids.items()
            ],
        }

    def _stream(self, body: dict[str, Any]) -> Iterator[str]:
        pieces: queue.SimpleQueue[Any] = queue.SimpleQueue()
        stopped = threading.Event()
        worker = threading.Thread(target=self._run, args=(body, pieces, stopped), daemon=True)
        worker.start()
        try:
            while (piece := pieces.get()) is not _END:
                if isinstance(piece, AssistantError):
                    raise piece
                yield piece
        finally:
            stopped.set()
            worker.join()

    def _run(
        self, body: dict[str, Any], pieces: queue.SimpleQueue[Any], stopped: threading.Event
    ) -> None:
        def receive(chunk: dict[str, Any]) -> bool:
            if "error" in chunk:
                pieces.put(AssistantError(f"llama.cpp: {chunk['error'].get('message', chunk)}"))
                return True
            choices = chunk.get("choices") or [{}]
            if text := choices[0].get("text"):
                pieces.put(text)
            return stopped.is_set()

        try:
            self._server.handle_completions(body, receive)
        except RuntimeError as error:
            pieces.put(AssistantError(f"llama.cpp stopped: {error}"))
        finally:
            pieces.put(_END)
