"""An adapter for the world outside: merged weights, a GGUF adapter, or a folder for the hub.

Each is written whole or not at all, then asked the same prompts as the adapter it was made from.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assistant.adapter_files import ADAPTER_CONFIG, ADAPTER_GGUF, WEIGHTS
from assistant.base import (
    Base,
    describe_base,
    describe_base_render,
    find_base,
    load_base_tokenizer,
)
from assistant.config import Workspace
from assistant.engines.llamacpp import LlamaCppEngine
from assistant.engines.transformers import TransformersEngine
from assistant.errors import AssistantError
from assistant.gguf_adapter import read_attention_shape, write_gguf_adapter
from assistant.gguf_files import is_exact
from assistant.opening import open_voices
from assistant.progress import Report, ignore_progress
from assistant.registry import Registry, check_fits
from assistant.starter import write_exact
from train.hub_card import public_name, render_hub_card
from train.parity import Parity, Prompts, compare_texts, read_prompts, write_texts

FORMATS = ("merged", "gguf-adapter", "hub")


@dataclass(frozen=True, slots=True)
class Exported:
    """Where an export lies and how it compares with the adapter."""

    out: Path
    parities: tuple[Parity, ...]


class Exporter:
    """One adapter of a workspace, by name, `newest` or `promoted`, checked."""

    def __init__(self, workspace: Workspace, name: str) -> None:
        registry = Registry(workspace.adapters_root)
        self.workspace, self.name = workspace, registry.pick(name)
        self.manifest = registry.verify(self.name)
        self.folder = registry.folder(self.name)
        self.base = find_base(workspace.settings.models)
        self.tokenizer = load_base_tokenizer(self.base)
        parts = (
            describe_base_render(self.base, self.tokenizer),
            describe_base(self.base, self.tokenizer),
        )
        check_fits(self.manifest, *parts)

    def export(
        self,
        kind: str,
        out: Path | None,
        *,
        count: int,
        max_tokens: int,
        on_progress: Report = ignore_progress,
    ) -> Exported:
        """Write the export and compare it; AssistantError where it is there already."""
        if kind not in FORMATS:
            raise AssistantError(f"{kind} is not a format; use one of {', '.join(FORMATS)}")
        target = out or self.workspace.root / "exports" / f"{self.name}-{kind}"
        if target.exists():
            raise AssistantError(f"{target} is there already; remove it or give another --out")
        write: dict[str, Callable[[Path], None]] = {
            "merged": self._write_merged,
            "gguf-adapter": self._write_gguf,
            "hub": self._write_hub,
        }
        with _whole(target) as folder:
            write[kind](folder)
        prompts = read_prompts(self.workspace, count, max_tokens)
        return Exported(target, self._compare(kind, target, prompts, on_progress))

    def _write_merged(self, folder: Path) -> None:
        """Write 16-bit safetensors with tokenizer and chat template, as any server loads them."""
        import torch

        model = load_merged(self.base, self.folder)
        config = self._base_config()
        is_bf16 = (config.get("dtype") or config.get("torch_dtype")) == "bfloat16"
        kind = torch.bfloat16 if is_bf16 else torch.float16
        for name, weights in model.named_parameters():
            if not torch.isfinite(weights.to(kind)).all():
                raise AssistantError(f"{name} does not fit into {kind}; the merge was not written")
        model.to(kind).save_pretrained(folder)
        self.tokenizer.inner.save_pretrained(folder)
        (folder / "README.md").write_text(self._card("transformers"), encoding="utf-8")

    def _write_gguf(self, folder: Path) -> None:
        write_gguf_adapter(
            self.folder, read_attention_shape(self._base_config()), folder / ADAPTER_GGUF
        )

    def _write_hub(self, folder: Path) -> None:
        shutil.copyfile(self.folder / WEIGHTS, folder / WEIGHTS)
        config = json.loads((self.folder / ADAPTER_CONFIG).read_text(encoding="utf-8"))
        config["base_model_name_or_path"] = public_name(self.base.id)
        text = json.dumps(config, indent=1, sort_keys=True)
        (folder / ADAPTER_CONFIG).write_text(text, encoding="utf-8")
        self.tokenizer.inner.save_pretrained(folder)
        (folder / "README.md").write_text(self._card("peft"), encoding="utf-8")

    def _card(self, library: str) -> str:
        return render_hub_card(self.manifest, self.workspace.settings.brand.name, library)

    def _base_config(self) -> dict[str, Any]:
        from transformers import AutoConfig

        place = self.base.place
        found = AutoConfig.from_pretrained(
            place, revision=self.base.hub_revision, trust_remote_code=False
        )
        return {**found.to_dict()}

    def _compare(
        self, kind: str, target: Path, prompts: Prompts, on_progress: Report
    ) -> tuple[Parity, ...]:
        adapters = {self.name: self.folder}
        measure = TransformersEngine(self.base, self.tokenizer, adapters)
        mine = write_texts(measure, prompts, self.name, on_progress)

        def compare(what: str, theirs: list[str]) -> Parity:
            return compare_texts(what, measure, self.name, prompts, (mine, theirs))

        if kind == "merged":
            place = Base(self.base.id, "", str(target.resolve()))
            merged = TransformersEngine(place, self.tokenizer, {})
            return (compare("merged in 16 bits", write_texts(merged, prompts, None, on_progress)),)
        if kind == "hub":
            copy = TransformersEngine(self.base, self.tokenizer, {self.name: target})
            return (compare("as uploaded", write_texts(copy, prompts, self.name, on_progress)),)
        found = []
        with self._exact_gguf() as exact:
            if exact is not None:
                engine = self._llamacpp(exact, target / ADAPTER_GGUF, prompts)
                texts = write_texts(engine, prompts, self.name, on_progress)
                found.append(compare("llama.cpp, f32", texts))
                del engine
        served = open_voices(
            self.workspace, self.base, self.tokenizer, engine="llamacpp", adapters=[self.name]
        )
        texts = write_texts(served.engine, prompts, self.name, on_progress)
        return (*found, compare("llama.cpp, as served", texts))

    def _llamacpp(self, gguf: Path, adapter: Path, prompts: Prompts) -> LlamaCppEngine:
        longest = max(len(self.tokenizer.render(messages)) for messages in prompts.messages)
        return LlamaCppEngine(
            gguf,
            self.tokenizer,
            {self.name: adapter},
            context_tokens=longest + prompts.max_tokens + 16,
            exact=True,
        )

    @contextmanager
    def _exact_gguf(self) -> Iterator[Path | None]:
        """Give the base as an f32 GGUF, or None where only a rounded one is known."""
        named = self.workspace.settings.models.gguf
        if named:
            path = (self.workspace.root / Path(named).expanduser()).resolve()
            yield path if is_exact(path) else None
            return
        with tempfile.TemporaryDirectory(prefix="masthead-") as scratch:
            write_exact(Path(scratch) / "exact.gguf")
            yield Path(scratch) / "exact.gguf"


def list_files(folder: Path) -> list[str]:
    """Return the names of an export's files."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.*"))


def load_merged(base: Base, adapter: Path) -> Any:  # noqa: ANN401
    """Return the base in float32 with the adapter added into its weights."""
    import warnings

    import torch
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(
        base.place,
        revision=base.hub_revision,
        dtype=torch.float32,
        use_safetensors=True,
        trust_remote_code=False,
    )
    with warnings.catch_warnings():
        # peft asks transformers by an old name.
        warnings.filterwarnings("ignore", "`is_gradient_checkpointing`", FutureWarning)
        return PeftModel.from_pretrained(model, str(adapter)).merge_and_unload()


@contextmanager
def _whole(target: Path) -> Iterator[Path]:
    """Give a hidden folder that becomes `target` at the end, or nothing."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".exporting-") as scratch:
        folder = Path(scratch) / "whole"
        folder.mkdir()
        yield folder
        folder.rename(target)


def upload(folder: Path, repo: str) -> str:
    """Put an exported folder into a repository of the hub, private; return its address."""
    from huggingface_hub import HfApi
    from huggingface_hub.errors import HfHubHTTPError, LocalTokenNotFoundError

    hub = HfApi()
    try:
        hub.create_repo(repo, private=True, exist_ok=True)
        return str(hub.upload_folder(repo_id=repo, folder_path=folder))
    except (HfHubHTTPError, LocalTokenNotFoundError, OSError, ValueError) as error:
        reason = " ".join(str(error).split())[:200]
        raise AssistantError(
            f"{repo} was not uploaded: {reason}; log in with `hf auth login` and check the name."
            f" The folder is {folder}"
        ) from error
