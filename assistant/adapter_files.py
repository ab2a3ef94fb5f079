"""What an adapter's two files may hold: settings that cannot load code, weights that are numbers.

Reads them as data and trusts neither; a hash says only that a file is the one that was written.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from assistant.errors import IndexMismatch

WEIGHTS = "adapter_model.safetensors"
ADAPTER_CONFIG = "adapter_config.json"
ADAPTER_GGUF = "adapter.gguf"
# PEFT imports the modules that these name; training leaves them out of the file.
CODE_KEYS = ("auto_mapping", "megatron_config", "megatron_core")

_MOST_HEADER = 8 << 20  # bytes; 70 layers of seven projections need 0.2 MB
_MOST_RANK = 4096
_MOST_CONFIG = 1 << 20  # bytes
# PEFT matches these against every module's name as patterns; repetition in one can take for ever.
_MODULE = re.compile(r"[A-Za-z0-9_.^$\\-]{1,200}")
_INITS = ("default", "eva", "gaussian", "loftq", "olora", "orthogonal", "pissa")
_KEY = re.compile(
    r"base_model\.model\.[A-Za-z0-9_.]+\."
    r"(lora_A\.weight|lora_B\.weight|lora_magnitude_vector(\.weight)?|lora_E|lora_A|lora_B)"
)


def check_adapter_files(folder: Path) -> None:
    """Raise IndexMismatch, naming file and value, unless PEFT can be given this folder."""
    rank = _check_config(folder / ADAPTER_CONFIG)
    check_weights(folder / WEIGHTS, rank)
    gguf = folder / ADAPTER_GGUF
    if gguf.exists() and not _starts_with(gguf, b"GGUF"):
        raise IndexMismatch(f"{gguf} is not a GGUF file; train again")


def _check_config(path: Path) -> int:
    """Return the largest rank that the settings speak of."""
    config = _read_json(path)
    if found := [key for key in CODE_KEYS if key in config]:
        raise IndexMismatch(f"{path} sets {' and '.join(found)}, which can load code; refused")
    for key, value in config.items():
        if not _is_harmless(key, value):
            raise IndexMismatch(
                f"{path} sets {key[:60]!r} to {_shorten(value)}, which no adapter of Masthead's"
                " needs; refused"
            )
    ranks: list[Any] = [config.get("r"), *(config.get("rank_pattern") or {}).values()]
    for rank in ranks:
        if type(rank) is not int or not 1 <= rank <= _MOST_RANK:
            raise IndexMismatch(f"{path} has rank {_shorten(rank)}; 1 to {_MOST_RANK} are possible")
    return int(max(ranks))


def _read_json(path: Path) -> dict[str, Any]:
    def refuse(constant: str) -> None:
        raise ValueError(f"{constant} is no number")

    if path.stat().st_size > _MOST_CONFIG:
        raise IndexMismatch(f"{path} is larger than {_MOST_CONFIG} bytes; train again")
    try:
        config = json.loads(path.read_text(encoding="utf-8"), parse_constant=refuse)
    except (ValueError, RecursionError) as error:
        raise IndexMismatch(f"{path} is not JSON ({error}); train again") from error
    if not isinstance(config, dict):
        raise IndexMismatch(f"{path} holds {_shorten(config)}, not settings; train again")
    return config


def _is_harmless(key: str, value: object) -> bool:
    """Whether a setting can only be read as a number, a name or a plain module's name."""
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,60}", key) or "__" in key:
        return False
    if value in (None, [], {}, "") or isinstance(value, (bool, int)):
        return True
    if isinstance(value, float):
        return math.isfinite(value)
    checks = {
        "peft_type": lambda: value in ("LORA", "ADALORA"),
        "task_type": lambda: value == "CAUSAL_LM",
        "bias": lambda: value == "none",
        "peft_version": lambda: _is_plain(value, r"[0-9a-zA-Z.+-]{1,40}"),
        "revision": lambda: _is_plain(value, r"[0-9A-Za-z._/-]{1,100}"),
        "base_model_name_or_path": lambda: _is_plain(value, r"[^\x00-\x1f]{1,1000}"),
        "init_lora_weights": lambda: value in _INITS or _is_plain(value, r"pissa_niter_[0-9]{1,3}"),
        "target_modules": lambda: _are_modules(value),
        "exclude_modules": lambda: _are_modules(value),
        "rank_pattern": lambda: _is_pattern(value),
        "alpha_pattern": lambda: _is_pattern(value),
    }
    return key in checks and checks[key]()


def _is_plain(value: object, pattern: str) -> bool:
    return isinstance(value, str) and re.fullmatch(pattern, value) is not None


def _are_modules(value: object) -> bool:
    return isinstance(value, list) and all(_is_plain(v, _MODULE.pattern) for v in value)


def _is_pattern(value: object) -> bool:
    return isinstance(value, Mapping) and all(
        _is_plain(name, _MODULE.pattern) and type(number) in (int, float) and math.isfinite(number)
        for name, number in value.items()
    )


def check_weights(path: Path, rank: int) -> None:
    """Raise IndexMismatch unless the file is safetensors of finite LoRA matrices up to `rank`.

    One tensor is in memory at a time; a header longer than any adapter's is not read at all.
    """
    import numpy as np
    from safetensors import SafetensorError, safe_open

    with open(path, "rb") as handle:
        length = int.from_bytes(handle.read(8), "little")
    if length > _MOST_HEADER:
        raise IndexMismatch(
            f"{path} says that its header has {length} bytes; it is not an adapter's safetensors"
        )
    try:
        with safe_open(path, framework="numpy") as file:
            names = list(file.keys())
            if not names:
                raise IndexMismatch(f"{path} holds no tensor; train again")
            for name in names:
                _check_tensor(path, name, file.get_slice(name), rank)
                if not np.isfinite(file.get_tensor(name)).all():
                    raise IndexMismatch(f"{path}: {name} holds NaN or infinity; train again")
    except (SafetensorError, OSError, ValueError) as error:
        raise IndexMismatch(f"{path} is not safetensors ({error}); train again") from error
    _check_pairs(path, names)


def _check_tensor(path: Path, name: str, tensor: Any, rank: int) -> None:  # noqa: ANN401
    if not _KEY.fullmatch(name):
        raise IndexMismatch(f"{path}: {name[:100]!r} is not a LoRA matrix; train again")
    kind, shape = tensor.get_dtype(), tensor.get_shape()
    if kind not in ("F32", "F16"):
        raise IndexMismatch(f"{path}: {name} is of type {kind}, not F32 or F16; train again")
    inner = {"A": 0, "B": 1}.get(name.removesuffix(".weight")[-1])
    if inner is not None and (len(shape) != 2 or not 1 <= shape[inner] <= rank):
        raise IndexMismatch(
            f"{path}: {name} has shape {tuple(shape)}, its settings say rank {rank}; train again"
        )


def _check_pairs(path: Path, names: list[str]) -> None:
    sides = {side: {n.replace("lora_B", "lora_A") for n in names if side in n}
             for side in ("lora_A", "lora_B")}  # fmt: skip
    if alone := sides["lora_A"] ^ sides["lora_B"]:
        raise IndexMismatch(f"{path}: {min(alone)} has no other half; train again")


def _starts_with(path: Path, mark: bytes) -> bool:
    with open(path, "rb") as handle:
        return handle.read(len(mark)) == mark


def _shorten(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
