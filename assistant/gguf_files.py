"""GGUF files written again: in another type, and with an adapter merged into their weights."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from assistant.errors import IndexMismatch

if TYPE_CHECKING:
    from gguf import GGUFReader, GGUFWriter


def write_gguf(source: Path, target: Path, type_name: str, adapter: Path | None = None) -> None:
    """Write `source` again with its Q4_1 tensors as `type_name`; the rest stays as it is.

    As F32 every tensor is written in full, to compare with transformers.

    `adapter` is a GGUF LoRA adapter (`write_gguf_adapter`), added to the weights before they are
    rounded. IndexMismatch where it has a tensor that `source` has not, or of another shape.
    """
    from gguf import GGMLQuantizationType, GGUFReader, GGUFWriter
    from gguf.quants import dequantize, quantize

    reader = GGUFReader(source)
    writer = GGUFWriter(target, reader.fields["general.architecture"].contents())
    _copy_fields(reader, writer)
    wanted = GGMLQuantizationType[type_name]
    deltas = _read_deltas(adapter) if adapter else {}
    for tensor in reader.tensors:
        delta = deltas.pop(tensor.name, None)
        stays = type_name != "F32" and tensor.tensor_type is not GGMLQuantizationType.Q4_1
        if delta is None and stays:
            writer.add_tensor(tensor.name, tensor.data, raw_dtype=tensor.tensor_type)
            continue
        weights = dequantize(tensor.data, tensor.tensor_type)
        if delta is not None:
            if delta.shape != weights.shape:
                raise IndexMismatch(
                    f"{adapter} has {tensor.name} of shape {delta.shape}, the base"
                    f" {weights.shape}; it was trained on another model"
                )
            weights = weights + delta
        writer.add_tensor(tensor.name, quantize(weights, wanted), raw_dtype=wanted)
    if deltas:
        raise IndexMismatch(
            f"{adapter} has {min(deltas)}, which the base has not; it was trained on another model"
        )
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def is_exact(path: Path) -> bool:
    """Whether a GGUF holds its weights unrounded, in 16 or 32 bits."""
    from gguf import GGUFReader

    return {t.tensor_type.name for t in GGUFReader(path).tensors} <= {"F32", "F16", "BF16"}


def _read_deltas(adapter: Path) -> dict[str, NDArray[np.float32]]:
    """Return what a GGUF LoRA adapter adds to each tensor: alpha / rank * B @ A."""
    from gguf import GGUFReader

    reader = GGUFReader(adapter)
    alpha = float(reader.fields["adapter.lora.alpha"].contents())
    sides = {tensor.name: np.asarray(tensor.data, np.float32) for tensor in reader.tensors}
    deltas = {}
    for name in sides:
        if name.endswith(".lora_a"):
            base = name.removesuffix(".lora_a")
            a, b = sides[name], sides[f"{base}.lora_b"]
            deltas[base] = np.asarray(alpha / len(a) * (b @ a), np.float32)
    return deltas


def _copy_fields(reader: GGUFReader, writer: GGUFWriter) -> None:
    from gguf import GGUFValueType

    written_by_the_writer = {"general.architecture", "general.file_type"}
    for field in reader.fields.values():
        if field.name.startswith("GGUF.") or field.name in written_by_the_writer:
            continue
        sub_type = field.types[-1] if field.types[0] is GGUFValueType.ARRAY else None
        writer.add_key_value(field.name, field.contents(), field.types[0], sub_type=sub_type)
