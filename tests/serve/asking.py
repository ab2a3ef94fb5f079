"""Requests as a server gets them: exact paths for an ASGI app, exact bytes for a socket."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import unquote

from starlette.types import ASGIApp

HOST = "127.0.0.1:7860"


@dataclass(frozen=True)
class Asking:
    """One request; `path` is as it stands on the wire."""

    path: str
    method: str = "GET"
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Told:
    status: int
    headers: dict[str, str]
    body: str


def ask_app(app: ASGIApp, asked: Sequence[Asking]) -> list[Told]:
    """Ask an app directly, one after another; a stream is left once it has begun."""

    async def ask_all() -> list[Told]:
        return [await _ask(app, one) for one in asked]

    return asyncio.run(ask_all())


async def _ask(app: ASGIApp, asked: Asking) -> Told:
    sent: list[dict] = []
    path, _, query = asked.path.partition("?")
    headers = [("host", HOST), *asked.headers]
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": asked.method,
        "scheme": "http", "path": unquote(path), "raw_path": path.encode(), "root_path": "",
        "query_string": query.encode(), "client": ("127.0.0.1", 5), "server": ("127.0.0.1", 7860),
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers],
    }  # fmt: skip
    messages = [{"type": "http.request", "body": b"", "more_body": False}]

    async def receive() -> dict:
        return messages.pop() if messages else {"type": "http.disconnect"}

    async def send(message: dict) -> None:
        sent.append(message)

    await asyncio.wait_for(app(scope, receive, send), 20)
    body = b"".join(m.get("body", b"") for m in sent if m["type"] == "http.response.body")
    names = {name.decode().lower(): value.decode() for name, value in sent[0]["headers"]}
    return Told(sent[0]["status"], names, body.decode(errors="replace"))


def send_bytes(url: str, sent: bytes) -> tuple[int, float]:
    """Return the status that a server answers raw bytes with, and the seconds until it did."""
    host, port = url.removeprefix("http://").split(":")
    began = time.perf_counter()
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        try:
            connection.sendall(sent)
        except OSError:  # it has hung up already; what it said is there to be read
            pass
        status = int(connection.recv(64).split()[1])
    return status, time.perf_counter() - began
