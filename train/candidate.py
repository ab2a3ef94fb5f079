"""A finished run as a candidate adapter: weights, settings, card, curve and manifest, all or none.

Writes adapters/NAME under the commit protocol, and nothing else.
"""

from __future__ import annotations

import importlib.metadata
import json
import logging
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from assistant.adapter_files import ADAPTER_CONFIG, ADAPTER_GGUF, CODE_KEYS, WEIGHTS
from assistant.base import Base, describe_base
from assistant.commit import building, hash_file, hash_json, publish, writer_lock
from assistant.gguf_adapter import find_obstacle, read_attention_shape, write_gguf_adapter
from assistant.registry import next_name
from train.card import CURVE, SWEEP, render_card
from train.card_page import CARD, PAGE, draw_losses, read_pictures, render_page
from train.data import TrainingData
from train.fit import Fitted
from train.plots import draw_sweep
from train.report import Setup, TrainReport

log = logging.getLogger(__name__)

_LIBRARIES = ("accelerate", "bitsandbytes", "peft", "torch", "transformers", "trl")


def write_candidate(root: Path, fitted: Fitted, data: TrainingData, setup: Setup) -> str:
    """Publish the run as today's next candidate under `root`; return its name."""
    with writer_lock(root, wait=True):
        name = next_name(root, datetime.now(UTC).date().isoformat())
        report = replace(fitted.report, adapter=name)
        with building(root, name) as folder:
            _write_weights(folder, fitted, data.base)
            gguf = _write_gguf(folder, fitted)
            draw_losses(folder / CURVE, fitted.course)
            if fitted.sweep:
                draw_sweep(folder / SWEEP, fitted.sweep)
            about = {**_describe(report, fitted, data, setup), "gguf": gguf}
            (folder / CARD).write_text(render_card(about), encoding="utf-8")
            page = render_page(about, None, read_pictures(folder))
            (folder / PAGE).write_text(page, encoding="utf-8")
            publish(folder, name, about)
    log.info("candidate %s is in %s", name, root / name)
    return name


def _write_weights(folder: Path, fitted: Fitted, base: Base) -> None:
    from safetensors.torch import save_file

    save_file(dict(fitted.weights), folder / WEIGHTS, metadata={"format": "pt"})
    config = {key: value for key, value in fitted.lora_config.items() if key not in CODE_KEYS}
    # peft would name the folder that the base was loaded from, which is this machine's.
    config |= {
        "base_model_name_or_path": base.id,
        "revision": base.revision,
        "inference_mode": True,
        "target_modules": sorted(config["target_modules"]),
    }
    text = json.dumps(config, indent=1, sort_keys=True, default=str)
    (folder / ADAPTER_CONFIG).write_text(text, encoding="utf-8")


def _write_gguf(folder: Path, fitted: Fitted) -> str:
    """Write adapter.gguf where llama.cpp can use it; return what the manifest says of it."""
    shape = read_attention_shape(fitted.base_config)
    if obstacle := find_obstacle(folder, shape):
        return f"none: {obstacle}"
    write_gguf_adapter(folder, shape, folder / ADAPTER_GGUF)
    return ADAPTER_GGUF


def _describe(
    report: TrainReport, fitted: Fitted, data: TrainingData, setup: Setup
) -> dict[str, Any]:
    base = data.base
    return {
        "kind": "adapter",
        **report.as_json(),
        "base": {
            "id": base.id,
            "revision": base.revision,
            "sha256": _hash_base(base),
            **describe_base(base, data.tokenizer),
        },
        "render": data.render,
        "render_parts": data.render_parts,
        "wording": data.wording,
        "wordings": data.wordings,
        "snapshot": {"number": data.snapshot, "sha256": data.snapshot_sha256},
        "rows": {
            "train": len(data.train),
            "too_long": data.n_too_long,
            "validation": fitted.course.validation_rows,
        },
        "articles": data.articles,
        "settings": {
            **asdict(fitted.preset),
            "learning_rate": fitted.course.rate,
            "max_tokens": data.max_tokens,
            "budget_s": setup.budget_s,
        },
        "seed": setup.seed,
        "checks": [asdict(check) for check in fitted.course.checks],
        "sweep": fitted.sweep.to_rows() if fitted.sweep else None,
        "samples": [asdict(sample) for sample in fitted.samples],
        "hardware": setup.hardware.name,
        "libraries": {name: importlib.metadata.version(name) for name in _LIBRARIES},
    }


def _hash_base(base: Base) -> str:
    """Return the sha256 of the weights of a base in a folder; a commit or hash names the others."""
    if not base.folder or base.hub_revision is not None:
        return base.revision
    return hash_json({p.name: hash_file(p) for p in sorted(Path(base.place).glob("*.safetensors"))})
