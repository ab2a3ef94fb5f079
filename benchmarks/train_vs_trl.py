"""Our training beside a plain script in TRL's documented way: same base, rows and steps.

    python benchmarks/train_vs_trl.py WORKSPACE [--steps 20] [--variant NAME ...]

Each variant runs in its own process, one after the other, and prints tokens/s over the steps, peak
memory (psutil, the resident set while stepping) and the loss on the same held-out rows, measured by
the same code. `ours`, `ours-nf4`; `trl`: SFTTrainer with its defaults and peft's LoRA, on messages,
as its guide shows; `trl-tuned`: the options that the guide names for speed and memory.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

VARIANTS = ("ours", "ours-nf4", "trl", "trl-tuned")
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


def run_ours(workspace, n_steps, quantisation):
    from train.losses import measure_losses
    from train.model import add_adapter, load_base_model
    from train.presets import choose_preset
    from train.report import Setup
    from train.sizing import forecast
    from train.steps import plan_steps

    data, hardware = read(workspace)
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


def run_trl(workspace, n_steps, tuned):
    import datasets
    import peft
    import transformers
    import trl

    from train.losses import measure_losses
    from train.presets import load_presets
    from train.report import Setup
    from train.steps import plan_steps

    data, hardware = read(workspace)
    preset = load_presets()["cpu"]
    rows = plan_steps(data, preset, Setup(preset, hardware, 7, None), 1e-3, n_steps).rows
    base = transformers.AutoModelForCausalLM.from_pretrained(data.base.place)
    before = measure_losses(base, data.validation)
    size = preset.rows_per_step
    options = {"per_device_train_batch_size": size, "max_steps": n_steps}
    if tuned:
        options |= {
            "per_device_train_batch_size": 1, "gradient_accumulation_steps": size,
            "learning_rate": 1e-3, "lr_scheduler_type": "cosine", "warmup_steps": 2,
            "activation_checkpointing": False, "bf16": False, "max_length": None,
            "dataloader_pin_memory": False,
        }  # fmt: skip
    messages = [[{"role": m.role, "content": m.content} for m in row.pair.messages] for row in rows]
    table = {"prompt": [m[:-1] for m in messages], "completion": [m[-1:] for m in messages]}
    lora = peft.LoraConfig(r=16, lora_alpha=32, target_modules="all-linear", task_type="CAUSAL_LM")
    config = trl.SFTConfig(
        output_dir="/tmp/trl-plain", report_to="none", save_strategy="no", use_cpu=True,
        logging_strategy="no", disable_tqdm=True, train_sampling_strategy="sequential", **options,
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


def read(workspace):
    import torch

    from assistant.hardware import find_hardware
    from train.data import read_training_data

    hardware = find_hardware()
    torch.set_num_threads(hardware.cores)
    data = read_training_data(workspace)
    return replace(data, validation=data.validation[:12]), hardware


def report(peak, tokens, seconds, before, after, estimate=0):
    return {
        "tokens_per_second": round(tokens / seconds, 1), "peak_gb": round(peak / GB, 2),
        "estimate_gb": round(estimate / GB, 2), "held_out": [before.all, after.all],
        "held_out_novel": [before.novel, after.novel], "seconds": round(seconds, 1),
    }  # fmt: skip


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("workspace", type=Path)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--variant", action="append", choices=VARIANTS)
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.here:
        from assistant.config import load_workspace
        from assistant.hardware import share_cores

        share_cores()
        workspace = load_workspace(options.workspace)
        name = options.variant[0]
        if name.startswith("ours"):
            row = run_ours(workspace, options.steps, "nf4" if name.endswith("nf4") else "none")
        else:
            row = run_trl(workspace, options.steps, name.endswith("tuned"))
        print(json.dumps(row))
        return
    print("| | tokens/s | peak GB | estimate GB | held out | novel | s |\n" + "|---" * 7 + "|")
    for name in options.variant or VARIANTS:
        command = [sys.executable, __file__, str(options.workspace), "--steps", str(options.steps)]
        done = subprocess.run(
            [*command, "--variant", name, "--here"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            check=True,
        )
        row = json.loads(done.stdout.splitlines()[-1])
        (a, b), (c, d) = row["held_out"], row["held_out_novel"]
        estimate = row["estimate_gb"] or ""
        print(
            f"| {name} | {row['tokens_per_second']} | {row['peak_gb']} | {estimate} |"
            f" {a:.3f} -> {b:.3f} | {c:.3f} -> {d:.3f} | {row['seconds']} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
