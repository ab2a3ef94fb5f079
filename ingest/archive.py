"""Read a zip that somebody else made; nothing of it is ever written to disk.

Gives the names of its regular files and their bytes within caps; refuses what only an attack or a
mistake holds: too many entries, entries that share bytes, bombs, ways out of the folder, links.
"""

from __future__ import annotations

import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO

from assistant.errors import ArticleError
from assistant.records import Dropped

MAX_PAGE_BYTES = 4 * 1024 * 1024  # a novel is 1 MB
MAX_TABLE_BYTES = 32 * 1024 * 1024  # of all posts
_MAX_ENTRIES = 50_000
_MAX_TOTAL_BYTES = 4 * 1024**3
_MAX_DIRECTORY_BYTES = 16 * 1024 * 1024  # about 300 bytes for each of the most entries
_MAX_RATIO = 200  # text packs 3 to 10 times; only one letter repeated packs 1,000 times
_MIN_BOMB_BYTES = 1024 * 1024  # a smaller entry may well be blank
_END_RECORD = b"PK\x05\x06"
_LOCAL_HEADER_BYTES = 30
_ENCRYPTED = 0x1


class EntryUnreadable(Exception):
    """An entry that is damaged, or larger than what is read; the message says which."""


class Archive:
    """An open zip: its safe names, what was refused of it, and the bytes of an entry."""

    def __init__(self, file: zipfile.ZipFile, path: Path) -> None:
        """Look the directory over; ArticleError where the archive as a whole is refused."""
        self._file = file
        infos = [info for info in file.infolist() if not info.is_dir()]
        _refuse_bombs(infos, path)
        self.refused: list[Dropped] = []
        self._infos: dict[str, zipfile.ZipInfo] = {}
        for info in infos:
            if problem := _find_problem(info):
                self.refused.append(
                    Dropped(info.filename, "unsafe_entry", f"{path.name}: {problem}")
                )
            else:
                self._infos[info.filename] = info

    @property
    def names(self) -> list[str]:
        """The names of the entries that may be read, in order."""
        return sorted(self._infos)

    def read(self, name: str, max_bytes: int = MAX_PAGE_BYTES) -> bytes:
        """Return an entry's bytes; EntryUnreadable where it is damaged or over max_bytes."""
        with self.open(name) as entry:
            content = entry.read(max_bytes + 1)
        if len(content) > max_bytes:
            raise EntryUnreadable(f"{name} holds more than {max_bytes:,} bytes")
        return content

    @contextmanager
    def open(self, name: str) -> Iterator[IO[bytes]]:
        """Open an entry as a stream without a cap; EntryUnreadable where it is damaged."""
        try:
            with self._file.open(self._infos[name]) as entry:
                yield entry
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError) as error:
            raise EntryUnreadable(f"{name} is damaged: {error}") from error


@contextmanager
def open_archive(path: Path) -> Iterator[Archive]:
    """Open a zip; ArticleError where it is none, is damaged or is refused."""
    _refuse_large_directory(path)
    try:
        file = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise ArticleError(f"{path} is damaged ({error}); download the export again") from error
    with file:
        yield Archive(file, path)


def _refuse_large_directory(path: Path) -> None:
    """Look before zipfile does, which takes a kilobyte for each entry that is claimed."""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - 65557))  # the end record with the longest comment
        tail = file.read()
    start = tail.rfind(_END_RECORD)
    if start < 0 or len(tail) - start < 22:
        raise ArticleError(f"{path} is no zip file, or only a part of one; download it again")
    n_entries, n_bytes = struct.unpack("<HI", tail[start + 10 : start + 16])
    if n_entries > _MAX_ENTRIES or n_bytes > _MAX_DIRECTORY_BYTES:
        raise ArticleError(
            f"{path} lists {n_entries:,} entries in {n_bytes:,} bytes; at most {_MAX_ENTRIES:,} in"
            f" {_MAX_DIRECTORY_BYTES:,} are read"
        )


def _refuse_bombs(infos: list[zipfile.ZipInfo], path: Path) -> None:
    total = sum(info.file_size for info in infos)
    if total > _MAX_TOTAL_BYTES:
        raise ArticleError(f"{path} unpacks to {total:,} bytes; at most {_MAX_TOTAL_BYTES:,}")
    end = 0
    for info in sorted(infos, key=lambda info: info.header_offset):
        if info.header_offset < end:
            raise ArticleError(f"{path}: {info.filename!r} shares its bytes with another entry")
        end = info.header_offset + _LOCAL_HEADER_BYTES + len(info.filename) + info.compress_size
        is_large = info.file_size > _MIN_BOMB_BYTES
        if is_large and info.file_size > _MAX_RATIO * info.compress_size:
            raise ArticleError(
                f"{path}: {info.filename!r} unpacks {info.compress_size:,} bytes to"
                f" {info.file_size:,}, which no text does"
            )


def _find_problem(info: zipfile.ZipInfo) -> str:
    name = info.orig_filename
    path = PurePosixPath(name.replace("\\", "/"))
    if info.flag_bits & _ENCRYPTED:
        return f"{name!r} is encrypted; export it without a password"
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return f"{name!r} is packed in a way that no export uses"
    if path.is_absolute() or ".." in path.parts or ":" in name.split("/")[0] or "\x00" in name:
        return f"{name!r} leads out of the archive"
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind and kind != stat.S_IFREG:
        return f"{name!r} is a link or a device, not a file"
    return ""
