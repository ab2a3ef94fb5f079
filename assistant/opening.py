"""A workspace opened for answering: index, encoder, base, adapters and engine made to fit.

The only place that puts the parts of an Assistant together; refuses what does not fit, by name.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from assistant.adapter_files import ADAPTER_GGUF
from assistant.answer import Assistant
from assistant.base import (
    Base,
    base_render,
    describe_base,
    describe_base_render,
    find_base,
    load_base_tokenizer,
)
from assistant.config import Workspace
from assistant.encoder import find_encoder_files, load_encoder
from assistant.engines.chosen import EngineByAdapter
from assistant.engines.llamacpp import LlamaCppEngine
from assistant.engines.openai import OpenAIEngine
from assistant.engines.transformers import TransformersEngine
from assistant.errors import ConfigError, IndexMismatch, ModelMissing
from assistant.generation import open_generation
from assistant.length import most_tokens
from assistant.pair_scorer import load_second_readers
from assistant.reader import HINT_TOKENS
from assistant.registry import Registry, check_fits
from assistant.seams import Generator
from assistant.settings import ModelSettings
from assistant.starter import SERVING_FILE, prepare_merged, prepare_serving
from assistant.tokenizer import ChatTokenizer

ENGINES = ("auto", "transformers", "llamacpp", "openai")


@dataclass(frozen=True, slots=True)
class Voices:
    """What writes, and with which adapters; `promoted` is None for the base."""

    engine: Generator
    promoted: str | None
    adapters: tuple[str, ...]


def open_assistant(
    workspace: Workspace, *, engine: str = "", adapters: Iterable[str] = ("promoted",)
) -> Assistant:
    """Open a workspace; `adapters` are names, "promoted" or "base".

    IndexMismatch where index, encoder, base or adapter do not fit together; ModelMissing where a
    model is not there.
    """
    files = find_encoder_files(workspace.settings.models)
    generation = open_generation(workspace.index_root, files.identity)
    base = find_base(workspace.settings.models)
    tokenizer = load_base_tokenizer(base)
    voices = open_voices(workspace, base, tokenizer, engine=engine, adapters=adapters)
    return Assistant(
        settings=workspace.settings,
        generation=generation.load(),
        encoder=load_encoder(files),
        tokenizer=tokenizer,
        engine=voices.engine,
        render=base_render(base, tokenizer),
        promoted=voices.promoted,
        adapters=voices.adapters,
        readers=load_second_readers(workspace.settings.models),
    )


def open_voices(
    workspace: Workspace,
    base: Base,
    tokenizer: ChatTokenizer,
    *,
    engine: str = "",
    adapters: Iterable[str] = ("promoted",),
) -> Voices:
    """Start an engine with the adapters named, each checked first; raises as `open_assistant`."""
    registry = Registry(workspace.adapters_root)
    promoted = registry.promoted()
    parts = describe_base_render(base, tokenizer), describe_base(base, tokenizer)
    folders: dict[str, Path] = {}
    for wanted in adapters:
        name = promoted if wanted == "promoted" else wanted
        if name and name != "base":
            check_fits(registry.verify(name), *parts)
            folders[name] = registry.folder(name)
    started = _start_engine(workspace, engine, base, tokenizer, folders)
    return Voices(started, promoted, tuple(folders))


def reopen_voices(workspace: Workspace, *, engine: str, adapters: Iterable[str]) -> Voices:
    """Start a second engine for what is promoted by now; raises as `open_assistant`."""
    base = find_base(workspace.settings.models)
    tokenizer = load_base_tokenizer(base)
    return open_voices(workspace, base, tokenizer, engine=engine, adapters=adapters)


def pick_engine(workspace: Workspace, asked: str) -> str:
    """Return the engine's name: the one asked for, else llama.cpp where there is a GGUF."""
    models = workspace.settings.models
    name = asked or models.engine
    if name not in ENGINES:
        raise ConfigError(f"{name} is not an engine; use one of {', '.join(ENGINES)}")
    has_gguf = models.base == "starter" or bool(models.gguf)
    if name == "auto":
        return "llamacpp" if has_gguf else "transformers"
    if name == "llamacpp" and not has_gguf:
        raise ConfigError(
            f"models.engine: llamacpp needs a GGUF of {models.base}; set models.gguf, or use"
            " `engine: transformers`"
        )
    if name == "openai" and not models.url:
        raise ConfigError(
            "models.engine: openai needs models.url, an OpenAI-compatible server like"
            " http://127.0.0.1:8000/v1; add it"
        )
    return name


def _start_engine(
    workspace: Workspace,
    asked: str,
    base: Base,
    tokenizer: ChatTokenizer,
    folders: dict[str, Path],
) -> Generator:
    name = pick_engine(workspace, asked)
    settings = workspace.settings
    decoding = settings.models.decoding
    if name == "transformers":
        return TransformersEngine(base, tokenizer, folders, decoding=decoding)
    if name == "openai":
        return _reach_server(settings.models, base, tuple(folders))
    for name, folder in folders.items():
        if not (folder / ADAPTER_GGUF).is_file():
            raise IndexMismatch(
                f"adapter {name} has no {ADAPTER_GGUF}, so llama.cpp cannot use it; set"
                " `models.engine: transformers`"
            )
    start = partial(
        LlamaCppEngine,
        tokenizer=tokenizer,
        context_tokens=settings.retrieval.prompt_tokens
        + most_tokens(settings.retrieval.answer_tokens)
        + HINT_TOKENS
        + 16,
        parallel=settings.serve.parallel,
        threads=settings.serve.threads,
        decoding=decoding,
    )
    ggufs = {name: folder / ADAPTER_GGUF for name, folder in folders.items()}
    if settings.models.gguf:
        return start(_find_gguf(workspace), adapters=ggufs)
    voices: dict[str | None, Path] = {None: prepare_serving() / SERVING_FILE}
    voices |= {name: prepare_merged(path) for name, path in ggufs.items()}
    return EngineByAdapter({name: start(path, adapters={}) for name, path in voices.items()})


def _reach_server(models: ModelSettings, base: Base, adapters: tuple[str, ...]) -> OpenAIEngine:
    engine = OpenAIEngine(
        models.url,
        base_model=models.served_as or base.id,
        api_key=models.api_key.get_secret_value(),
        adapters=adapters,
        timeout_s=models.timeout_s,
        decoding=models.decoding,
    )
    engine.check()
    return engine


def _find_gguf(workspace: Workspace) -> Path:
    models = workspace.settings.models
    path = (workspace.root / Path(models.gguf).expanduser()).resolve()
    if not path.is_file():
        raise ModelMissing(f"models.gguf: {path} is not a file; correct the path")
    return path
