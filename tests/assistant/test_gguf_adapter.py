import json

import numpy as np
import pytest
from gguf import GGUFReader
from safetensors.numpy import save_file

from assistant.errors import AssistantError
from assistant.gguf_adapter import (
    AttentionShape,
    permute_rotary,
    read_attention_shape,
    write_gguf_adapter,
)

SHAPE = AttentionShape("llama", n_heads=2, n_kv_heads=1)
PREFIX = "base_model.model.model.layers.0"


def write_adapter(folder, weights, **config):
    save_file(weights, folder / "adapter_model.safetensors")
    settings = {"r": 4, "lora_alpha": 8, **config}
    (folder / "adapter_config.json").write_text(json.dumps(settings))


def ramp(*shape):
    return np.arange(np.prod(shape), dtype=np.float32).reshape(shape)


def read(path):
    reader = GGUFReader(path)
    tensors = {t.name: np.array(t.data).reshape(t.shape[::-1]) for t in reader.tensors}
    return {name: field.contents() for name, field in reader.fields.items()}, tensors


def test_rows_go_from_two_halves_to_pairs_within_each_head():
    rows = np.array([[0], [1], [2], [3], [10], [11], [12], [13]], dtype=np.float32)

    assert permute_rotary(rows, n_heads=2).ravel().tolist() == [0, 2, 1, 3, 10, 12, 11, 13]


def test_the_file_says_what_it_is_and_keeps_alpha(tmp_path):
    write_adapter(tmp_path, {f"{PREFIX}.mlp.up_proj.lora_A.weight": ramp(4, 8)})

    write_gguf_adapter(tmp_path, SHAPE, tmp_path / "adapter.gguf")

    fields, _ = read(tmp_path / "adapter.gguf")
    assert fields["general.architecture"] == "llama"
    assert fields["general.type"] == "adapter"
    assert fields["adapter.type"] == "lora"
    assert fields["adapter.lora.alpha"] == 8.0


def test_names_shapes_and_order_are_llama_cpps(tmp_path):
    weights = {
        f"{PREFIX}.self_attn.{name}_proj.lora_{side}.weight": ramp(*shape)
        for name, n_out in (("q", 8), ("k", 4), ("v", 4), ("o", 8))
        for side, shape in (("A", (4, 8)), ("B", (n_out, 4)))
    }
    write_adapter(tmp_path, weights)

    write_gguf_adapter(tmp_path, SHAPE, tmp_path / "adapter.gguf")

    _, tensors = read(tmp_path / "adapter.gguf")
    q, k, v = (tensors[f"blk.0.attn_{name}.weight.lora_b"] for name in "qkv")
    assert sorted(tensors) == sorted(
        f"blk.0.attn_{name}.weight.lora_{side}"
        for name in ("q", "k", "v", "output")
        for side in "ab"
    )
    assert (q[:, 0] / 4).tolist() == [0, 2, 1, 3, 4, 6, 5, 7]  # two heads of four rows
    assert (k[:, 0] / 4).tolist() == [0, 2, 1, 3]  # one head
    assert np.array_equal(v, ramp(4, 4))
    assert np.array_equal(tensors["blk.0.attn_q.weight.lora_a"], ramp(4, 8))


def test_rank_stabilised_scaling_becomes_an_alpha(tmp_path):
    weights = {f"{PREFIX}.mlp.up_proj.lora_A.weight": ramp(4, 8)}
    write_adapter(tmp_path, weights, use_rslora=True)

    write_gguf_adapter(tmp_path, SHAPE, tmp_path / "adapter.gguf")

    # llama.cpp scales by alpha / r; peft by lora_alpha / sqrt(r) = 8 / 2.
    assert read(tmp_path / "adapter.gguf")[0]["adapter.lora.alpha"] / 4 == 8 / 2


def test_another_scale_or_rank_of_a_layer_is_folded_into_its_b(tmp_path):
    weights = {
        f"{PREFIX}.mlp.{module}.lora_{side}.weight": ramp(*shape)
        for module, rank in (("up_proj", 4), ("down_proj", 2))
        for side, shape in (("A", (rank, 8)), ("B", (8, rank)))
    }
    pattern = {"rank_pattern": {"down_proj": 2}, "alpha_pattern": {"layers.0.mlp.down_proj": 3}}
    write_adapter(tmp_path, weights, **pattern)

    write_gguf_adapter(tmp_path, SHAPE, tmp_path / "adapter.gguf")

    fields, tensors = read(tmp_path / "adapter.gguf")
    alpha = fields["adapter.lora.alpha"]
    up, down = (tensors[f"blk.0.ffn_{name}.weight.lora_b"] for name in ("up", "down"))
    assert alpha / 4 * up == pytest.approx(8 / 4 * ramp(8, 4))
    assert alpha / 2 * down == pytest.approx(3 / 2 * ramp(8, 2))


def test_another_family_of_models_is_refused_by_name(tmp_path):
    shape = read_attention_shape({"model_type": "gemma2", "num_attention_heads": 4})

    with pytest.raises(AssistantError, match=r"llama.cpp: gemma2 is not one of llama, mistral, qw"):
        write_gguf_adapter(tmp_path, shape, tmp_path / "adapter.gguf")


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"use_dora": True}, "no place for use_dora"),
        ({"modules_to_save": ["lm_head"], "lora_bias": True}, "modules_to_save and lora_bias"),
        ({"peft_type": "ADALORA"}, "it is of type ADALORA"),
    ],
    ids=["dora", "two at once", "adalora"],
)
def test_what_llama_cpp_has_no_place_for_is_refused(tmp_path, settings, says):
    write_adapter(tmp_path, {f"{PREFIX}.mlp.up_proj.lora_A.weight": ramp(4, 8)}, **settings)

    with pytest.raises(AssistantError, match=rf"cannot be written for llama.cpp: .*{says}"):
        write_gguf_adapter(tmp_path, SHAPE, tmp_path / "adapter.gguf")


def test_an_unknown_tensor_is_refused_by_name(tmp_path):
    write_adapter(tmp_path, {"base_model.model.lm_head.lora_A.weight": ramp(4, 8)})

    with pytest.raises(AssistantError, match=r"lm_head.lora_A.weight has no place"):
        write_gguf_adapter(tmp_path, SHAPE, tmp_path / "adapter.gguf")
