"""A page's events hold words and numbers; one that names a file is refused before Gradio reads it.

In a mounted app Gradio copies any file of the disk that an event names into its own folder, and
fetches any address (it checks launched apps alone); the page has no use for either.
"""

from __future__ import annotations

import json

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

EVENTS = "/gradio_api/queue/join"
_REFUSED = "an event holds no files\n"


class PlainEvents:
    """An ASGI app around another. Bodies are held whole: the guard before it has bounded them."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection; 422 for an event that names a file or is none."""
        if scope["type"] != "http" or scope["path"] != EVENTS or scope["method"] != "POST":
            await self._app(scope, receive, send)
            return
        body = bytearray()
        more = True
        while more:
            message = await receive()
            if message["type"] != "http.request":
                return
            body += message.get("body", b"")
            more = message.get("more_body", False)
        if is_plain(bytes(body)):
            await self._app(scope, _replay(bytes(body), receive), send)
        else:
            await PlainTextResponse(_REFUSED, 422)(scope, receive, send)


def is_plain(body: bytes) -> bool:
    """Whether a body is JSON in which nothing has a `path`, as every file of Gradio's has."""
    try:
        waiting = [json.loads(body)]
    except (ValueError, RecursionError):
        return False
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            if "path" in value:
                return False
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value
    return True


def _replay(body: bytes, receive: Receive) -> Receive:
    """Return a `receive` that gives the body again, and then what comes after it."""
    held: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return held.pop() if held else await receive()

    return again
