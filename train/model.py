"""The base model with a fresh adapter on it, by the preset's method and precision.

The words of transformers, peft and bitsandbytes stay here.
"""

from __future__ import annotations

import importlib.util
import logging
import os
import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from assistant.base import Base
from assistant.errors import AssistantError, ConfigError, ModelMissing
from assistant.hardware import Hardware
from train.presets import Preset

if TYPE_CHECKING:
    import torch
    from peft import LoraConfig, PeftModel
    from transformers import BitsAndBytesConfig, PreTrainedModel

log = logging.getLogger(__name__)

_SHRINKS_FROM = 2  # AdaLoRA starts at this multiple of the rank that it ends with


def load_base_model(base: Base, preset: Preset, hardware: Hardware) -> PreTrainedModel:
    """Load the base's safetensors in the preset's precision; ModelMissing says what is absent."""
    import transformers

    transformers.utils.logging.disable_progress_bar()
    try:
        return transformers.AutoModelForCausalLM.from_pretrained(
            base.place,
            revision=base.hub_revision,
            dtype=choose_dtype(hardware),
            quantization_config=build_quantisation(preset, hardware),
            attn_implementation=choose_attention(preset, hardware),
            device_map={"": local_rank()} if hardware.device == "cuda" else None,
            use_safetensors=True,
            trust_remote_code=False,
        )
    except (OSError, ValueError, KeyError) as error:
        reason = " ".join(str(error).split())[:200]
        raise ModelMissing(
            f"base model {base.id} could not be loaded from {base.place}: {reason}; check"
            " models.base and models.revision, or download it first"
        ) from error


def local_rank() -> int:
    """Return which GPU of this machine is this process's, as `accelerate launch` says."""
    return int(os.environ.get("LOCAL_RANK", "0"))


def choose_dtype(hardware: Hardware) -> torch.dtype:
    """Return bfloat16 on a GPU that computes in it, else float32."""
    import torch

    return torch.bfloat16 if hardware.bf16 else torch.float32


def choose_attention(preset: Preset, hardware: Hardware) -> Literal["flash_attention_2", "sdpa"]:
    """Return FlashAttention where it is installed and runs, else torch's own."""
    wanted = preset.kernels == "auto" and hardware.bf16
    return "flash_attention_2" if wanted and _is_installed("flash_attn") else "sdpa"


def uses_liger(preset: Preset, hardware: Hardware) -> bool:
    """Whether Liger's fused kernels are installed and run here."""
    return preset.kernels == "auto" and hardware.device == "cuda" and _is_installed("liger_kernel")


def build_quantisation(preset: Preset, hardware: Hardware) -> BitsAndBytesConfig | None:
    """Return QLoRA's NF4 with double quantisation (arXiv 2305.14314), LLM.int8(), or None."""
    import transformers

    if preset.quantisation == "int8":
        return transformers.BitsAndBytesConfig(load_in_8bit=True)
    if preset.quantisation == "nf4":
        return transformers.BitsAndBytesConfig(
            load_in_4bit=True,
            bnb_4bit_quant_type="nf4",
            bnb_4bit_use_double_quant=True,
            bnb_4bit_compute_dtype=choose_dtype(hardware),
        )
    return None


def build_lora(
    preset: Preset, n_steps: int = 100, ranks: Mapping[str, int] | None = None
) -> LoraConfig:
    """Return the adapter's settings: every linear layer but the head; `ranks` by module name."""
    import peft

    shared: dict[str, Any] = {
        "lora_alpha": preset.alpha,
        "lora_dropout": preset.dropout,
        "target_modules": "all-linear",
        "bias": "none",
        "task_type": "CAUSAL_LM",
    }
    if preset.method == "adalora":
        # No pruning in the first tenth, nor in the last fifth, where what is left settles.
        return peft.AdaLoraConfig(
            target_r=preset.rank,
            init_r=_SHRINKS_FROM * preset.rank,
            tinit=n_steps // 10,
            tfinal=n_steps // 5,
            total_step=max(2, n_steps),
            **shared,
        )
    return peft.LoraConfig(
        r=preset.rank,
        rank_pattern=dict(ranks or {}),
        use_dora=preset.method == "dora",
        use_rslora=preset.method == "rslora",
        init_lora_weights="pissa" if preset.method == "pissa" else True,
        **shared,
    )


def add_adapter(
    model: PreTrainedModel,
    preset: Preset,
    seed: int,
    *,
    n_steps: int = 100,
    ranks: Mapping[str, int] | None = None,
) -> PeftModel:
    """Put a fresh adapter on the model; its weights come from the seed."""
    import peft
    import torch

    if preset.method == "pissa" and preset.quantisation != "none":
        raise ConfigError(
            f"train.method pissa takes its start from the base's weights, and quantisation is"
            f" {preset.quantisation}; set train.quantisation: none or another train.method"
        )
    torch.manual_seed(seed)
    with warnings.catch_warnings():
        # peft asks transformers by an old name.
        warnings.filterwarnings("ignore", "`is_gradient_checkpointing`", FutureWarning)
        adapted = peft.get_peft_model(model, build_lora(preset, n_steps, ranks))
    if not count_trainable(adapted) or not adapted.targeted_module_names:
        raise AssistantError(
            f"no layer of {model.config.model_type} took the adapter; this base cannot be trained"
        )
    kinds = sorted({name.rpartition(".")[2] for name in adapted.targeted_module_names})
    log.info(
        "the adapter sits on %d layers (%s)", len(adapted.targeted_module_names), ", ".join(kinds)
    )
    return adapted


def remove_adapter(model: PeftModel) -> PreTrainedModel:
    """Return the base without the adapter, its own weights as they were loaded (not for PiSSA)."""
    return model.unload()


def count_trainable(model: PeftModel) -> int:
    """Count the parameters that training changes."""
    return sum(p.numel() for p in model.parameters() if p.requires_grad)


def count_parameters(model: PreTrainedModel) -> int:
    """Count the base's parameters, quantised ones as the weights that they stand for."""
    return int(model.num_parameters())


def _is_installed(module: str) -> bool:
    return importlib.util.find_spec(module) is not None
