"""The base model with a fresh LoRA adapter on it.

The words of transformers, peft and bitsandbytes stay here.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

from assistant.base import Base
from assistant.errors import AssistantError, ModelMissing
from assistant.hardware import Hardware
from train.presets import Preset

if TYPE_CHECKING:
    import torch
    from peft import LoraConfig, PeftModel
    from transformers import BitsAndBytesConfig, PreTrainedModel


def load_base_model(base: Base, preset: Preset, hardware: Hardware) -> PreTrainedModel:
    """Load the base's safetensors in the preset's precision; ModelMissing says what is absent."""
    import transformers

    transformers.utils.logging.disable_progress_bar()
    quantisation = build_quantisation(hardware) if preset.quantisation == "nf4" else None
    try:
        return transformers.AutoModelForCausalLM.from_pretrained(
            base.place,
            revision=base.hub_revision,
            dtype=choose_dtype(hardware),
            quantization_config=quantisation,
            device_map={"": 0} if hardware.device == "cuda" else None,
            use_safetensors=True,
            trust_remote_code=False,
        )
    except (OSError, ValueError, KeyError) as error:
        reason = " ".join(str(error).split())[:200]
        raise ModelMissing(
            f"base model {base.id} could not be loaded from {base.place}: {reason}; check"
            " models.base and models.revision, or download it first"
        ) from error


def choose_dtype(hardware: Hardware) -> torch.dtype:
    """Return bfloat16 on a GPU that computes in it, else float32."""
    import torch

    return torch.bfloat16 if hardware.bf16 else torch.float32


def build_quantisation(hardware: Hardware) -> BitsAndBytesConfig:
    """Return the NF4 settings of QLoRA (arXiv 2305.14314): double quantisation included."""
    import transformers

    return transformers.BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=choose_dtype(hardware),
    )


def build_lora(preset: Preset) -> LoraConfig:
    """Return the LoRA settings: every linear layer but the head."""
    import peft

    return peft.LoraConfig(
        r=preset.rank,
        lora_alpha=preset.alpha,
        lora_dropout=preset.dropout,
        target_modules="all-linear",
        bias="none",
        task_type="CAUSAL_LM",
    )


def add_adapter(model: PreTrainedModel, preset: Preset, seed: int) -> PeftModel:
    """Put a fresh adapter on the model; its weights come from the seed."""
    import peft
    import torch

    torch.manual_seed(seed)
    with warnings.catch_warnings():
        # peft asks transformers by an old name.
        warnings.filterwarnings("ignore", "`is_gradient_checkpointing`", FutureWarning)
        adapted = peft.get_peft_model(model, build_lora(preset))
    if not count_trainable(adapted) or not adapted.targeted_module_names:
        raise AssistantError(
            f"no layer of {model.config.model_type} took the adapter; this base cannot be trained"
        )
    return adapted


def count_trainable(model: PeftModel) -> int:
    """Count the parameters that training changes."""
    return sum(p.numel() for p in model.parameters() if p.requires_grad)


def count_parameters(model: PreTrainedModel) -> int:
    """Count the base's parameters, quantised ones as the weights that they stand for."""
    return int(model.num_parameters())


def copy_adapter(model: PeftModel) -> dict[str, torch.Tensor]:
    """Return the adapter's weights as they are now, float32, in the processor's memory."""
    import peft

    state = peft.get_peft_model_state_dict(model)
    return {name: tensor.detach().float().cpu().clone() for name, tensor in state.items()}
