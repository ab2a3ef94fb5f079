"""The promoted adapter merged into the GGUF against the same adapter beside it: speed and loss.

    python benchmarks/merged.py WORKSPACE [--rows 12]

Speed: a prompt of 500 tokens and 20 tokens after it, the two in turn, seven times; medians. Loss:
the snapshot's validation rows in fp32, with the base's weights rounded to the serving type and the
adapter exact, against the merged weights rounded. Needs an adapter in service.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from statistics import median

import numpy as np
import torch
import xllamacpp
from gguf import GGMLQuantizationType
from gguf.quants import dequantize, quantize
from peft import PeftModel
from transformers import AutoModelForCausalLM

from assistant.adapter_files import ADAPTER_GGUF
from assistant.base import find_base, load_base_tokenizer
from assistant.config import load_workspace
from assistant.hardware import share_cores
from assistant.pairs_io import read_pairs
from assistant.registry import Registry
from assistant.starter import (
    SERVING_FILE,
    SERVING_TYPE,
    prepare_hf,
    prepare_merged,
    prepare_serving,
)

PROMPT = [(n * 37) % 40_000 + 1000 for n in range(500)]


def start(path: Path, adapter: Path | None = None) -> xllamacpp.Server:
    params = xllamacpp.CommonParams()
    params.model.path = str(path)
    params.n_ctx, params.n_parallel, params.verbosity = 1024, 1, -1
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 2
    if adapter:
        params.lora_adapters = [xllamacpp.CommonAdapterLoraInfo(str(adapter), 1.0)]
    return xllamacpp.Server(params)


def seconds(server: xllamacpp.Server, tokens: int) -> float:
    body = {"prompt": PROMPT, "n_predict": tokens, "ignore_eos": True, "cache_prompt": False}
    began = time.perf_counter()
    server.handle_completions(body | {"stream": False, "temperature": 0.0}, lambda _: False)
    return time.perf_counter() - began


def compare_speed(adapter: Path) -> None:
    servers = {
        "base": start(prepare_serving() / SERVING_FILE),
        "adapter beside": start(prepare_serving() / SERVING_FILE, adapter),
        "adapter merged": start(prepare_merged(adapter)),
    }
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in servers}
    for _ in range(7):
        for name, server in servers.items():
            times[name].append((seconds(server, 1), seconds(server, 21)))
    for name, pairs in times.items():
        first = median(one for one, _ in pairs)
        rest = median(two - one for one, two in pairs)
        print(f"{name:16s} 500-token prompt {first:.2f} s, 20 tokens more {rest:.2f} s")


def round_weights(model: torch.nn.Module) -> None:
    kind = GGMLQuantizationType[SERVING_TYPE]
    for name, weights in model.named_parameters():
        if name.endswith("proj.weight"):
            rounded = dequantize(quantize(weights.detach().numpy(), kind), kind)
            weights.data = torch.from_numpy(np.ascontiguousarray(rounded))


def mean_loss(model: torch.nn.Module, rows: list[tuple[list[int], int]]) -> float:
    total = count = 0.0
    with torch.no_grad():
        for ids, start_of_target in rows:
            logits = model(torch.tensor([ids])).logits[0, start_of_target - 1 : -1]
            target = torch.tensor(ids[start_of_target:])
            total += float(torch.nn.functional.cross_entropy(logits, target, reduction="sum"))
            count += len(target)
    return total / count


def compare_loss(workspace, folder: Path, n_rows: int) -> None:
    base = find_base(workspace.settings.models)
    tokenizer = load_base_tokenizer(base)
    snapshot = max(path for path in workspace.pairs_root.iterdir() if path.name.isdigit())
    pairs = list(read_pairs(snapshot / "validation.jsonl"))[:n_rows]
    rows = [tokenizer.render_with_target(pair.messages) for pair in pairs]

    def load() -> torch.nn.Module:
        return AutoModelForCausalLM.from_pretrained(prepare_hf(), dtype=torch.float32).eval()

    exact = load()
    print(f"loss over {len(rows)} rows: base fp32 {mean_loss(exact, rows):.4f}")
    round_weights(exact)
    print(f"  base {SERVING_TYPE} {mean_loss(exact, rows):.4f}")
    print(f"  adapter beside {mean_loss(PeftModel.from_pretrained(exact, folder), rows):.4f}")
    merged = PeftModel.from_pretrained(load(), folder).merge_and_unload()
    print(f"  adapter merged, fp32 {mean_loss(merged, rows):.4f}")
    round_weights(merged)
    print(f"  adapter merged, {SERVING_TYPE} {mean_loss(merged, rows):.4f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("workspace", type=Path)
    parser.add_argument("--rows", type=int, default=12)
    options = parser.parse_args()
    share_cores()
    workspace = load_workspace(options.workspace)
    registry = Registry(workspace.adapters_root)
    folder = registry.folder(registry.promoted() or "")
    compare_loss(workspace, folder, options.rows)
    compare_speed(folder / ADAPTER_GGUF)


if __name__ == "__main__":
    main()
