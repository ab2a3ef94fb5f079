"""Random models of 1B, 4B and 8B on a GPU: tokens/s, memory against the estimate, QLoRA and LoRA.

    python benchmarks/train_gpu.py [--steps 8] [--tokens 1024]

Only the shapes are real; weights are random, so nothing is downloaded. Without a GPU it says
"not run". Beside each stands the same shape in TRL's defaults.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
import time
from dataclasses import replace
from pathlib import Path

GB = 1024**3
SHAPES = {
    "1B": (2048, 8192, 16, 32, 8),
    "4B": (2560, 9728, 36, 32, 8),
    "8B": (4096, 14336, 32, 32, 8),
}
VOCABULARY = 128_256


def make_model(name, folder):
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    hidden, intermediate, layers, heads, kv = SHAPES[name]
    config = LlamaConfig(
        hidden_size=hidden, intermediate_size=intermediate, num_hidden_layers=layers,
        num_attention_heads=heads, num_key_value_heads=kv, head_dim=128 if name != "1B" else 64,
        vocab_size=VOCABULARY, dtype=torch.bfloat16, tie_word_embeddings=name != "8B",
    )  # fmt: skip
    torch.set_default_dtype(torch.bfloat16)
    with torch.device("cuda"):
        LlamaForCausalLM(config).save_pretrained(folder)
    torch.set_default_dtype(torch.float32)
    torch.cuda.empty_cache()


def time_steps(model, rows, n_steps, preset, *, documented):
    """Return tokens/s and the peak of plain optimiser steps, checkpointed as TRL does if asked."""
    import torch

    from train.losses import target_losses

    if documented or preset.checkpointing:
        model.gradient_checkpointing_enable({"use_reentrant": False})
        model.enable_input_require_grads()
    optimiser = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], 2e-4)
    size, seconds = preset.rows_at_once, 0.0
    torch.cuda.reset_peak_memory_stats()
    for step in range(n_steps):
        torch.cuda.synchronize()
        began = time.perf_counter()
        ids = rows[step * size : (step + 1) * size].cuda()
        labels = ids.clone()
        labels[:, : -ids.shape[1] // 5] = -100
        with torch.autocast("cuda", torch.bfloat16):
            if documented:
                loss = model(input_ids=ids, labels=labels, use_cache=False).loss
            else:
                loss = target_losses(model, ids, labels, None).mean()
        loss.backward()
        optimiser.step()
        optimiser.zero_grad()
        torch.cuda.synchronize()
        seconds += time.perf_counter() - began if step else 0.0
    tokens = (n_steps - 1) * size * rows.shape[1]
    return tokens / seconds, torch.cuda.max_memory_allocated()


def main():
    import torch

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=8)
    parser.add_argument("--tokens", type=int, default=1024)
    options = parser.parse_args()
    if not torch.cuda.is_available():
        print("not run: torch finds no GPU")
        return
    from assistant.base import Base
    from assistant.hardware import find_hardware
    from assistant.settings import TrainSettings
    from train.memory import estimate_memory, read_shape
    from train.model import add_adapter, load_base_model
    from train.presets import choose_preset

    hardware = find_hardware()
    print(
        f"{hardware.name}\n| base | how | tokens/s | peak GB | estimate GB |\n" + "|---" * 5 + "|"
    )
    draw = random.Random(7)
    for name in SHAPES:
        with tempfile.TemporaryDirectory() as folder:
            make_model(name, folder)
            shape = read_shape(json.loads((Path(folder) / "config.json").read_text()))
            for how in ("none", "nf4", "documented"):
                preset = choose_preset(None, TrainSettings(), hardware)
                precision = "none" if how == "documented" else how
                preset = replace(preset, quantisation=precision, rows_at_once=4)
                count = options.steps * preset.rows_at_once
                rows = [[draw.randrange(VOCABULARY) for _ in range(options.tokens)]] * count
                base = load_base_model(Base(name, "", folder), preset, hardware)
                model = add_adapter(base, preset, 7)
                speed, peak = time_steps(
                    model, torch.tensor(rows), options.steps, preset, documented=how == "documented"
                )
                expected = estimate_memory(
                    shape, preset, hardware, options.tokens, options.tokens // 5
                )
                expected_gb = (expected.total - expected.runtime) / GB
                print(f"| {name} | {how} | {speed:.0f} | {peak / GB:.2f} | {expected_gb:.2f} |")
                del base, model
                torch.cuda.empty_cache()


if __name__ == "__main__":
    main()
