import json
import re
import struct

import numpy as np
import pytest
from safetensors.numpy import save_file

from assistant.adapter_files import ADAPTER_CONFIG, WEIGHTS, check_adapter_files
from assistant.errors import IndexMismatch
from tests.adapters import CONFIG, LAYER, make_weights, write_adapter

A, B = f"{LAYER}.mlp.up_proj.lora_A.weight", f"{LAYER}.mlp.up_proj.lora_B.weight"

HOSTILE_SETTINGS = [
    *({key: value} for key in ("auto_mapping", "megatron_config", "megatron_core")
      for value in (None, "os", {"base_model_class": "x", "parent_library": "os"})),
    {"_attn_implementation_internal": "evil/kernels"},
    {"__class__": "Popen"},
    {"lc": {"type": "constructor", "id": ["os", "system"]}},
    {"runtime_config": {"ephemeral_gpu_offload": True}},
    {"trust_remote_code": "yes"},
    {"peft_type": "PROMPT_TUNING"},
    {"peft_type": "__import__('os')"},
    {"task_type": "evil"},
    {"bias": "all"},
    {"base_model_name_or_path": "a\nb"},
    {"base_model_name_or_path": {"x": 1}},
    {"base_model_name_or_path": "x" * 2000},
    {"revision": "main; rm -rf /"},
    {"target_modules": "(a+)+$"},
    {"target_modules": ["(a+)+$"]},
    {"target_modules": ["x" * 300]},
    {"target_modules": [1]},
    {"exclude_modules": ["a|b"]},
    {"rank_pattern": {"(.*)*": 4}},
    {"rank_pattern": {"up_proj": "4"}},
    {"rank_pattern": {"up_proj": 0}},
    {"rank_pattern": {"up_proj": 10**9}},
    {"rank_pattern": [4]},
    {"alpha_pattern": {"a{9,}": 1}},
    {"init_lora_weights": "../../x"},
    {"init_lora_weights": ["pissa"]},
    {"modules_to_save": ["lm_head"]},
    {"layer_replication": [[0, 10**9]]},
    {"layers_pattern": "(x*)*"},
    {"layers_to_transform": [0]},
    {"trainable_token_indices": [1]},
    {"target_parameters": ["weight"]},
    {"loftq_config": {"loftq_bits": 4}},
    {"eva_config": {"rho": 2}},
    {"arrow_config": {"top_k": 1}},
    {"corda_config": {"cache_file": "/etc/passwd"}},
    {"r": 0}, {"r": -4}, {"r": 4.0}, {"r": "4"}, {"r": True}, {"r": 10**9}, {"r": None},
    {"lora_alpha": "8"},
    {"../x": 1}, {"": 1}, {"a b": 1}, {"x" * 99: 1},
]  # fmt: skip


@pytest.fixture
def folder(tmp_path):
    write_adapter(tmp_path)
    return tmp_path


def test_a_plain_adapter_passes(folder):
    check_adapter_files(folder)


@pytest.mark.parametrize(
    "settings",
    [
        {"rank_pattern": {"model.layers.0.mlp.up_proj": 8}, "alpha_pattern": {"up_proj": 4}},
        {"use_dora": True, "lora_dropout": 0.1, "modules_to_save": None, "loftq_config": {}},
        {"init_lora_weights": "pissa_niter_16", "use_rslora": True},
        {"base_model_name_or_path": "/home/ed/Models (new)/base", "revision": "c0ffee"},
    ],
    ids=["patterns", "dora", "pissa", "names"],
)
def test_what_training_writes_passes(folder, settings):
    write_adapter(folder, settings)

    check_adapter_files(folder)


@pytest.mark.parametrize("settings", HOSTILE_SETTINGS, ids=lambda s: str(s)[:50])
def test_settings_that_no_adapter_needs_are_refused(folder, settings):
    write_adapter(folder, settings)

    (key,) = settings
    says = rf"{re.escape(key[:60])}|has rank"
    with pytest.raises(IndexMismatch, match=rf"adapter_config\.json (sets '?({says})|has rank)"):
        check_adapter_files(folder)


@pytest.mark.parametrize(
    "text",
    ["", "[]", "null", '"r"', "{", '{"r": NaN}', '{"r": Infinity}', "[" * 100_000, "\x00",
     " " * (2 << 20)],
    ids=["empty", "list", "null", "text", "cut", "nan", "infinity", "deep", "nul", "two megabytes"],
)  # fmt: skip
def test_settings_that_are_not_settings_are_refused(folder, text):
    (folder / ADAPTER_CONFIG).write_text(text)

    with pytest.raises(IndexMismatch, match=r"adapter_config\.json (is not JSON|holds|is larger)"):
        check_adapter_files(folder)


def raw(header, body=b"", length=None):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + body


def entry(offsets, shape=(4, 8), kind="F32"):
    return {"dtype": kind, "shape": list(shape), "data_offsets": list(offsets)}


BYTES = bytes(4 * 8 * 4)
LIES = {
    "empty file": b"",
    "seven bytes": b"\x01" * 7,
    "length of 2 to the 63": raw({}, length=2**63),
    "length of all ones": raw({}, length=2**64 - 1),
    "length past the end": raw({}, length=10_000),
    "header of 99 MB": raw(b" " * 99_000_000),
    "length nought": raw(b""),
    "not JSON": raw(b"{{{{"),
    "not UTF-8": raw(b'{"\xff": 1}'),
    "a list": raw([]),
    "no tensor": raw({}),
    "negative offset": raw({A: entry((-128, 0))}, BYTES),
    "offsets swapped": raw({A: entry((128, 0))}, BYTES),
    "offsets past the end": raw({A: entry((0, 128 << 20), (4, 8 << 20))}, BYTES),
    "offsets past 2 to the 64": raw({A: entry((0, 2**64))}, BYTES),
    "overlapping": raw({A: entry((0, 128)), B: entry((64, 192), (8, 4))}, BYTES + BYTES),
    "a hole": raw({A: entry((0, 128)), B: entry((160, 288), (8, 4))}, BYTES * 3),
    "bytes left over": raw({A: entry((0, 128))}, BYTES + b"x"),
    "shape larger than the bytes": raw({A: entry((0, 128), (4, 80))}, BYTES),
    "shape that overflows": raw({A: entry((0, 128), (2**62, 2**62))}, BYTES),
    "negative shape": raw({A: entry((0, 128), (-4, -8))}, BYTES),
    "unknown type": raw({A: entry((0, 128), kind="F128")}, BYTES),
    "whole numbers": raw({A: entry((0, 128), kind="I32")}, BYTES),
    "swapped type": raw({A: entry((0, 128), kind="F64")}, BYTES),
    "deep metadata": raw({"__metadata__": {"a": {"b": "c"}}, A: entry((0, 128))}, BYTES),
    "a tensor of the base": raw({"model.embed_tokens.weight": entry((0, 128))}, BYTES),
    "a path for a name": raw({"../../etc": entry((0, 128))}, BYTES),
    "one half alone": raw({A: entry((0, 128))}, BYTES),
    "a pickle": b"\x80\x04\x95\x10\x00\x00\x00\x00\x00\x00\x00\x8c\x02os\x94.",
    "a zip": b"PK\x03\x04" + bytes(60),
}


@pytest.mark.parametrize("data", LIES.values(), ids=LIES)
def test_a_file_that_lies_about_its_tensors_is_refused(folder, data):
    (folder / WEIGHTS).write_bytes(data)

    with pytest.raises(IndexMismatch, match=r"adapter_model\.safetensors"):
        check_adapter_files(folder)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("name", [A, B])
def test_weights_that_are_no_numbers_are_refused(folder, name, value):
    weights = make_weights()
    weights[name][-1, -1] = value
    save_file(weights, folder / WEIGHTS)

    with pytest.raises(IndexMismatch, match=f"{re.escape(name)} holds NaN or infinity"):
        check_adapter_files(folder)


@pytest.mark.parametrize("cut", [1, 9, 100, 300, 700])
def test_a_cut_file_is_refused(folder, cut):
    path = folder / WEIGHTS
    path.write_bytes(path.read_bytes()[:-cut])

    with pytest.raises(IndexMismatch, match="is not safetensors"):
        check_adapter_files(folder)


def test_a_rank_above_the_settings_is_refused(folder):
    save_file(make_weights(rank=8), folder / WEIGHTS)

    with pytest.raises(IndexMismatch, match=r"has shape \(8, 8\), its settings say rank 4"):
        check_adapter_files(folder)


def test_nothing_is_opened_or_reached_but_the_two_files(folder):
    """Every open, import, process and socket is heard while hostile settings are read."""
    import sys

    heard, listening = [], True

    def hear(event, arguments):
        if (
            listening
            and event in ("open", "import", "subprocess.Popen", "os.system", "exec")
            or (listening and event.startswith("socket."))
        ):
            heard.append((event, str(arguments[0])))

    check_adapter_files(folder)  # what numpy and safetensors import is loaded by now
    sys.addaudithook(hear)
    for settings in HOSTILE_SETTINGS:
        (folder / ADAPTER_CONFIG).write_text(json.dumps({**CONFIG, **settings}))
        heard.clear()
        with pytest.raises(IndexMismatch):
            check_adapter_files(folder)
        opened = {name for event, name in heard if event == "open"}
        assert opened <= {str(folder / ADAPTER_CONFIG), str(folder / WEIGHTS)}
        assert {event for event, _ in heard} <= {"open"}
    listening = False
