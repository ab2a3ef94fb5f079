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
    ) -> None:
        import xllamacpp

        for path in (gguf, *adapters.values()):
            if not path.is_file():
                raise ModelMissing(f"{path} is missing; the model or adapter cannot be served")
        params = xllamacpp.CommonParams()
        params.model.path = str(gguf)
        params.n_ctx = context_tokens * parallel
        params.n_parallel = parallel
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
        # llama.cpp keys its prompt cache by tokens alone and would hand one adapter's state to
        # another, so the cache stays off once two voices share the slots.
        self._last_adapter: str | None = None
        self._mixed = False
        self._lock = threading.Lock()
        try:
            self._server = xllamacpp.Server(params)
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
        body = {
            "prompt": self._tokenizer.render(messages),
            "n_predict": max_tokens,
            **self._decoding,
            "stream": True,
            "cache_prompt": self._may_cache(adapter),
            "lora": [
                {"id": number, "scale": 1.0 if name == adapter else 0.0}
                for name, number in self._adapter_ids.items()
            ],
        }
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

    def _may_cache(self, adapter: str | None) -> bool:
        with self._lock:
            if self._last_adapter is not None and self._last_adapter != (adapter or ""):
                self._mixed = True
            self._last_adapter = adapter or ""
            return not self._mixed
