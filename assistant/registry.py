"""The adapters of a workspace: which there are, which one is promoted, and putting one into use.

adapters/NAME/ is one version with its manifest; adapters/CURRENT names the promoted one. Reads and
checks folders, loads no weights.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from assistant.adapter_files import ADAPTER_CONFIG, WEIGHTS, check_adapter_files
from assistant.adapter_log import Change, ChangeLog
from assistant.commit import MANIFEST, read_current, read_manifest, verify_folder, writer_lock
from assistant.errors import AssistantError, IndexMismatch

EVALUATION = "evaluation.json"  # added after training; unlisted when its writer was killed
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
# Formats that cannot carry code; a pickle beside them is refused even if nothing would read it.
_SUFFIXES = (".gguf", ".html", ".json", ".md", ".png", ".safetensors")
_LOSSES = ("train_loss", "validation_loss", "validation_loss_novel")


class AdapterState(StrEnum):
    """Where an adapter stands; exactly one is promoted, or none."""

    CANDIDATE = "candidate"
    PROMOTED = "promoted"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class AdapterEntry:
    """One adapter as a list shows it; a folder without a manifest has no date and no losses."""

    name: str
    state: AdapterState
    made_at: str
    losses: dict[str, Any]


class Registry:
    """The adapters under one folder."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._log = ChangeLog(root)

    def list(self) -> Sequence[AdapterEntry]:
        """Return every adapter, oldest first."""
        was_promoted = {change.after for change in self.history()}
        promoted = self.promoted()
        entries = []
        for name in self._names():
            state = AdapterState.RETIRED if name in was_promoted else AdapterState.CANDIDATE
            state = AdapterState.PROMOTED if name == promoted else state
            entries.append(_read_entry(self.root / name, state))
        return sorted(entries, key=lambda entry: entry.made_at)

    def promoted(self) -> str | None:
        """Return the name of the adapter in use, or None for the base alone."""
        return read_current(self.root)

    def history(self) -> Sequence[Change]:
        """Return every promotion and rollback, oldest first."""
        return self._log.read()

    def pick(self, name: str) -> str:
        """Return the adapter that `newest` or `promoted` means, any other name as it is."""
        if name == "newest":
            if entries := self.list():
                return entries[-1].name
            raise AssistantError(f"no adapter in {self.root}; run `masthead train`")
        if name == "promoted":
            if promoted := self.promoted():
                return promoted
            known = ", ".join(self._names()) or "none yet, run `masthead train`"
            raise AssistantError(f"no adapter of {self.root} is promoted; known: {known}")
        return name

    def folder(self, name: str) -> Path:
        """Return an adapter's folder; AssistantError names the ones there are."""
        if not _NAME.fullmatch(name):
            raise AssistantError(
                f"{name!r} is not an adapter's name; names hold a-z, 0-9, dots, dashes and"
                " underscores"
            )
        if name not in self._names():
            known = ", ".join(self._names()) or "none yet, run `masthead train`"
            raise AssistantError(f"there is no adapter {name} in {self.root}; known: {known}")
        return self.root / name

    def verify(self, name: str) -> dict[str, Any]:
        """Return the manifest once every file is the one written and none can carry code."""
        folder = self.folder(name)
        manifest = verify_folder(folder)
        for path in folder.rglob("*"):
            listed = path.relative_to(folder).as_posix() in (
                MANIFEST,
                EVALUATION,
                *manifest["files"],
            )
            if path.is_symlink() or (path.is_file() and not (listed and path.suffix in _SUFFIXES)):
                raise IndexMismatch(
                    f"{path} does not belong in an adapter, which holds only what its manifest"
                    f" lists, of {' '.join(_SUFFIXES)}; remove it or train again"
                )
        for needed in (WEIGHTS, ADAPTER_CONFIG):
            if needed not in manifest["files"]:
                raise IndexMismatch(f"adapter {name} has no {needed}; train again")
        check_adapter_files(folder)
        return manifest

    def promote(self, name: str, who: str, why: str) -> Change:
        """Put a verified adapter into use."""
        with writer_lock(self.root):
            evaluated = EVALUATION in self.verify(name)["files"]
            before = self.promoted() or ""
            if before == name:
                raise AssistantError(f"adapter {name} is already promoted; nothing to do")
            return self._change("promote", before, name, who, why, evaluated)

    def rollback(self, who: str, why: str) -> Change:
        """Go back to what was promoted before; the first promotion goes back to the base."""
        with writer_lock(self.root):
            current = self.promoted()
            if current is None:
                raise AssistantError("no adapter is promoted; the base alone is in use already")
            previous = _find_previous(current, self.history())
            evaluated = bool(previous) and EVALUATION in self.verify(previous)["files"]
            return self._change("rollback", current, previous, who, why, evaluated)

    def _change(
        self, action: str, before: str, after: str, who: str, why: str, evaluated: bool
    ) -> Change:
        at = datetime.now(UTC).isoformat(timespec="seconds")
        change = Change(action, before, after, who, why, at, evaluated)
        self._log.apply(change)
        return change

    def _names(self) -> Sequence[str]:
        if not self.root.is_dir():
            return []
        folders = (p for p in self.root.iterdir() if p.is_dir() and not p.is_symlink())
        return sorted(p.name for p in folders if _NAME.fullmatch(p.name))


def check_fits(
    manifest: Mapping[str, Any],
    render_parts: Mapping[str, object],
    base_parts: Mapping[str, object],
) -> None:
    """Raise IndexMismatch naming each part of base or render in which an adapter differs.

    The parts are what `describe_base_render` and `describe_base` give for the base about to be
    used. A part that an older manifest does not have is not compared.
    """
    trained = manifest.get("render_parts")
    if not isinstance(trained, dict):
        raise IndexMismatch("the adapter's manifest does not say how it was rendered; train again")
    base = manifest.get("base") or {}
    differing = [
        *_differing(trained, render_parts, trained.keys() | render_parts.keys()),
        *_differing(base, base_parts, base.keys() & base_parts.keys()),
    ]
    if differing:
        raise IndexMismatch(
            f"adapter {manifest.get('adapter', '')} was trained with another prompt or base:"
            f" {'; '.join(differing)}; train again or put the old model back"
        )


def _differing(
    trained: Mapping[str, object], now: Mapping[str, object], keys: Iterable[str]
) -> list[str]:
    return [
        f"{key} was {_shorten(trained.get(key))} and is {_shorten(now.get(key))}"
        for key in sorted(keys)
        if trained.get(key) != now.get(key)
    ]


def next_name(root: Path, date: str) -> str:
    """Return the first free adapter name of a day: 2026-11-01, then 2026-11-01-2 and so on."""
    number, name = 1, date
    while (root / name).exists():
        number += 1
        name = f"{date}-{number}"
    return name


def _read_entry(folder: Path, state: AdapterState) -> AdapterEntry:
    try:
        manifest = read_manifest(folder)
    except IndexMismatch:
        return AdapterEntry(folder.name, state, "", {})
    losses = {key: manifest[key] for key in _LOSSES if key in manifest}
    return AdapterEntry(folder.name, state, str(manifest.get("made_at", "")), losses)


def _find_previous(current: str, changes: Sequence[Change]) -> str:
    """Return the name below `current` on the pile of promotions, "" for the base."""
    pile: list[str] = []
    for change in changes:
        if change.action == "promote":
            pile.append(change.after)
        elif pile:
            pile.pop()
    if pile and pile[-1] == current:
        pile.pop()
    return pile[-1] if pile else ""


def _shorten(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def format_entries(entries: Sequence[AdapterEntry]) -> str:
    """Return the list of adapters for a terminal."""
    if not entries:
        return "no adapters yet; run `masthead train`"
    lines = []
    for entry in entries:
        novel = entry.losses.get("validation_loss_novel", {"base": None})
        known = novel["base"] is not None  # a small check may hold no novel word
        loss = f"novel loss {novel['base']:.3f} -> {novel['best']:.3f}" if known else ""
        lines.append(f"{entry.name:16} {entry.state.value:10} {entry.made_at:26} {loss}".rstrip())
    return "\n".join(lines)


def format_history(changes: Sequence[Change]) -> str:
    """Return the promotions and rollbacks for a terminal, oldest first."""
    if not changes:
        return "nothing was promoted yet; the base alone is in use"
    return "\n".join(_format_change(change) for change in changes)


def _format_change(change: Change) -> str:
    unseen = " (not evaluated)" if change.after and not change.evaluated else ""
    names = f"{change.before or 'base'} -> {change.after or 'base'}{unseen}"
    return f"{change.at}  {change.who}: {change.action} {names}; {change.why}"
