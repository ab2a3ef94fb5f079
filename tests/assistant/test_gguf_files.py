import numpy as np
import pytest
from gguf import GGMLQuantizationType, GGUFReader, GGUFWriter
from gguf.quants import dequantize, quantize

from assistant.errors import IndexMismatch
from assistant.gguf_files import write_gguf

UP, NORM = "blk.0.ffn_up.weight", "blk.0.ffn_norm.weight"
# One value in a block of 32 is the largest, so that eight-bit rounding is exact for small integers.
WEIGHTS = np.tile(np.arange(-16, 16, dtype=np.float32), (4, 1)) * 4


def write(path, arch_type, tensors, alpha=None):
    writer = GGUFWriter(path, "llama")
    if arch_type:
        writer.add_type(arch_type)
    if alpha:
        writer.add_float32("adapter.lora.alpha", alpha)
    for name, (data, kind) in tensors.items():
        writer.add_tensor(name, data, raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


@pytest.fixture
def base(tmp_path):
    q4_1 = GGMLQuantizationType.Q4_1
    norm = np.ones(32, dtype=np.float32)
    return write(
        tmp_path / "base.gguf", "", {UP: (quantize(WEIGHTS, q4_1), q4_1), NORM: (norm, None)}
    )


def adapter(tmp_path, name, a, b, alpha=4.0):
    sides = {f"{name}.lora_a": (a, None), f"{name}.lora_b": (b, None)}
    return write(tmp_path / "adapter.gguf", "adapter", sides, alpha)


def read(path):
    return {t.name: dequantize(t.data, t.tensor_type) for t in GGUFReader(path).tensors}


def test_only_the_four_bit_tensors_change_their_type(base, tmp_path):
    write_gguf(base, tmp_path / "new.gguf", "Q8_0")

    kinds = {t.name: t.tensor_type.name for t in GGUFReader(tmp_path / "new.gguf").tensors}
    assert kinds == {UP: "Q8_0", NORM: "F32"}
    before = read(base)[UP]
    assert read(tmp_path / "new.gguf")[UP] == pytest.approx(before, abs=0.6)


def test_an_adapter_adds_alpha_over_rank_times_b_times_a(base, tmp_path):
    a = np.zeros((2, 32), dtype=np.float32)
    a[0, 0], a[1, 31] = 1, 1
    b = np.zeros((4, 2), dtype=np.float32)
    b[0] = 6, 0
    b[3] = 0, -8

    write_gguf(base, tmp_path / "new.gguf", "Q8_0", adapter(tmp_path, UP, a, b))

    # alpha 4 over rank 2 is 2: one corner rises by 2 * 6, the other falls by 2 * 8.
    change = read(tmp_path / "new.gguf")[UP] - read(base)[UP]
    expected = np.zeros((4, 32))
    expected[0, 0], expected[3, 31] = 12, -16
    assert change == pytest.approx(expected, abs=0.6)  # half a step of eight bits at 64


@pytest.mark.parametrize(
    ("name", "width", "says"),
    [("blk.9.ffn_up.weight", 32, "which the base has not"), (UP, 64, r"shape \(4, 64\), the base")],
    ids=["unknown tensor", "other shape"],
)
def test_an_adapter_of_another_model_is_refused(base, tmp_path, name, width, says):
    other = adapter(tmp_path, name, np.ones((2, width), np.float32), np.ones((4, 2), np.float32))

    with pytest.raises(IndexMismatch, match=says):
        write_gguf(base, tmp_path / "new.gguf", "Q8_0", other)
