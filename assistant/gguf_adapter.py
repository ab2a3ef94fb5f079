"""A PEFT LoRA folder as a GGUF adapter for llama.cpp, for the families of models named here.

Reads adapter_model.safetensors and adapter_config.json, writes one file. Needs no torch.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.adapter_files import ADAPTER_CONFIG, WEIGHTS
from assistant.errors import AssistantError

# transformers' model types and what llama.cpp calls them. Only "llama" has another rotary layout
# there; each is held by a test of equal text on a random model of two layers.
ARCHITECTURES = {"llama": "llama", "mistral": "llama", "qwen2": "qwen2", "qwen3": "qwen3"}
_UNSUPPORTED = ("use_dora", "modules_to_save", "layer_replication", "lora_bias")
_NAMES = {
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}
_KEY = re.compile(r"base_model\.model\.model\.layers\.(\d+)\.([a-z_.]+)\.lora_([AB])\.weight")


@dataclass(frozen=True, slots=True)
class AttentionShape:
    """What of the base the conversion needs: its type and its heads."""

    model_type: str
    n_heads: int
    n_kv_heads: int


def read_attention_shape(config: Mapping[str, Any]) -> AttentionShape:
    """Return the shape from a model's config.json."""
    n_heads = int(config["num_attention_heads"])
    n_kv_heads = int(config.get("num_key_value_heads") or n_heads)
    return AttentionShape(str(config["model_type"]), n_heads, n_kv_heads)


def find_obstacle(folder: Path, shape: AttentionShape) -> str:
    """Return why the adapter in `folder` cannot be a GGUF adapter, "" where it can."""
    if shape.model_type not in ARCHITECTURES:
        return f"{shape.model_type} is not one of {', '.join(ARCHITECTURES)}"
    config = _read_config(folder)
    if config.get("peft_type", "LORA") != "LORA":
        return f"it is of type {config['peft_type']}"
    if unsupported := [key for key in _UNSUPPORTED if config.get(key)]:
        return f"llama.cpp has no place for {' and '.join(unsupported)}"
    return ""


def write_gguf_adapter(folder: Path, shape: AttentionShape, target: Path) -> None:
    """Write the adapter in `folder` as `target`; AssistantError names what cannot be converted.

    llama.cpp scales every tensor by one alpha over the tensor's own rank; where PEFT scales a
    layer otherwise, the difference is folded into its B.
    """
    from gguf import GGUFWriter
    from safetensors.numpy import load_file

    if obstacle := find_obstacle(folder, shape):
        raise AssistantError(
            f"the adapter in {folder} cannot be written for llama.cpp: {obstacle}; serve it with"
            " models.engine: transformers, or merge it"
        )
    config = _read_config(folder)
    alpha = _scale(config, "", config["r"]) * config["r"]
    writer = GGUFWriter(target, ARCHITECTURES[shape.model_type])
    writer.add_type("adapter")
    writer.add_string("adapter.type", "lora")
    writer.add_float32("adapter.lora.alpha", alpha)
    for key, weights in sorted(load_file(folder / WEIGHTS).items()):
        module, name, converted = _convert(key, weights, shape)
        if name.endswith("lora_b"):
            rank = weights.shape[1]
            converted = converted * (_scale(config, module, rank) / (alpha / rank))
        writer.add_tensor(name, np.ascontiguousarray(converted, dtype=np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def permute_rotary(rows: NDArray[np.float32], n_heads: int) -> NDArray[np.float32]:
    """Reorder each head's output rows from two halves to pairs, as llama.cpp rotates them.

    Takes and gives (n_heads * head_dim, n); row order (head, half, i) becomes (head, i, half).
    """
    heads = rows.reshape(n_heads, 2, rows.shape[0] // n_heads // 2, rows.shape[1])
    return heads.swapaxes(1, 2).reshape(rows.shape)


def _convert(
    key: str, weights: NDArray[np.float32], shape: AttentionShape
) -> tuple[str, str, NDArray[np.float32]]:
    """Return a tensor's module in PEFT's words, its name in llama.cpp's, and its rows there."""
    match = _KEY.fullmatch(key)
    if match is None or match.group(2) not in _NAMES:
        raise AssistantError(
            f"adapter tensor {key} has no place in a GGUF adapter; serve it with models.engine:"
            " transformers"
        )
    layer, module, side = match.groups()
    heads = {"self_attn.q_proj": shape.n_heads, "self_attn.k_proj": shape.n_kv_heads}
    if side == "B" and module in heads and ARCHITECTURES[shape.model_type] == "llama":
        weights = permute_rotary(weights, heads[module])
    name = f"blk.{layer}.{_NAMES[module]}.weight.lora_{side.lower()}"
    return f"model.layers.{layer}.{module}", name, weights


def _scale(config: Mapping[str, Any], module: str, rank: int) -> float:
    """Return what PEFT multiplies B @ A by in a module: alpha over the rank, or over its root."""
    patterns = config.get("alpha_pattern") or {}
    alpha = next(
        (value for key, value in patterns.items() if re.match(rf"(.*\.)?({key})$", module)),
        config["lora_alpha"],
    )
    return float(alpha) / (rank**0.5 if config.get("use_rslora") else rank)


def _read_config(folder: Path) -> dict[str, Any]:
    config: dict[str, Any] = json.loads((folder / ADAPTER_CONFIG).read_text(encoding="utf-8"))
    return config
