"""Numbered or named folders that appear whole or not at all, and the pointer to the one in use.

Write into a hidden temporary folder, fsync, manifest last, rename, then swap CURRENT by rename.
Readers verify the manifest's hashes. Knows nothing of what the files mean.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from assistant import __version__
from assistant.errors import Busy, IndexMismatch

MANIFEST = "manifest.json"
CURRENT = "CURRENT"
_CHUNK = 1 << 20


@contextmanager
def building(root: Path, name: str) -> Iterator[Path]:
    """Give a hidden folder to write into; nothing of it stays behind unless `publish` moved it."""
    root.mkdir(parents=True, exist_ok=True)
    for leftover in root.glob(".building-*"):
        shutil.rmtree(leftover)
    folder = root / f".building-{name}"
    folder.mkdir()
    try:
        yield folder
    finally:
        if folder.exists():
            shutil.rmtree(folder)


def publish(folder: Path, name: str, about: dict[str, Any]) -> Path:
    """Seal a folder given by `building` with its manifest and rename it to `name` beside it.

    `about` says what made it, from what, with which settings and models; it must be JSON.
    """
    root = folder.parent
    files = {}
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        _fsync(path)
        files[path.relative_to(folder).as_posix()] = {
            "sha256": hash_file(path),
            "bytes": path.stat().st_size,
        }
    manifest = {
        **about,
        "masthead": __version__,
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "files": files,
    }
    write_text(folder / MANIFEST, json.dumps(manifest, indent=1, ensure_ascii=False))
    for path in sorted(p for p in folder.rglob("*") if p.is_dir()):
        _fsync(path)
    _fsync(folder)
    final = root / name
    folder.rename(final)
    _fsync(root)
    return final


def amend(folder: Path, name: str, text: str) -> None:
    """Add a file of text to a published folder, or replace it, and list it in the manifest.

    A kill in between leaves a file that the manifest does not vouch for, never a broken folder
    but for that file; writing it again puts that right.
    """
    manifest = read_manifest(folder)
    write_text(folder / name, text)
    manifest["files"][name] = {
        "sha256": hash_file(folder / name),
        "bytes": (folder / name).stat().st_size,
    }
    write_text(folder / MANIFEST, json.dumps(manifest, indent=1, ensure_ascii=False))
    _fsync(folder)


def point_current(root: Path, name: str | None) -> None:
    """Make `name` the folder in use, or none; old or new at any moment, never half."""
    if name is None:
        (root / CURRENT).unlink(missing_ok=True)
    else:
        write_text(root / CURRENT, name + "\n")
    _fsync(root)


def read_current(root: Path) -> str | None:
    """Return the name that CURRENT holds, or None where there is none."""
    try:
        return (root / CURRENT).read_text(encoding="utf-8").strip() or None
    except FileNotFoundError:
        return None


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return the manifest of a folder; IndexMismatch where it is missing or not JSON."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise IndexMismatch(f"{folder} has no {MANIFEST}; it was never finished") from error
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise IndexMismatch(
            f"{folder / MANIFEST} is not JSON; it was changed or damaged"
        ) from error
    if not isinstance(manifest, dict) or not isinstance(manifest.get("files"), dict):
        raise IndexMismatch(f"{folder / MANIFEST} names no files; it was changed or damaged")
    return manifest


def verify_folder(folder: Path) -> dict[str, Any]:
    """Return the manifest after checking every file's size and hash against it."""
    manifest = read_manifest(folder)
    for name, expected in manifest["files"].items():
        path = folder / name
        if not path.is_file():
            raise IndexMismatch(f"{path} is missing")
        if path.stat().st_size != expected["bytes"] or hash_file(path) != expected["sha256"]:
            raise IndexMismatch(f"{path} is not the file that was written; its hash differs")
    return manifest


def list_numbers(root: Path) -> list[int]:
    """Return the numbers of published folders, oldest first."""
    if not root.is_dir():
        return []
    return sorted(int(p.name) for p in root.iterdir() if p.name.isdigit() and p.is_dir())


def number_name(number: int) -> str:
    """Return the folder name of a generation or snapshot."""
    return f"{number:06d}"


def remove_oldest(root: Path, keep: int, needed: Collection[int] = ()) -> None:
    """Delete numbered folders beyond the newest `keep`, never the one in use or `needed`."""
    in_use = read_current(root)
    for number in list_numbers(root)[:-keep]:
        name = number_name(number)
        if name != in_use and number not in needed:
            doomed = root / f".removing-{name}"
            (root / name).rename(doomed)
            shutil.rmtree(doomed)


@contextmanager
def writer_lock(root: Path, *, wait: bool = False) -> Iterator[None]:
    """Hold the only writer's place under `root`; without `wait`, Busy names who has it.

    The lock is the kernel's (flock), so a dead process's lock is free at once.
    """
    root.mkdir(parents=True, exist_ok=True)
    with open(root / ".lock", "a+", encoding="utf-8") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError as error:
            handle.seek(0)
            pid = handle.read().strip() or "unknown"
            raise Busy(f"process {pid} is writing to {root}; wait for it and try again") from error
        handle.truncate(0)
        handle.write(str(os.getpid()))
        handle.flush()
        yield


def write_text(path: Path, text: str) -> None:
    """Write a file under a temporary name, fsync, then rename: a file that exists is whole."""
    temporary = path.with_name(f".{path.name}.tmp")
    with open(temporary, "w", encoding="utf-8") as handle:
        handle.write(text)
        handle.flush()
        os.fsync(handle.fileno())
    temporary.replace(path)


def hash_file(path: Path) -> str:
    """Return the file's sha256 as hex."""
    digest = hashlib.sha256()
    with open(path, "rb") as handle:
        while block := handle.read(_CHUNK):
            digest.update(block)
    return digest.hexdigest()


def hash_json(value: object) -> str:
    """Return the sha256 of a value's canonical JSON."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _fsync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
