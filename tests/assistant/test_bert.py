import json

import numpy as np
import pytest

from assistant.bert import BertEncoder, can_read

VOCABULARY = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *"abcdefghij"]
CONFIG = {
    "model_type": "bert", "hidden_act": "gelu", "hidden_size": 8, "num_attention_heads": 2,
    "num_hidden_layers": 2, "intermediate_size": 16, "vocab_size": len(VOCABULARY),
    "max_position_embeddings": 16, "layer_norm_eps": 1e-12,
}  # fmt: skip


POOLING = {"word_embedding_dimension": 8, "pooling_mode_mean_tokens": True}


def describe(folder, *, config=CONFIG, pooling=POOLING, modules=("Transformer", "Pooling")):
    """Write the small files of a model as hubs have them."""
    rows = [
        {"idx": n, "name": str(n), "path": f"{n}_{kind}" if n else "",
         "type": f"sentence_transformers.models.{kind}"}
        for n, kind in enumerate([*modules, "Normalize"])
    ]  # fmt: skip
    (folder / "1_Pooling").mkdir(exist_ok=True)
    files = {
        "modules.json": rows, "config.json": config, "1_Pooling/config.json": pooling,
        "sentence_bert_config.json": {"max_seq_length": 6, "do_lower_case": False},
    }  # fmt: skip
    for name, content in files.items():
        (folder / name).write_text(json.dumps(content), encoding="utf-8")


@pytest.fixture
def folder(tmp_path):
    describe(tmp_path)
    for name in ("tokenizer.json", "model.safetensors"):
        (tmp_path / name).write_bytes(b"")
    return tmp_path


def test_the_kind_of_model_that_the_starter_is_can_be_read(folder):
    assert can_read(folder)


@pytest.mark.parametrize(
    "described",
    [
        {"config": {**CONFIG, "model_type": "roberta"}},
        {"config": {**CONFIG, "hidden_act": "relu"}},
        {"config": {**CONFIG, "position_embedding_type": "relative_key"}},
        {"pooling": {"pooling_mode_cls_token": True, "pooling_mode_mean_tokens": False}},
        {"pooling": {**POOLING, "pooling_mode_max_tokens": True}},
        {"pooling": {"pooling_mode": "lasttoken"}},
        {"modules": ("Transformer", "Pooling", "Dense")},
    ],
)
def test_another_kind_is_left_to_the_library(folder, described):
    describe(folder, **described)

    assert not can_read(folder)


@pytest.mark.parametrize("name", ["tokenizer.json", "model.safetensors", "modules.json"])
def test_a_folder_that_lacks_a_file_is_left_to_the_library(folder, name):
    (folder / name).unlink()

    assert not can_read(folder)


@pytest.mark.slow
def test_vectors_are_those_of_sentence_transformers(tmp_path):
    import torch
    from sentence_transformers import SentenceTransformer
    from transformers import BertConfig, BertModel, BertTokenizerFast

    torch.manual_seed(7)
    BertModel(BertConfig(**CONFIG, initializer_range=0.5)).save_pretrained(tmp_path)
    (tmp_path / "vocab.txt").write_text("\n".join(VOCABULARY), encoding="utf-8")
    BertTokenizerFast(str(tmp_path / "vocab.txt")).save_pretrained(tmp_path)
    describe(tmp_path)
    texts = ["a b c", "a", "", "d e f g h i j a b c", "z"] * 4  # the fourth is cut, z is unknown

    library = SentenceTransformer(str(tmp_path), device="cpu")
    encoder = BertEncoder.open(tmp_path, "tiny@1")

    assert encoder.encode(texts) == pytest.approx(library.encode(texts), abs=1e-6)
    assert encoder.count_tokens(texts[:5]) == [5, 3, 2, 12, 3]
    assert (encoder.dim, encoder.max_tokens, encoder.identity) == (8, 6, "tiny@1")
    assert encoder.encode([]).shape == (0, 8)
    assert encoder.encode(["a"]).dtype == np.float32
