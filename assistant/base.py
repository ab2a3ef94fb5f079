"""The base model of a workspace: where it is, how it is named, and the render it gives.

Pairs, training and serving all ask here, so the identity in their manifests is the same one.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from assistant.commit import hash_file, hash_json
from assistant.prompt import describe_render, render_identity
from assistant.settings import ModelSettings
from assistant.starter import BASE_ID, BASE_SHA256, prepare_hf, prepare_serving
from assistant.tokenizer import ChatTokenizer, load_tokenizer


@dataclass(frozen=True, slots=True)
class Base:
    """A base model.

    `folder` is a folder or a hub id ("" for the starter); `revision` a commit or a file's sha256.
    """

    id: str
    revision: str
    folder: str

    @property
    def place(self) -> str:
        """Where the weights are loaded from; the starter's are unpacked on first use."""
        return self.folder or str(prepare_hf())

    @property
    def hub_revision(self) -> str | None:
        """What from_pretrained needs beside `place`; None for a folder."""
        return None if Path(self.place).is_absolute() else self.revision


def find_base(models: ModelSettings) -> Base:
    """Return the base that masthead.yaml names."""
    if models.base == "starter":
        return Base(BASE_ID, BASE_SHA256, "")
    folder = Path(models.base).expanduser()
    place = str(folder) if folder.is_absolute() else models.base
    return Base(models.base, models.revision, place)


def load_base_tokenizer(base: Base) -> ChatTokenizer:
    """Load the base's tokenizer and chat template, without its weights."""
    if not base.folder:
        return load_tokenizer(prepare_serving())
    return load_tokenizer(base.place, base.hub_revision)


def describe_base_render(base: Base, tokenizer: ChatTokenizer) -> dict[str, object]:
    """Return what the `render` hash is made of for this base, so a difference can be named."""
    special = tokenizer.inner.all_special_tokens
    return describe_render(tokenizer.template, base.id, base.revision, special)


def describe_base(base: Base, tokenizer: ChatTokenizer) -> dict[str, object]:
    """Return the hashes of vocabulary and, for a folder, of config.json: `check_fits` compares.

    A folder has no pinned revision; its config.json has the sizes and the type of numbers.
    """
    config = Path(base.folder) / "config.json"
    in_folder = bool(base.folder) and base.hub_revision is None and config.is_file()
    return {
        "config": hash_file(config) if in_folder else "",
        "vocabulary": hash_json(sorted(tokenizer.inner.get_vocab().items())),
    }


def base_render(base: Base, tokenizer: ChatTokenizer) -> str:
    """Return the `render` hash that pairs, adapters and answers carry for this base."""
    special = tokenizer.inner.all_special_tokens
    return render_identity(tokenizer.template, base.id, base.revision, special)
