"""Find the files of a folder; follows no link out of it and opens nothing that is no file."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from assistant.records import Dropped


def find_files(root: Path, endings: tuple[str, ...]) -> Iterator[Path | Dropped]:
    """Yield the regular files with these endings in sorted order, and what cannot be looked at."""
    unreadable: list[Dropped] = []

    def note(error: OSError) -> None:
        folder = Path(error.filename).relative_to(root).as_posix()
        unreadable.append(Dropped(folder, "unreadable", f"{folder}: {error.strerror}"))

    paths: list[Path] = []
    for folder, subfolders, names in os.walk(root, onerror=note):
        subfolders[:] = [name for name in subfolders if not name.startswith(".")]
        links = [name for name in subfolders if (Path(folder) / name).is_symlink()]
        names = [name for name in names if name.lower().endswith(endings)]
        paths += [Path(folder) / name for name in (*names, *links) if not name.startswith(".")]
    yield from unreadable
    for path in sorted(paths, key=lambda path: path.relative_to(root).as_posix()):
        yield _check_path(path, root)


def _check_path(path: Path, root: Path) -> Path | Dropped:
    file = path.relative_to(root).as_posix()
    try:
        target = path.resolve(strict=True)
    except (OSError, RuntimeError) as error:  # a broken link, or a circle of links
        return Dropped(file, "unreadable", f"{file} is a link to nothing: {error}")
    if not target.is_relative_to(root):
        return Dropped(file, "unreadable", f"{file} is a link out of the folder, to {target}")
    if path.is_symlink() and target.is_dir():
        return Dropped(file, "unreadable", f"{file} is a link to the folder {target}, not followed")
    if not target.is_file():
        return Dropped(file, "unreadable", f"{file} is not a regular file")
    return path
