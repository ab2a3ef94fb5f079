"""A real HTTP server on the loopback, with pages that a test writes down and a list of requests."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from ingest.fetch.cache import ResponseCache
from ingest.fetch.client import Fetcher
from ingest.fetch.transport import GuardedTransport, Limits


@dataclass
class Reply:
    """What a path answers. `raw` takes the connection and writes whatever it likes instead."""

    body: bytes | str = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    raw: Callable[[Any], None] | None = None


class Site:
    """Pages by path, and what was asked for, in order."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.pages: dict[str, Reply] = {}
        self.asked: list[str] = []
        self.sent_headers: list[dict[str, str]] = []

    def take_requests(self) -> list[str]:
        """Return the paths asked for since the last call."""
        asked, self.asked = self.asked, []
        return asked


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    site: Site

    def handle_error(self, request: object, address: object) -> None:
        """Say nothing of clients that hang up within a handshake."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        site = self.server.site
        site.asked.append(self.path)
        site.sent_headers.append({key.lower(): value for key, value in self.headers.items()})
        reply = site.pages.get(self.path, Reply(b"no such page", 404))
        self.close_connection = True
        try:
            if reply.raw:
                reply.raw(self.wfile)
            else:
                self._answer(reply)
        except (BrokenPipeError, ConnectionResetError):
            pass  # the client had enough

    def _answer(self, reply: Reply) -> None:
        body = reply.body.encode() if isinstance(reply.body, str) else reply.body
        etag, modified = reply.headers.get("ETag"), reply.headers.get("Last-Modified")
        if etag:
            same = self.headers["If-None-Match"] == etag
        else:
            same = bool(modified) and self.headers["If-Modified-Since"] == modified
        self.send_response(304 if same else reply.status)
        for key, value in {"Content-Length": str(len(body)), **reply.headers}.items():
            if not (same and key == "Content-Length"):
                self.send_header(key, value)
        self.end_headers()
        if not same:
            self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@contextmanager
def serving(tls: Any = None) -> Iterator[Site]:
    """Serve a Site on a free port of 127.0.0.1 until the block ends."""
    server = _Server(("127.0.0.1", 0), _Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    scheme = "http" if tls is None else "https"
    site = server.site = Site(f"{scheme}://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def make_fetcher(folder: Any, limits: Limits = Limits(), **options: Any) -> Fetcher:  # noqa: B008
    """Return a real fetcher that may read from 127.0.0.1 and is in no hurry to be polite."""
    transport = GuardedTransport(["127.0.0.1"], limits, **options)
    return Fetcher(transport, ResponseCache(folder / "http"), own_hosts=("127.0.0.1",))
