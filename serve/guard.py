"""The outer layer of the server: which addresses exist, what a request may be, which headers leave.

Pure ASGI around everything else, so that nothing inside can be reached past it. Decisions read
`scope["path"]` only; a Host or forwarded header never moves them. Inside, `scope["client"]` is the
reader's own address, and forwarded headers are those of trusted proxies alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serve.api.problems import error_body
from serve.policy import inline_scripts, policy, with_headers
from serve.rates import Network, find_client, is_trusted

# Gradio brings upload, proxy, file, run history and monitoring routes; the page needs these only.
READ_PATHS = frozenset(
    {
        "/",
        "/admin",
        "/config",
        "/embed.js",
        "/healthz",
        "/metrics",
        "/readyz",
        "/robots.txt",
        "/theme.css",
        "/gradio_api/app_id",
        "/gradio_api/info",
        "/gradio_api/queue/data",
        "/gradio_api/startup-events",
        "/v1/models",
        "/widget",
    }
)
READ_FOLDERS = (
    "/admin/",
    "/assets/",
    "/brand/",
    "/gradio_api/heartbeat/",
    "/static/",
    "/svelte/",
    "/v1/models/",
)
API = "/v1/"
# Where a body may be sent, and how many bytes of it. The page's: a question of 2,000 characters or
# a better answer of 4,000, wrapped. The API's: a long conversation.
MAX_BODY = 65_536
MAX_API_BODY = 524_288
WRITE_PATHS = {
    "/admin": MAX_BODY,
    "/gradio_api/cancel": MAX_BODY,
    "/gradio_api/queue/join": MAX_BODY,
    "/gradio_api/reset": MAX_BODY,
    "/v1/chat/completions": MAX_API_BODY,
}

_NEVER = ("..", "//", "\\", "\0")  # in the address of anything that is there
_LONGEST_NAME = 200  # bytes; asked for a longer one, a file system raises
_FORWARDED = (b"x-forwarded-", b"forwarded", b"x-real-ip")


@dataclass(frozen=True, slots=True)
class Frame:
    """The page for frames on other sites: which, and how it is dressed for them."""

    sites: tuple[str, ...]
    dress: Callable[[str], str]


class Guard:
    """An ASGI app around another: refuses early, dresses the page, sets headers on the way out."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        hosts: frozenset[str],
        dress: Callable[[str], str],
        proxies: Sequence[Network] = (),
        frame: Frame | None = None,
    ) -> None:
        self._app = app
        self._hosts = hosts
        self._dress = dress
        self._proxies = proxies
        self._frame = frame

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection; websockets are closed, the page uses none."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        elif (refusal := find_refusal(scope, self._hosts)) is not None:
            await refusal(scope, receive, with_headers(send, policy()))
        else:
            scope = as_sent(scope, self._proxies)
            if scope["path"] == "/":
                await self._serve_page(scope, receive, send, self._dress, ())
            elif scope["path"] == "/widget" and self._frame is not None:
                page = {**scope, "path": "/", "raw_path": b"/"}
                await self._serve_page(page, receive, send, self._frame.dress, self._frame.sites)
            else:
                await self._app(scope, receive, with_headers(send, policy()))

    async def _serve_page(
        self,
        scope: Scope,
        receive: Receive,
        send: Send,
        dress: Callable[[str], str],
        sites: Sequence[str],
    ) -> None:
        """Serve Gradio's page dressed as the brand's; its inline scripts are allowed by hash."""
        plain = [pair for pair in scope["headers"] if pair[0] != b"accept-encoding"]
        start: Message = {}
        body = bytearray()

        async def hold(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                start = message
            elif message["type"] == "http.response.body":
                body.extend(message.get("body", b""))
            if message["type"] == "http.response.body" and not message.get("more_body"):
                page = dress(body.decode())
                headers = MutableHeaders(raw=start["headers"])
                headers["Content-Length"] = str(len(page.encode()))
                headers["Cache-Control"] = "no-store"
                outward = with_headers(send, policy(inline_scripts(page), sites))
                await outward(start)
                shown = b"" if scope["method"] == "HEAD" else page.encode()
                await outward({"type": "http.response.body", "body": shown})

        await self._app({**scope, "headers": plain}, receive, hold)


def find_refusal(scope: Scope, hosts: frozenset[str]) -> Response | None:
    """Return the response that turns a request away, or None where it may pass."""
    headers = Headers(scope=scope)
    path, method = scope["path"], scope["method"]
    if hosts and _host_name(headers.get("host", "")) not in hosts:
        return _refuse(path, 421, "this address serves another host")
    if not _is_open(path, method):
        return _refuse(path, 404, "not found")
    if method == "POST":
        if not _is_own_site(headers, hosts):
            return _refuse(path, 403, "other sites may not ask here")
        length = headers.get("content-length", "")
        # With both headers the chunks count, and they may go on for ever.
        if not length.isdecimal() or "transfer-encoding" in headers:
            return _refuse(path, 411, "say how long the body is")
        if len(length) > 9 or int(length) > WRITE_PATHS[path]:
            return _refuse(path, 413, "too long")
    return None


def as_sent(scope: Scope, proxies: Sequence[Network]) -> Scope:
    """Return the scope with the reader's own address and without what was forwarded.

    A trusted proxy's word is taken for the address and for http or https, and nothing else.
    """
    peer = scope["client"][0] if scope.get("client") else ""
    forwarded = ",".join(Headers(scope=scope).getlist("x-forwarded-for"))
    client = find_client(peer, forwarded, proxies)
    trusted = (b"x-forwarded-proto",) if is_trusted(peer, proxies) else ()
    headers = [
        pair
        for pair in scope["headers"]
        if pair[0] in trusted or not pair[0].startswith(_FORWARDED)
    ]
    return {**scope, "client": (client, 0), "headers": headers}


def _is_open(path: str, method: str) -> bool:
    names = path.encode("utf-8", "surrogatepass").split(b"/")
    if any(mark in path for mark in _NEVER) or max(map(len, names)) > _LONGEST_NAME:
        return False
    if method in ("GET", "HEAD"):
        return path in READ_PATHS or path.startswith(READ_FOLDERS)
    return method == "POST" and path in WRITE_PATHS


def _is_own_site(headers: Headers, hosts: frozenset[str]) -> bool:
    """Whether a browser that sent this did so from our own page; programs say nothing of a site."""
    if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return False
    if (origin := headers.get("origin")) is None:
        return True
    name = _host_name(origin.partition("://")[2])
    return name in hosts if hosts else name == _host_name(headers.get("host", ""))


def _refuse(path: str, status: int, says: str) -> Response:
    if path.startswith(API):
        return JSONResponse(error_body(status, says, says.replace(" ", "_")), status)
    return PlainTextResponse(f"{says}\n", status)


def _host_name(host: str) -> str:
    """Return a Host header's name without its port, brackets kept off."""
    if host.startswith("["):
        name, closed, _ = host[1:].partition("]")
        return name if closed else ""
    return host.partition(":")[0].lower()
