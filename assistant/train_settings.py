"""The train section of masthead.yaml: every key overrides one figure of the preset."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from assistant.section import Section

Method = Literal["lora", "dora", "rslora", "pissa", "adalora"]
Precision = Literal["none", "nf4", "int8", "fit"]  # fit: 16 bits where they fit, else nf4


class TrainSettings(Section):
    """Overrides of the preset; None keeps the preset's value."""

    preset: str = "auto"
    quantisation: Precision | Literal["auto"] = "auto"  # how the base lies in memory
    method: Method | None = None  # how the adapter is built; docs/training.md
    rank: int | None = Field(default=None, ge=1)
    alpha: int | None = Field(default=None, ge=1)  # twice the rank unless set
    dropout: float | None = Field(default=None, ge=0, lt=1)
    ranks: Literal["even", "entropy"] | None = None  # entropy: a short probe shares out the ranks
    learning_rate: float | None = Field(default=None, gt=0)
    lora_plus: float | None = Field(default=None, ge=1)  # B's rate as a multiple of A's (LoRA+)
    schedule: Literal["cosine", "linear", "constant"] | None = None
    warm_up: float | None = Field(default=None, ge=0, lt=1)  # share of the steps
    epochs: float | None = Field(default=None, gt=0)
    weight_decay: float | None = Field(default=None, ge=0)
    optimiser: Literal["adamw", "adamw-8bit"] | None = None
    rows_per_step: int | None = Field(default=None, ge=1)  # the effective batch
    rows_at_once: int | None = Field(default=None, ge=1)  # more needs more memory
    max_tokens: int | None = Field(default=None, ge=64)  # longer rows are left out and counted
    padding: Literal["auto", "pad", "free"] = "auto"  # free: rows end to end, no pad tokens
    checkpointing: bool | None = None  # half as much arithmetic again, for less memory
    kernels: Literal["auto", "plain"] = "auto"  # auto: Liger and FlashAttention where installed
    patience: int = Field(default=2, ge=1)  # checks without a better loss before the run ends
    checkpoint_s: float = Field(default=60, ge=0)  # seconds of work that a kill may cost, at most
    sweep_rates: tuple[float, ...] = ()  # learning rates for --sweep; else four around the usual
    sweep_ranks: tuple[int, ...] = ()  # ranks for --sweep, tried with each rate
    tracking: Literal["auto", "none", "trackio", "tensorboard"] = "auto"
    seed: int = 7

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.ranks == "entropy" and self.method in ("adalora", "pissa"):
            raise ValueError(
                f"ranks: entropy does not go with method: {self.method}, which settles the ranks"
                " itself; delete one of the two"
            )
        if self.lora_plus and self.method == "adalora":
            raise ValueError(
                f"lora_plus: {self.lora_plus:g} does not go with method: adalora, which has no two"
                " sides; delete one of the two"
            )
        if self.sweep_rates and not 3 <= len(self.sweep_rates) <= 5:
            raise ValueError(f"sweep_rates: {len(self.sweep_rates)} rates; give 3 to 5")
        if any(value <= 0 for value in (*self.sweep_rates, *self.sweep_ranks)):
            raise ValueError("sweep_rates and sweep_ranks must be above 0")
        return self
