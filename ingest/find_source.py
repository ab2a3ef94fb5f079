"""Look at a file, a folder or an address and say which source it is: `init --from`, `doctor`."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from assistant.config import Workspace, parse_settings
from assistant.errors import ConfigError
from assistant.settings import Settings, SourceSettings
from ingest.archive import open_archive
from ingest.detect import (
    PEEKED,
    SETTINGS_FILES,
    Detected,
    detect_bytes,
    detect_folder,
    detect_zip,
)
from ingest.fetch import Fetcher, FetchError, open_fetcher

_MOST_FILES = 20_000  # looked at in a folder
_READABLE = (
    "a folder of Markdown, a feed, a site or its sitemap, a WordPress, Ghost, Substack or Medium"
    " export, or a table with title and body columns"
)


def find_source(place: str, fetcher: Fetcher | None = None) -> tuple[Detected, SourceSettings]:
    """Return what is at a path or an address, and the entry for `sources:`.

    ConfigError where nothing is there, or nothing that can be read.
    """
    if place.lower().startswith(("http://", "https://")):
        detected = _look_at_address(place, fetcher)
        return detected, SourceSettings.model_validate({detected.kind: place})
    path = Path(place).expanduser().resolve()
    detected = _look_at_path(path)
    where = path / detected.folder if detected.folder else path
    entry = {detected.kind: str(where), "base_url": detected.base_url}
    return detected, SourceSettings.model_validate(entry)


def look_at_source(
    workspace: Workspace, source: SourceSettings, fetcher: Fetcher | None = None
) -> str:
    """Return what is at a source now; ConfigError where it cannot be read. Changes nothing."""
    place = source.place
    if place.lower().startswith(("http://", "https://")):
        with tempfile.TemporaryDirectory() as elsewhere:
            asking = fetcher or open_fetcher(replace(workspace, root=Path(elsewhere)))
            try:
                found = detect_bytes(asking.get(place).body)
            except FetchError as error:
                raise ConfigError(f"{source.name}: {error}; see that it can be reached") from error
        if source.kind == "site" and place.endswith((".gz", ".txt")):
            return "answers"
    else:
        path = (workspace.root / Path(place).expanduser()).resolve()
        if source.kind == "folder":
            if not path.is_dir():
                raise ConfigError(f"no folder {place} under {workspace.root}; correct `sources:`")
            return f"{sum(1 for _ in _list_files(path)):,} files"
        if not path.is_file():
            raise ConfigError(f"no file {place} under {workspace.root}; correct `sources:`")
        found = _look_at_file(path)
    if found is None or found.kind != source.kind:
        seen = found.seen_as if found else "nothing that can be read as a source"
        raise ConfigError(f"{source.name} is {seen}; correct `sources:`")
    return found.seen_as


def _look_at_address(url: str, fetcher: Fetcher | None) -> Detected:
    with tempfile.TemporaryDirectory() as folder:
        try:
            found = (fetcher or open_fetcher(_nowhere(Path(folder)))).get(url)
        except FetchError as error:
            raise ConfigError(f"--from {error}; correct the address") from error
    detected = detect_bytes(found.body)
    if detected is None or detected.kind not in ("feed", "site"):
        seen = detected.seen_as if detected else "nothing that can be read as a source"
        raise ConfigError(
            f"--from {url} is {seen}; give the address of a feed, a sitemap or a site, or download"
            " the file and name that"
        )
    return detected


def _look_at_path(path: Path) -> Detected:
    if path.is_dir():
        names = list(_list_files(path))
        texts = {
            name: (path / name).read_text(encoding="utf-8", errors="replace")[:PEEKED]
            for name in SETTINGS_FILES
            if name in names
        }
        detected = detect_folder(names, texts)
    else:
        detected = _look_at_file(path)
    if detected is None:
        raise ConfigError(f"--from {path} is nothing that can be read; give {_READABLE}")
    return detected


def _look_at_file(path: Path) -> Detected | None:
    try:
        with path.open("rb") as handle:
            data = handle.read(PEEKED)
    except OSError as error:
        raise ConfigError(f"--from {path}: {error.strerror}; correct the path") from error
    if data.startswith(b"PK\x03\x04"):
        with open_archive(path) as archive:
            return detect_zip(archive.names)
    # A character cut in two at the end of what was read is no damage.
    detected = detect_bytes(data) or detect_bytes(data[:-3])
    if detected and detected.kind == "site":
        if detected.seen_as == "a sitemap":
            raise ConfigError(f"--from {path} is a sitemap; give its address instead of a copy")
        return None
    return detected


def _list_files(root: Path) -> Iterator[str]:
    count = 0
    for folder, subfolders, names in os.walk(root):
        subfolders[:] = [n for n in subfolders if not n.startswith(".") and n != "node_modules"]
        for name in names:
            yield (Path(folder) / name).relative_to(root).as_posix()
            count += 1
            if count >= _MOST_FILES:
                return


def _nowhere(folder: Path) -> Workspace:
    """Return a workspace that lends a fetcher its settings and leaves nothing behind."""
    raw = {"brand": {"name": "new"}, "sources": [{"folder": "."}]}
    settings: Settings = parse_settings(raw, "--from")
    return Workspace(folder, settings)
