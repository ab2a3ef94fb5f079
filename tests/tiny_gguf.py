"""A two-layer random Llama as a GGUF file, with one token a byte: llama.cpp runs it for real."""

from __future__ import annotations

from pathlib import Path

import numpy as np

_LAYERS, _HEADS, _WIDTH, _INNER, _CONTEXT = 2, 2, 32, 64, 2048
_TEMPLATE = (
    "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def write_tiny_gguf(path: Path) -> Path:
    """Write the model, about 150 kB, the same bytes each time."""
    from gguf import GGUFWriter, TokenType
    from tokenizers.pre_tokenizers import ByteLevel

    tokens = [*sorted(ByteLevel.alphabet()), "<|im_start|>", "<|im_end|>"]
    writer = GGUFWriter(path, "llama")
    writer.add_context_length(_CONTEXT)
    writer.add_embedding_length(_WIDTH)
    writer.add_block_count(_LAYERS)
    writer.add_feed_forward_length(_INNER)
    writer.add_head_count(_HEADS)
    writer.add_head_count_kv(_HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(_WIDTH // _HEADS)
    writer.add_vocab_size(len(tokens))
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("default")
    writer.add_token_list(tokens)
    control = [TokenType.CONTROL] * 2
    writer.add_token_types([*([TokenType.NORMAL] * (len(tokens) - 2)), *control])
    writer.add_token_merges(["a b"])  # llama.cpp asks for a list; no pair of bytes is joined by it
    writer.add_eos_token_id(len(tokens) - 1)
    writer.add_add_bos_token(False)
    writer.add_chat_template(_TEMPLATE)
    for name, weights in _make_weights(len(tokens)).items():
        writer.add_tensor(name, weights)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _make_weights(n_tokens: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(7)
    shapes = {"token_embd": (n_tokens, _WIDTH), "output_norm": (_WIDTH,)}
    for layer in range(_LAYERS):
        shapes |= {f"blk.{layer}.attn_{name}": (_WIDTH, _WIDTH) for name in ("q", "k", "v")}
        shapes |= {
            f"blk.{layer}.attn_output": (_WIDTH, _WIDTH),
            f"blk.{layer}.attn_norm": (_WIDTH,),
            f"blk.{layer}.ffn_norm": (_WIDTH,),
            f"blk.{layer}.ffn_gate": (_INNER, _WIDTH),
            f"blk.{layer}.ffn_up": (_INNER, _WIDTH),
            f"blk.{layer}.ffn_down": (_WIDTH, _INNER),
        }
    return {
        f"{name}.weight": np.ones(shape, np.float32)
        if len(shape) == 1
        else rng.normal(0, 0.3, shape).astype(np.float32)
        for name, shape in shapes.items()
    }
