"""What is there and whether it fits together: install, models, index, adapters, database.

Looks and changes nothing; each finding is a line with what to do where something is wrong.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from assistant import __version__
from assistant.advice import give_advice, utc_today
from assistant.base import (
    base_render,
    describe_base,
    describe_base_render,
    find_base,
    load_base_tokenizer,
)
from assistant.caution import describe_rates, read_rates
from assistant.commit import list_numbers, number_name, read_current, read_manifest, verify_folder
from assistant.config import Workspace, load_workspace
from assistant.encoder import encoder_languages, find_encoder_files
from assistant.errors import AssistantError, ConfigError
from assistant.generation import open_generation
from assistant.hardware import find_hardware
from assistant.languages import count_foreign
from assistant.opening import pick_engine
from assistant.registry import Registry, check_fits
from assistant.settings import SourceSettings
from assistant.store.looking import describe_store, look_into_store

_FEW = 0.05  # of the articles; a few quotations in another tongue are no fault
_LIBRARIES = ("torch", "transformers", "peft", "trl", "sentence-transformers", "faiss-cpu",
              "xllamacpp", "gradio")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at."""

    check: str
    ok: bool
    detail: str


LookAtSource = Callable[[Workspace, SourceSettings], str]


def examine_workspace(
    folder: Path,
    look_at_source: LookAtSource,
    examine_training: Callable[[Workspace], str] | None = None,
) -> list[Finding]:
    """Look at the install, then at the workspace; a broken masthead.yaml ends the list.

    `look_at_source` says what is there or raises why it cannot be read, `examine_training` what a
    run would be like; both are a stage's work.
    """
    findings = [_look("install", _examine_install), _look("hardware", _examine_hardware)]
    try:
        workspace = load_workspace(folder)
    except ConfigError as error:
        return [*findings, Finding("settings", ok=False, detail=str(error))]
    findings.append(Finding("settings", ok=True, detail=str(folder / "masthead.yaml")))
    findings += [
        _look("source", lambda source=source: f"{source.name}: {look_at_source(workspace, source)}")  # type: ignore[misc]
        for source in workspace.settings.sources
    ]
    checks: tuple[tuple[str, Callable[[Workspace], str]], ...] = (
        ("encoder", lambda w: find_encoder_files(w.settings.models).identity),
        ("base", _examine_base),
        ("index", _examine_index),
        ("caution", _examine_caution),
        ("languages", _examine_languages),
        ("pairs", _examine_pairs),
        *([("training", examine_training)] if examine_training else []),
        ("adapters", _examine_adapters),
        ("database", describe_store),
        ("advice", _examine_advice),
    )
    findings += [_look(name, lambda check=check: check(workspace)) for name, check in checks]  # type: ignore[misc]
    return findings


def format_findings(findings: list[Finding]) -> str:
    """Return the findings for a terminal."""
    return "\n".join(f"{'ok ' if f.ok else 'NO '} {f.check:10} {f.detail}" for f in findings)


def _look(name: str, check: Callable[[], str]) -> Finding:
    try:
        return Finding(name, ok=True, detail=check())
    except AssistantError as error:
        return Finding(name, ok=False, detail=str(error))


def _examine_install() -> str:
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in _LIBRARIES)
    return f"masthead {__version__}; {versions}"


def _examine_hardware() -> str:
    return find_hardware().name


def _examine_base(workspace: Workspace) -> str:
    base = find_base(workspace.settings.models)
    tokenizer = load_base_tokenizer(base)
    engine = pick_engine(workspace, "")
    return f"{base.id}, render {base_render(base, tokenizer)}, served by {engine}"


def _examine_index(workspace: Workspace) -> str:
    files = find_encoder_files(workspace.settings.models)
    generation = open_generation(workspace.index_root, files.identity)
    kept = ", ".join(map(str, list_numbers(workspace.index_root)))
    return (
        f"generation {generation.number}: {generation.n_articles} articles,"
        f" {generation.n_passages} passages; kept: {kept}"
    )


def _examine_caution(workspace: Workspace) -> str:
    rates = read_rates(open_generation(workspace.index_root).fits)
    return describe_rates(rates, workspace.settings.retrieval.caution)


def _examine_languages(workspace: Workspace) -> str:
    made_for = encoder_languages(find_encoder_files(workspace.settings.models).identity)
    if not made_for:
        return "what the encoder was made for is not known"
    articles = open_generation(workspace.index_root).articles()
    foreign = count_foreign(articles, made_for)
    counted = ", ".join(f"{count} {language}" for language, count in foreign.most_common())
    says = f"the encoder was made for {', '.join(made_for)}"
    if foreign.total() > _FEW * len(articles):
        raise ConfigError(
            f"{says} and {foreign.total()} of {len(articles)} articles are in other languages"
            f" ({counted}), so questions may not find them; set models.encoder to a multilingual"
            " one"
        )
    return f"{says}; of {len(articles)} articles in others: {counted or 'none'}"


def _examine_pairs(workspace: Workspace) -> str:
    name = read_current(workspace.pairs_root)
    if name is None:
        raise ConfigError(f"no pairs in {workspace.pairs_root}; run `masthead ingest`")
    manifest = verify_folder(workspace.pairs_root / number_name(int(name)))
    return f"snapshot {int(name)} of generation {manifest.get('generation')}"


def _examine_advice(workspace: Workspace) -> str:
    store = look_into_store(workspace)
    advice = give_advice(workspace, store, utc_today())
    return " ".join(f"{one.says} Run `{one.do}`." if one.do else one.says for one in advice)


def _examine_adapters(workspace: Workspace) -> str:
    registry = Registry(workspace.adapters_root)
    entries = registry.list()
    base = find_base(workspace.settings.models)
    tokenizer = load_base_tokenizer(base)
    parts = describe_base_render(base, tokenizer), describe_base(base, tokenizer)
    for entry in entries:
        registry.verify(entry.name)
        if entry.name == registry.promoted():
            check_fits(read_manifest(registry.folder(entry.name)), *parts)
    return f"{len(entries)}, in service: {registry.promoted() or 'base'}"
