"""masthead.yaml read into settings, or refused in the words of the file.

Takes a workspace folder, gives a Workspace. Nothing else in the project reads the file.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from assistant.errors import ConfigError
from assistant.settings import Settings

CONFIG_NAME = "masthead.yaml"


@dataclass(frozen=True, slots=True)
class Workspace:
    """A folder with a masthead.yaml: one branded assistant."""

    root: Path
    settings: Settings

    @property
    def index_root(self) -> Path:
        """Where generations live."""
        return self.root / "built" / "index"

    @property
    def pairs_root(self) -> Path:
        """Where snapshots live."""
        return self.root / "built" / "pairs"

    @property
    def cache_root(self) -> Path:
        """Embeddings by encoder and text; safe to delete."""
        return self.root / "built" / "cache"

    @property
    def adapters_root(self) -> Path:
        """Where adapters live."""
        return self.root / "adapters"


def load_workspace(folder: Path) -> Workspace:
    """Read `folder`/masthead.yaml; ConfigError in one line names the key and what to do."""
    path = folder / CONFIG_NAME
    if not path.is_file():
        raise ConfigError(
            f"no {CONFIG_NAME} in {folder}; run `masthead init {folder}` or name the folder of a"
            " workspace"
        )
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not YAML: {_one_line(str(error))}; correct it") from error
    if not isinstance(raw, dict):
        raise ConfigError(f"{path} holds {type(raw).__name__}, not keys; start with `brand:`")
    return Workspace(folder.resolve(), parse_settings(raw, str(path)))


def parse_settings(raw: dict[str, Any], where: str) -> Settings:
    """Validate parsed YAML; `where` is the file's name for messages."""
    try:
        return Settings.model_validate(raw)
    except ValidationError as error:
        first = error.errors()[0]
        more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
        raise ConfigError(f"{where}: {_explain(first)}{more}") from error


def _explain(problem: ErrorDetails) -> str:
    path = ".".join(str(part) for part in problem["loc"])
    if problem["type"] == "extra_forbidden":
        return _explain_unknown_key(problem["loc"])
    if problem["type"] == "missing":
        return f"{path} is missing; add it"
    message = _one_line(problem["msg"].removeprefix("Value error, "))
    if problem["type"] == "value_error":
        return f"{path}: {message}" if path else message
    return f"{path} is {problem['input']!r}: {message}; correct the value"


def _explain_unknown_key(location: tuple[int | str, ...]) -> str:
    *parents, key = location
    known = _known_keys(parents)
    near = difflib.get_close_matches(str(key), known, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]}?" if near else f"known here: {', '.join(known)}"
    return f"{'.'.join(map(str, location))} is not a setting; {hint} Rename or delete it"


def _known_keys(parents: list[int | str]) -> list[str]:
    model: type[BaseModel] = Settings
    for part in parents:
        if isinstance(part, int):
            continue
        annotation: Any = model.model_fields[part].annotation
        inner = [a for a in getattr(annotation, "__args__", ()) if isinstance(a, type)]
        model = inner[0] if inner else annotation
    return list(model.model_fields)


def _one_line(text: str) -> str:
    return " ".join(text.split())
