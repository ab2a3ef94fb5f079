import pytest

from assistant.commit import hash_file
from assistant.errors import ModelMissing
from assistant.starter import ENCODER_SHA256, _check, find_encoder, package_folder


def test_the_encoder_that_is_installed_is_the_one_pinned():
    folder = find_encoder()

    for name, sha256 in ENCODER_SHA256.items():
        assert hash_file(folder / name) == sha256


def test_a_file_with_another_hash_is_refused_with_both_hashes(tmp_path):
    (tmp_path / "model.gguf").write_text("abc", encoding="utf-8")

    with pytest.raises(
        ModelMissing, match="has sha256 ba7816bf8f01, not the pinned 000000000000; reinstall acme"
    ):
        _check(tmp_path / "model.gguf", "0" * 64, "acme")


def test_a_file_that_is_gone_is_named(tmp_path):
    with pytest.raises(ModelMissing, match=r"model\.gguf is missing; reinstall acme with `make"):
        _check(tmp_path / "model.gguf", "0" * 64, "acme")


def test_a_package_that_is_not_installed_is_named():
    with pytest.raises(ModelMissing, match="package llm-acme is not installed; run `make setup`"):
        package_folder("llm_acme_that_nobody_has", "llm-acme")
