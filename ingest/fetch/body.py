"""The bytes of a response or a .gz file, decompressed no further than a limit."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator

import httpx

from ingest.fetch.errors import FetchError, Reason

GZIP_MAGIC = b"\x1f\x8b"
_GZIP = zlib.MAX_WBITS | 16
_STEP = 1 << 18  # bytes given out by one call of zlib


def read_body(response: httpx.Response, url: str, max_bytes: int) -> bytes:
    """Return the whole body, unpacked; FetchError where it is too large, cut short or odd."""
    encoding = response.headers.get("content-encoding", "identity").strip().lower()
    if encoding not in ("identity", "", "gzip", "x-gzip"):
        raise FetchError(Reason.PROTOCOL, url, f"is packed as {encoding[:60]!r}; only gzip is read")
    declared = response.headers.get("content-length", "")
    if declared.isdecimal() and int(declared[:19]) > max_bytes:
        raise FetchError(Reason.TOO_LARGE, url, f"has {declared[:19]} bytes of {max_bytes:,}")
    chunks: Iterable[bytes] = response.iter_raw()
    if "gzip" in encoding:
        chunks = _inflate(chunks, url)
    return _join(chunks, url, max_bytes)


def unpack_gzip(data: bytes, url: str, max_bytes: int) -> bytes:
    """Return what a .gz file holds; FetchError where it is too large or cut short."""
    steps = (data[start : start + _STEP] for start in range(0, len(data), _STEP))
    return _join(_inflate(steps, url), url, max_bytes)


def _join(chunks: Iterable[bytes], url: str, max_bytes: int) -> bytes:
    body = bytearray()
    for chunk in chunks:
        body += chunk
        if len(body) > max_bytes:
            raise FetchError(Reason.TOO_LARGE, url, f"is longer than {max_bytes:,} bytes")
    return bytes(body)


def _inflate(chunks: Iterable[bytes], url: str) -> Iterator[bytes]:
    member = zlib.decompressobj(_GZIP)
    started = False
    for chunk in chunks:
        data, more = chunk, False
        while data or more:
            if member.eof:
                if not data.startswith(GZIP_MAGIC[: len(data)]):
                    return  # padding behind the last member, as gzip itself ignores
                member = zlib.decompressobj(_GZIP)
            started = True
            try:
                unpacked = member.decompress(data, _STEP)
            except zlib.error as error:
                raise FetchError(Reason.CUT_SHORT, url, f"is damaged gzip ({error})") from error
            yield unpacked
            more = len(unpacked) == _STEP and not member.eof
            data = member.unused_data if member.eof else member.unconsumed_tail
    if started and not member.eof:
        raise FetchError(Reason.CUT_SHORT, url, "ends within its gzip")
