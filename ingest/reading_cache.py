"""What reading a file gave, kept for the next run: cleaning is most of an unchanged run's time.

Rows of JSON by the hash of what they were made from and of the code that made them. One file a
source under built/cache/, safe to delete; a damaged one is made again.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

from assistant.commit import write_text
from ingest.decode import printable

log = logging.getLogger(__name__)

_LIBRARIES = ("datasketch", "ftfy", "lxml", "markdown-it-py", "markdownify", "pypdf", "trafilatura")


class ReadingCache:
    """One source's rows by key; those that a run does not ask for are forgotten by `save`."""

    def __init__(self, root: Path, source_name: str) -> None:
        name = hashlib.sha256(source_name.encode()).hexdigest()[:16]
        self._path = root / f"reading-{name}.jsonl"
        self._stored = _read_rows(self._path)
        self._used: dict[str, str] = {}

    def remember(self, made_from: bytes, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """Return the row made from these bytes by this version of the readers."""
        key = hashlib.sha256(reader_version() + made_from).hexdigest()
        stored = self._stored.get(key)
        row: dict[str, Any] = make() if stored is None else json.loads(stored)
        self._used[key] = stored or printable(json.dumps(row, ensure_ascii=False))
        return row

    def save(self) -> None:
        """Write this run's rows beside the old ones, then rename; nothing where none is new."""
        if self._used.keys() == self._stored.keys():
            return
        body = "".join(f"{key} {row}\n" for key, row in self._used.items())
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            write_text(self._path, f"{_digest(body)}\n{body}")
        except OSError as error:
            log.warning("%s cannot be written (%s); the next run reads again", self._path, error)


@cache
def reader_version() -> bytes:
    """Return a hash of the readers' code and libraries: any change reads everything again."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    for library in _LIBRARIES:
        digest.update(f"{library} {metadata.version(library)}\n".encode())
    return digest.digest()


def _read_rows(path: Path) -> dict[str, str]:
    try:
        # Decoded by hand: a text file's line endings would be translated, and the hash differ.
        head, _, body = path.read_bytes().decode().partition("\n")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        log.warning("%s cannot be read (%s) and is made again", path, error)
        return {}
    if _digest(body) != head:
        log.warning("%s is damaged and made again", path)
        return {}
    return dict(line.split(" ", 1) for line in body.split("\n") if line)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
