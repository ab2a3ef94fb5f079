"""Random models of two layers, for transformers and, with the same weights, for llama.cpp.

Their tokenizer has one token a printable ASCII character. Weights are large enough that greedy text
wanders, so that another adapter, or another's state, gives another text.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from assistant.gguf_adapter import ARCHITECTURES, permute_rotary, read_attention_shape
from assistant.tokenizer import ChatTokenizer

END = "<|im_end|>"
TEMPLATE = (
    "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
N_LAYERS, N_HEADS, N_KV_HEADS, WIDTH, INNER = 2, 4, 2, 64, 96


def make_tokenizer(template: str | None = TEMPLATE) -> ChatTokenizer:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    marks = sorted("Ċ" if c == "\n" else "Ġ" if c == " " else c for c in map(chr, range(32, 127)))
    inner = Tokenizer(models.BPE({mark: n for n, mark in enumerate([*marks, "Ċ"])}, []))
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    inner.decoder = decoders.ByteLevel()
    fast = PreTrainedTokenizerFast(
        tokenizer_object=inner,
        additional_special_tokens=["<|im_start|>"],
        eos_token=END,
        pad_token=END,
    )
    fast.chat_template = template
    return ChatTokenizer(fast)


def make_base(folder: Path, model_type: str = "llama") -> Path:
    """Save a random model of a family with the tokenizer; return the folder."""
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM

    tokenizer = make_tokenizer()
    torch.manual_seed(3)
    config = AutoConfig.for_model(
        model_type,
        vocab_size=len(tokenizer.inner),
        hidden_size=WIDTH,
        intermediate_size=INNER,
        num_hidden_layers=N_LAYERS,
        num_attention_heads=N_HEADS,
        num_key_value_heads=N_KV_HEADS,
        head_dim=WIDTH // N_HEADS,
        max_position_embeddings=1024,
        initializer_range=0.15,
        tie_word_embeddings=False,
        bos_token_id=None,
        eos_token_id=tokenizer.end_of_turn,
    )
    AutoModelForCausalLM.from_config(config).save_pretrained(folder)
    tokenizer.inner.save_pretrained(folder)
    return folder


def write_base_gguf(folder: Path, target: Path) -> Path:
    """Write the model of `make_base` as f32 GGUF, as llama.cpp's own converter lays it out."""
    import json

    import gguf
    from safetensors.numpy import load_file

    config = json.loads((folder / "config.json").read_text())
    shape = read_attention_shape(config)
    name = ARCHITECTURES[shape.model_type]
    arch = next(key for key, value in gguf.MODEL_ARCH_NAMES.items() if value == name)
    names = gguf.get_tensor_name_map(arch, N_LAYERS)
    writer = gguf.GGUFWriter(target, name)
    writer.add_block_count(N_LAYERS)
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(WIDTH)
    writer.add_feed_forward_length(INNER)
    writer.add_head_count(N_HEADS)
    writer.add_head_count_kv(N_KV_HEADS)
    writer.add_key_length(WIDTH // N_HEADS)
    writer.add_value_length(WIDTH // N_HEADS)
    writer.add_rope_dimension_count(WIDTH // N_HEADS)
    writer.add_rope_freq_base(config["rope_parameters"]["rope_theta"])
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    _add_vocabulary(writer)
    for key, weights in sorted(load_file(folder / "model.safetensors").items()):
        rows = weights.astype(np.float32)
        heads = {"q_proj": shape.n_heads, "k_proj": shape.n_kv_heads}.get(key.split(".")[-2])
        if heads and name == "llama":
            rows = permute_rotary(rows, heads)
        stem, _, kind = key.rpartition(".")
        writer.add_tensor(f"{names.get_name(stem)}.{kind}", np.ascontiguousarray(rows))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return target


def _add_vocabulary(writer) -> None:
    import gguf

    tokenizer = make_tokenizer().inner
    tokens = tokenizer.convert_ids_to_tokens(range(len(tokenizer)))
    special = {END, "<|im_start|>"}
    kinds = gguf.TokenType
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(tokens)
    writer.add_token_types([kinds.CONTROL if t in special else kinds.NORMAL for t in tokens])
    writer.add_token_merges(["a b"])
    writer.add_eos_token_id(tokenizer.eos_token_id)


def make_adapter(base: Path, folder: Path, seed: int, **lora: object) -> Path:
    """Write a PEFT adapter with random weights on every linear layer; return its folder."""
    import json
    import warnings

    import peft
    import torch
    from safetensors.torch import save_file
    from transformers import AutoModelForCausalLM

    settings = {"r": 4, "lora_alpha": 8, "target_modules": "all-linear", **lora}
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "`is_gradient_checkpointing`", FutureWarning)
        model = peft.get_peft_model(
            AutoModelForCausalLM.from_pretrained(base),
            peft.LoraConfig(task_type="CAUSAL_LM", **settings),
        )
    torch.manual_seed(seed)
    state = {
        name: torch.randn(tensor.shape) * 0.3 if "lora_" in name else tensor
        for name, tensor in peft.get_peft_model_state_dict(model).items()
    }
    state = {
        name: tensor.abs() + 3 if "magnitude" in name else tensor for name, tensor in state.items()
    }
    folder.mkdir(parents=True, exist_ok=True)
    save_file(state, folder / "adapter_model.safetensors")
    config = model.peft_config["default"].to_dict()
    config = {k: v for k, v in config.items() if k not in ("auto_mapping", "megatron_config",
              "megatron_core")}  # fmt: skip
    config |= {"target_modules": sorted(config["target_modules"]), "inference_mode": True}
    config["base_model_name_or_path"] = str(base)
    (folder / "adapter_config.json").write_text(json.dumps(config, default=str))
    return folder
