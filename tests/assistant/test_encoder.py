import json

import numpy as np
import pytest

from assistant.encoder import EncoderBySize, find_encoder_files, load_counter, load_encoder
from assistant.errors import ModelMissing
from assistant.settings import ModelSettings
from tests.fakes import FakeEncoder


def write_model(folder, *kinds, weights=b"weights"):
    modules = [{"idx": n, "name": str(n), "type": kind} for n, kind in enumerate(kinds)]
    (folder / "modules.json").write_text(json.dumps(modules), encoding="utf-8")
    if weights:
        (folder / "model.safetensors").write_bytes(weights)
    return ModelSettings(encoder=str(folder))


def test_a_local_encoder_is_named_by_its_weights(tmp_path):
    settings = write_model(tmp_path, "sentence_transformers.models.Transformer")

    first = find_encoder_files(settings)
    write_model(tmp_path, "sentence_transformers.models.Transformer", weights=b"others")

    assert first.folder == tmp_path
    assert first.identity.startswith(f"{tmp_path}@")
    assert find_encoder_files(settings).identity != first.identity


@pytest.mark.parametrize(
    "kind",
    [
        "os.system",
        "custom_st.Transformer",
        "sentence_transformers.models.Router",
        "sentence_transformers_evil.Pooling",
        "",
    ],
)
def test_a_module_that_could_run_code_is_refused(tmp_path, kind):
    settings = write_model(tmp_path, "sentence_transformers.models.Transformer", kind)

    with pytest.raises(ModelMissing, match=r"modules\.json asks to load .*not allowed"):
        find_encoder_files(settings)


@pytest.mark.parametrize(
    ("name", "says"),
    [("", "has no modules.json"), ("nowhere", "is not a folder; correct the path")],
)
def test_a_folder_that_is_no_encoder_is_named(tmp_path, name, says):
    with pytest.raises(ModelMissing, match=says):
        find_encoder_files(ModelSettings(encoder=str(tmp_path / name)))


def test_weights_that_are_no_safetensors_are_refused(tmp_path):
    settings = write_model(tmp_path, "sentence_transformers.models.Transformer", weights=b"")

    with pytest.raises(ModelMissing, match="holds no safetensors weights"):
        find_encoder_files(settings)


@pytest.mark.slow
def test_the_starter_gives_unit_vectors_that_know_a_paraphrase():
    files = find_encoder_files(ModelSettings())
    encoder = load_encoder(files)
    texts = ["The cat sleeps on the mat.", "A kitten naps on the rug.", "Tax law changed in May."]

    vectors = encoder.encode(texts)

    assert (vectors.shape, vectors.dtype) == ((3, 384), np.float32)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx([1, 1, 1], abs=1e-5)
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2] + 0.2
    assert load_counter(files)(texts) == encoder.count_tokens(texts)
    assert encoder.encode([]).shape == (0, 384)


def test_few_texts_are_read_without_loading_what_reads_many():
    loaded = []

    class Other(FakeEncoder):
        def encode(self, texts):
            return -super().encode(texts)

    def load():
        loaded.append(True)
        return Other()

    encoder = EncoderBySize(FakeEncoder(), load)

    few = encoder.encode(["a b"] * 63)
    assert not loaded
    assert encoder.encode(["a b"] * 64)[:63] == pytest.approx(-few)
    encoder.encode(["a b"] * 65)
    assert loaded == [True]
