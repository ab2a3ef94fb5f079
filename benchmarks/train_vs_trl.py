"""Our training beside a plain script in TRL's documented way: same base, rows and steps.

    python benchmarks/train_vs_trl.py WORKSPACE [--rows 300] [--steps N] [--held-out 24]
                                      [--variant NAME ...]

Each variant runs in its own process, one after the other, on the same `--rows` training rows (drawn
once; else all) in the same order, `--steps` of four rows (else one pass over them). One table:
tokens/s over the steps, peak memory (psutil, the resident set while stepping), the loss on the same
held-out rows before and after, measured by the same code, and minutes. `ours`, `ours-nf4`; `trl`:
SFTTrainer with its defaults and peft's LoRA, on messages, as its guide shows; `trl-tuned`: the
options that the guide names for speed and memory. The ratios to ours stand below the table.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import replace
from pathlib import Path

VARIANTS = ("ours", "ours-nf4", "trl", "trl-tuned")
ROWS_PER_STEP = 4  # of the cpu preset
GB = 1024**3


class Peak:
    """The most resident memory that was seen since `start`, looked at fifty times a second."""

    def __init__(self):
        import psutil

        self._process, self.bytes, self._on = psutil.Process(), 0, False
        threading.Thread(target=self._watch, daemon=True).start()

    def start(self):
        self.bytes, self._on = 0, True

    def stop(self):
        self._on = False
        return self.bytes

    def _watch(self):
        while True:
            if self._on:
                self.bytes = max(self.bytes, self._process.memory_info().rss)
            time.sleep(0.02)


def run_ours(workspace, options, quantisation):
    from train.losses import measure_losses
    from train.model import add_adapter, load_base_model
    from train.presets import choose_preset
    from train.report import Setup
    from train.sizing import forecast
    from train.steps import plan_steps

    data, hardware, n_steps = read(workspace, options)
    settings = workspace.settings.train.model_copy(update={"quantisation": quantisation})
    preset = choose_preset(None, settings, hardware)
    coming = forecast(data, preset, hardware)
    base = load_base_model(data.base, coming.preset, hardware)
    before = measure_losses(base, data.validation)
    model = add_adapter(base, coming.preset, 7, n_steps=n_steps)
    steps = plan_steps(data, coming.preset, Setup(coming.preset, hardware, 7, None), 1e-3, n_steps)
    peak, times = Peak(), []

    def after_step(step, loss):
        times.append(time.perf_counter())
        return step >= n_steps

    peak.start()
    began = time.perf_counter()
    steps.train(model, after_step)
    return report(
        peak.stop(), sum(steps.step_tokens), times[-1] - began, before,
        measure_losses(model, data.validation),
        estimate=coming.memory.total if coming.memory else 0,
    )  # fmt: skip


def run_trl(workspace, options, tuned):
    import datasets
    import peft
    import transformers
    import trl

    from train.losses import measure_losses
    from train.presets import load_presets
    from train.report import Setup
    from train.steps import plan_steps

    data, hardware, n_steps = read(workspace, options)
    preset = load_presets()["cpu"]
    rows = plan_steps(data, preset, Setup(preset, hardware, 7, None), 1e-3, n_steps).rows
    base = transformers.AutoModelForCausalLM.from_pretrained(data.base.place)
    before = measure_losses(base, data.validation)
    size = preset.rows_per_step
    chosen = {"per_device_train_batch_size": size, "max_steps": n_steps}
    if tuned:
        chosen |= {
            "per_device_train_batch_size": 1, "gradient_accumulation_steps": size,
            "learning_rate": 1e-3, "lr_scheduler_type": "cosine", "warmup_steps": 2,
            "activation_checkpointing": False, "bf16": False, "max_length": None,
            "dataloader_pin_memory": False,
        }  # fmt: skip
    messages = [[{"role": m.role, "content": m.content} for m in row.pair.messages] for row in rows]
    table = {"prompt": [m[:-1] for m in messages], "completion": [m[-1:] for m in messages]}
    lora = peft.LoraConfig(r=16, lora_alpha=32, target_modules="all-linear", task_type="CAUSAL_LM")
    config = trl.SFTConfig(
        output_dir=tempfile.mkdtemp(), report_to="none", save_strategy="no", use_cpu=True,
        logging_strategy="no", disable_tqdm=True, train_sampling_strategy="sequential", **chosen,
    )  # fmt: skip
    trainer = trl.SFTTrainer(
        model=base, args=config, peft_config=lora, processing_class=data.tokenizer.inner,
        train_dataset=datasets.Dataset.from_dict(table),
    )  # fmt: skip
    trainer.remove_callback(transformers.PrinterCallback)
    peak = Peak()
    peak.start()
    began = time.perf_counter()
    trainer.train()
    seconds = time.perf_counter() - began
    tokens = sum(len(row.ids) for row in rows)
    return report(
        peak.stop(), tokens, seconds, before, measure_losses(trainer.model, data.validation)
    )


def read(workspace, options):
    """Return the rows that are asked for, the machine, and the steps."""
    import torch

    from assistant.hardware import find_hardware
    from train.data import read_training_data

    hardware = find_hardware()
    torch.set_num_threads(hardware.cores)
    data = read_training_data(workspace)
    count = min(options.rows or len(data.train), len(data.train))
    drawn = random.Random(7).sample(data.train, count)
    n_steps = options.steps or math.ceil(count / ROWS_PER_STEP)
    held_out = data.validation[: options.held_out]
    return replace(data, train=tuple(drawn), validation=held_out), hardware, n_steps


def report(peak, tokens, seconds, before, after, estimate=0):
    return {
        "tokens_per_second": round(tokens / seconds, 1), "peak_gb": round(peak / GB, 2),
        "estimate_gb": round(estimate / GB, 2), "held_out": [before.all, after.all],
        "held_out_novel": [before.novel, after.novel], "minutes": round(seconds / 60, 2),
    }  # fmt: skip


def main():
    options = parse()
    if options.here:
        print(json.dumps(run_here(options)))
        return
    heads = ("tokens/s", "peak GB", "estimate GB", "held out", "novel", "minutes")
    print(f"| | {' | '.join(heads)} |\n" + "|---" * 7 + "|", flush=True)
    found = {}
    for name in options.variant or VARIANTS:
        found[name] = run_apart(name)
        print(format_row(name, found[name]), flush=True)
    for name in ("trl", "trl-tuned"):
        if name in found and "ours" in found:
            print(f"\n{compare(name, found['ours'], found[name])}")


def parse():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("workspace", type=Path)
    parser.add_argument("--rows", type=int, help="training rows; else all")
    parser.add_argument("--steps", type=int, help="else one pass over the rows")
    parser.add_argument("--held-out", type=int, default=24)
    parser.add_argument("--variant", action="append", choices=VARIANTS)
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


def run_here(options):
    from assistant.config import load_workspace
    from assistant.hardware import share_cores

    share_cores()
    workspace = load_workspace(options.workspace)
    name = options.variant[-1]
    if name.startswith("ours"):
        return run_ours(workspace, options, "nf4" if name.endswith("nf4") else "none")
    return run_trl(workspace, options, name.endswith("tuned"))


def run_apart(name):
    """Run one variant in a process of its own; what it says when it fails is shown."""
    command = [sys.executable, __file__, *sys.argv[1:], "--variant", name, "--here"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{name} failed:\n{done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def format_row(name, row):
    shown = [
        "none" if None in losses else f"{losses[0]:.3f} -> {losses[1]:.3f}"
        for losses in (row["held_out"], row["held_out_novel"])
    ]
    return (
        f"| {name} | {row['tokens_per_second']} | {row['peak_gb']} | {row['estimate_gb'] or ''} |"
        f" {shown[0]} | {shown[1]} | {row['minutes']} |"
    )


def compare(name, ours, theirs):
    speed = ours["tokens_per_second"] / theirs["tokens_per_second"]
    memory = ours["peak_gb"] / theirs["peak_gb"]
    keys = [key for key in ("held_out", "held_out_novel") if None not in ours[key]]
    losses = ", ".join(f"{key} {ours[key][1] - theirs[key][1]:+.3f}" for key in keys)
    return f"ours to {name}: {speed:.2f} of its speed, {memory:.2f} of its memory, {losses}"


if __name__ == "__main__":
    main()
