"""Answers kept on disk, so that a page that did not change is not sent again.

One file an address: a line of JSON about the answer, then the body. Safe to delete. A file's time
is when it was last asked for; what nobody has asked for in a long time is removed.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class CachedAnswer:
    """A body as it was sent, unpacked, with what the next request can name it by."""

    url: str
    body: bytes
    etag: str = ""
    last_modified: str = ""
    content_type: str = ""
    final_url: str = ""  # where redirects led
    checked_at: float = 0  # seconds since 1970: when the server last confirmed it


_KEPT_DAYS = 90  # a source that is down or taken out for a season finds its copies again


class ResponseCache:
    """Answers by address, below one folder."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def read(self, url: str) -> CachedAnswer | None:
        """Return the answer kept for `url`; None where there is none or it is damaged."""
        try:
            path = self._path(url)
            head, _, body = path.read_bytes().partition(b"\n")
            os.utime(path)
            about = json.loads(head)
            digest = about.pop("sha256")
            answer = CachedAnswer(body=body, **about)
        except (FileNotFoundError, ValueError, TypeError, KeyError, AttributeError):
            return None
        return answer if digest == _hash(body) and answer.url == url else None

    def write(self, answer: CachedAnswer) -> None:
        """Keep an answer in place of the one before, whole or not at all."""
        path = self._path(answer.url)
        about = {key: value for key, value in asdict(answer).items() if key != "body"}
        head = json.dumps(about | {"sha256": _hash(answer.body)}).encode()
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(prefix=".", dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(head + b"\n" + answer.body)
            os.replace(temporary, path)
        finally:
            Path(temporary).unlink(missing_ok=True)

    def remove_unused(self, now: float) -> int:
        """Remove the answers that nobody asked for in 90 days; return how many.

        `now` is in seconds since 1970.
        """
        oldest = now - _KEPT_DAYS * 86_400
        unused = [path for path in self._root.glob("*/*") if path.stat().st_mtime < oldest]
        for path in unused:
            path.unlink(missing_ok=True)
        return len(unused)

    def _path(self, url: str) -> Path:
        name = hashlib.sha256(url.encode()).hexdigest()
        return self._root / name[:2] / name


def _hash(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()
