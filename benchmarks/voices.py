"""Several adapters on one loaded base: what a switch costs; memory while one replaces another.

    python benchmarks/voices.py WORKSPACE ADAPTER [ADAPTER] [--rounds 12]

Switching: one token after a prompt of about 300, asked again and again of one voice, and of all in
turn; the difference of the medians is the switch. Replacing: this process's memory with one engine,
with the next one started beside it, and after the first was let go, as a running server does it.
"""

from __future__ import annotations

import argparse
import gc
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

import psutil

from assistant.adapter_files import ADAPTER_GGUF
from assistant.base import find_base, load_base_tokenizer
from assistant.config import load_workspace
from assistant.engines.llamacpp import LlamaCppEngine
from assistant.engines.transformers import TransformersEngine
from assistant.hardware import share_cores
from assistant.opening import reopen_voices
from assistant.records import Message
from assistant.registry import Registry
from assistant.seams import Generator
from assistant.starter import SERVING_FILE, prepare_serving

ASK = [Message("system", "A plate holds a drawing. " * 50), Message("user", "What is a plate?")]


def first_token_ms(engine: Generator, voices: Sequence[str | None], rounds: int) -> float:
    times = []
    for number in range(rounds):
        began = time.perf_counter()
        for _ in engine.stream(ASK, adapter=voices[number % len(voices)], max_tokens=1):
            pass
        times.append((time.perf_counter() - began) * 1000)
    return median(times[len(voices) :])


def compare_switching(name: str, engine: Generator, voices: Sequence[str | None], n: int) -> None:
    alone = median(first_token_ms(engine, [voice], n) for voice in voices)
    in_turn = first_token_ms(engine, voices, n)
    print(
        f"{name:13s} one voice {alone:7.1f} ms, in turn {in_turn:7.1f} ms, a switch"
        f" {in_turn - alone:+7.1f} ms"
    )


def memory() -> int:
    gc.collect()
    return int(psutil.Process().memory_info().rss / 1e6)


def measure_replacing(workspace, adapters: Sequence[str]) -> None:
    before = memory()
    old = reopen_voices(workspace, engine="", adapters=adapters[:1])
    list(old.engine.stream(ASK, adapter=adapters[0], max_tokens=1))
    one = memory()
    new = reopen_voices(workspace, engine="", adapters=adapters[-1:])
    list(new.engine.stream(ASK, adapter=adapters[-1], max_tokens=1))
    both = memory()
    del old
    after = memory()
    list(new.engine.stream(ASK, adapter=adapters[-1], max_tokens=1))
    print(
        f"replacing     {before} MB before, one engine {one}, both {both}, the old let go {after}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("workspace", type=Path)
    parser.add_argument("adapters", nargs="+")
    parser.add_argument("--rounds", type=int, default=12)
    options = parser.parse_args()
    share_cores()
    workspace = load_workspace(options.workspace)
    registry = Registry(workspace.adapters_root)
    measure_replacing(workspace, options.adapters)
    folders = {name: registry.folder(name) for name in options.adapters}
    voices = [None, *folders]
    base = find_base(workspace.settings.models)
    tokenizer = load_base_tokenizer(base)
    beside = LlamaCppEngine(
        prepare_serving() / SERVING_FILE,
        tokenizer,
        {name: folder / ADAPTER_GGUF for name, folder in folders.items()},
        context_tokens=1024,
    )
    compare_switching("llamacpp", beside, voices, options.rounds)
    del beside
    engine = TransformersEngine(base, tokenizer, folders)
    compare_switching("transformers", engine, voices, options.rounds)


if __name__ == "__main__":
    main()
