"""How much memory a run takes, from the shape of the base alone. Arithmetic; loads no model.

benchmarks/train_memory.py checks it against what is measured; docs/training.md has figures.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from assistant.errors import OutOfMemory
from assistant.hardware import GB, Hardware
from assistant.train_settings import Precision
from train.presets import Preset

# Python with torch, transformers, trl and datasets loaded, and what the allocator holds back.
_RUNTIME = {"cpu": int(0.95 * GB), "cuda": int(0.6 * GB)}
_USABLE = 0.9  # of the memory: the rest is the system's, or lost between blocks
_NF4_BYTES = 0.5 + 1 / 64 + 4 / (64 * 256)  # 4 bits, a byte for 64 of them, 4 more for 256 of those


@dataclass(frozen=True, slots=True)
class Shape:
    """What of a decoder's config.json decides about memory."""

    hidden: int
    intermediate: int
    layers: int
    query: int  # heads x head_dim
    key: int  # key-value heads x head_dim
    vocab: int
    is_tied: bool

    @property
    def linears(self) -> tuple[tuple[int, int], ...]:
        """(in, out) of the linear layers of a block, in the order that they are used in."""
        up = (self.hidden, self.intermediate)
        return (
            (self.hidden, self.query), (self.hidden, self.key), (self.hidden, self.key),
            (self.query, self.hidden), up, up, (self.intermediate, self.hidden),
        )  # fmt: skip

    @property
    def linear_parameters(self) -> int:
        """Parameters of all blocks' linear layers: what is quantised."""
        return self.layers * sum(a * b for a, b in self.linears)

    @property
    def parameters(self) -> int:
        """All parameters."""
        embeddings = self.vocab * self.hidden * (1 if self.is_tied else 2)
        return embeddings + self.linear_parameters + (2 * self.layers + 1) * self.hidden

    def count_adapter(self, rank: int) -> int:
        """Return the parameters of LoRA on every linear layer."""
        return self.layers * sum(rank * (a + b) for a, b in self.linears)


@dataclass(frozen=True, slots=True)
class MemoryEstimate:
    """Bytes at the peak of a step. `adapter` holds its gradients and the best copy too."""

    weights: int
    adapter: int
    optimiser: int
    activations: int
    runtime: int

    @property
    def total(self) -> int:
        """All of it."""
        return self.weights + self.adapter + self.optimiser + self.activations + self.runtime

    @property
    def says(self) -> str:
        """The estimate in words."""
        parts = (
            ("base", self.weights), ("adapter", self.adapter), ("optimiser", self.optimiser),
            ("activations", self.activations), ("libraries", self.runtime),
        )  # fmt: skip
        told = ", ".join(f"{name} {size / GB:.2f}" for name, size in parts)
        return f"{self.total / GB:.1f} GB ({told})"


def read_shape(config: Mapping[str, Any]) -> Shape | None:
    """Return the shape from a config.json, None where it is no plain decoder that we can count."""
    needed = ("hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads")
    if any(not config.get(key) for key in (*needed, "vocab_size")) or config.get("num_experts"):
        return None
    hidden, _, _, heads = (int(config[key]) for key in needed)
    head_dim = int(config.get("head_dim") or hidden // heads)
    return Shape(
        hidden=hidden,
        intermediate=int(config["intermediate_size"]),
        layers=int(config["num_hidden_layers"]),
        query=heads * head_dim,
        key=int(config.get("num_key_value_heads") or heads) * head_dim,
        vocab=int(config["vocab_size"]),
        is_tied=bool(config.get("tie_word_embeddings", False)),
    )


def estimate_memory(
    shape: Shape, preset: Preset, hardware: Hardware, row_tokens: int, target_tokens: int
) -> MemoryEstimate:
    """Return the peak for rows of `row_tokens`, of which `target_tokens` are learnt."""
    width = 2 if hardware.bf16 else 4
    rank = 2 * preset.rank if preset.method == "adalora" else preset.rank
    adapter = shape.count_adapter(rank)
    moments = 2 if preset.optimiser == "adamw-8bit" else 8
    return MemoryEstimate(
        weights=_count_weights(shape, preset, hardware, width),
        adapter=adapter * (4 + 4 + (4 if hardware.device == "cpu" else 0)),
        optimiser=adapter * moments,
        activations=preset.rows_at_once
        * (_count_kept(shape, preset, width, row_tokens) + _count_scores(shape, target_tokens)),
        runtime=_RUNTIME[hardware.device],
    )


def fit_preset(
    preset: Preset, hardware: Hardware, estimate: Callable[[Preset], MemoryEstimate], *, auto: bool
) -> Preset:
    """Return the preset with `quantisation` fit settled and, with `auto`, the batch that fits.

    Raises OutOfMemory, naming the setting, where even the smallest would not fit.
    """
    room = _USABLE * (hardware.gpu_memory or hardware.memory)
    candidates = list(list_smaller(preset, auto=auto))
    for candidate in candidates:
        if estimate(candidate).total <= room:
            return candidate
    least = candidates[-1]
    hint = "a smaller models.base" if auto else suggest_smaller(preset)
    raise OutOfMemory(
        f"training with preset {preset.name} would take {estimate(least).total / GB:.1f} GB and"
        f" {hardware.name} has {room / GB:.1f} GB to use; set {hint}"
    )


def suggest_smaller(preset: Preset) -> str:
    """Return the one setting that saves most memory from here."""
    if preset.rows_at_once > 1:
        return f"train.rows_at_once: {preset.rows_at_once // 2}, or train with --auto-batch"
    if not preset.checkpointing:
        return "train.checkpointing: true"
    if preset.quantisation != "nf4":
        return "train.quantisation: nf4"
    return "a lower retrieval.prompt_tokens or train.max_tokens, or a smaller models.base"


def list_smaller(preset: Preset, *, auto: bool) -> Iterator[Preset]:
    """Yield the ways to run it, fastest first: all of a step's rows at once, then fewer."""
    precisions: tuple[Precision, ...] = (preset.quantisation,)
    if preset.quantisation == "fit":
        precisions = ("none", "nf4")
    sizes = [n for n in range(preset.rows_per_step, 0, -1) if preset.rows_per_step % n == 0]
    rows = sizes if auto else [preset.rows_at_once]
    thrifty = {preset.checkpointing, auto or preset.checkpointing}
    for precision in precisions:
        for checkpointing in sorted(thrifty):
            for n in rows:
                yield replace(
                    preset, quantisation=precision, checkpointing=checkpointing, rows_at_once=n
                )


def _count_weights(shape: Shape, preset: Preset, hardware: Hardware, width: int) -> int:
    """Return the bytes of the base; on a processor the file that was quantised stays mapped."""
    each = {"nf4": _NF4_BYTES, "int8": 1.0}.get(preset.quantisation, float(width))
    rest = shape.parameters - shape.linear_parameters
    is_mapped = hardware.device == "cpu" and preset.quantisation != "none"
    each += width if is_mapped else 0
    return int(shape.linear_parameters * each + rest * width)


def _count_kept(shape: Shape, preset: Preset, width: int, row_tokens: int) -> int:
    """Return the bytes that one row keeps for the way back.

    A block keeps the input of its two norms and their outputs, q, k, v, attention's output twice,
    the gate before and after its curve, up, and their product; each adapter keeps its narrow
    middle, and a copy of its input in fp32 on a 16-bit base.
    """
    inputs = sum(a for a, _ in shape.linears)
    block = width * (4 * shape.hidden + 3 * shape.query + 2 * shape.key + 4 * shape.intermediate)
    block += 4 * (inputs if width == 2 else 0) + 4 * preset.rank * len(shape.linears)
    if preset.checkpointing:
        return row_tokens * (block + shape.layers * shape.hidden * width)
    return row_tokens * shape.layers * block


def _count_scores(shape: Shape, target_tokens: int) -> int:
    """Return the bytes of the vocabulary's scores: in fp32, their logs, and the two gradients."""
    return target_tokens * shape.vocab * 4 * 4
