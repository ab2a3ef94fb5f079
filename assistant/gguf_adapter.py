"""A PEFT LoRA folder as a GGUF adapter for llama.cpp; Llama's family of models only.

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

from assistant.errors import AssistantError

# Both are architecture "llama" to llama.cpp, with the same rotary layout.
SUPPORTED_TYPES = ("llama", "mistral")
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


def write_gguf_adapter(folder: Path, shape: AttentionShape, target: Path) -> None:
    """Write the adapter in `folder` as `target`; AssistantError names what cannot be converted."""
    from gguf import GGUFWriter
    from safetensors.numpy import load_file

    if shape.model_type not in SUPPORTED_TYPES:
        raise AssistantError(
            f"a {shape.model_type} adapter cannot be written for llama.cpp, only one of"
            f" {', '.join(SUPPORTED_TYPES)}; serve it with models.engine: transformers"
        )
    alpha = _read_alpha(folder / "adapter_config.json")
    writer = GGUFWriter(target, "llama")
    writer.add_type("adapter")
    writer.add_string("adapter.type", "lora")
    writer.add_float32("adapter.lora.alpha", alpha)
    for key, weights in sorted(load_file(folder / "adapter_model.safetensors").items()):
        name, converted = _convert(key, weights, shape)
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
) -> tuple[str, NDArray[np.float32]]:
    match = _KEY.fullmatch(key)
    if match is None or match.group(2) not in _NAMES:
        raise AssistantError(
            f"adapter tensor {key} has no place in a GGUF adapter; serve it with models.engine:"
            " transformers"
        )
    layer, module, side = match.groups()
    if side == "B" and module == "self_attn.q_proj":
        weights = permute_rotary(weights, shape.n_heads)
    if side == "B" and module == "self_attn.k_proj":
        weights = permute_rotary(weights, shape.n_kv_heads)
    return f"blk.{layer}.{_NAMES[module]}.weight.lora_{side.lower()}", weights


def _read_alpha(path: Path) -> float:
    """Return the alpha that makes llama.cpp's scale, alpha / rank, that of the adapter."""
    config = json.loads(path.read_text(encoding="utf-8"))
    unsupported = [
        key
        for key in ("use_dora", "alpha_pattern", "modules_to_save", "layer_replication")
        if config.get(key)
    ]
    if unsupported:
        raise AssistantError(
            f"an adapter with {' and '.join(unsupported)} cannot be written for llama.cpp; serve it"
            " with models.engine: transformers"
        )
    alpha = float(config["lora_alpha"])
    return alpha * float(config["r"]) ** 0.5 if config.get("use_rslora") else alpha
