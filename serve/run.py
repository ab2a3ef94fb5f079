"""`masthead serve`: a port, an assistant, a page; until Ctrl-C."""

from __future__ import annotations

import errno
import ipaddress
import os
import socket
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import uvicorn

from assistant.config import Workspace
from assistant.errors import AssistantError
from serve.served import Served

_GRACE_S = 2  # after Ctrl-C, for answers that are being written
_TRIES = 20  # ports looked at for one that is free


def serve(
    workspace: Workspace, *, host: str, port: int, open_assistant: Callable[[Workspace], Served]
) -> None:
    """Serve the page until Ctrl-C; AssistantError when it must not or cannot listen there.

    The port is taken before the models load, so that a mistake shows at once.
    """
    check_host(host)
    with claim_port(host, port) as listener, private_folder():
        from assistant.store.opening import open_store
        from serve.server import build_server, end_streams

        store = open_store(workspace)

        class PageServer(uvicorn.Server):
            """Stops without waiting for pages that stay open in somebody's browser."""

            async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
                end_streams(server)
                await super().shutdown(sockets)

        server = build_server(open_assistant(workspace), workspace, store)
        config = uvicorn.Config(
            server,
            log_level="warning",
            access_log=False,
            server_header=False,
            proxy_headers=False,  # the guard reads them, from trusted proxies only
            timeout_graceful_shutdown=_GRACE_S,
        )
        name = workspace.settings.brand.name
        sys.stdout.write(f"{name} is at {address(host, port)} (Ctrl-C stops it)\n")
        sys.stdout.flush()
        try:
            PageServer(config).run(sockets=[listener])
        except KeyboardInterrupt:
            sys.stdout.write("stopped\n")


def check_host(host: str) -> None:
    """Raise AssistantError unless only this machine can reach the host."""
    if not is_loopback(host):
        raise AssistantError(
            f"host {host} can be reached from other machines and this page has no login; use"
            " 127.0.0.1, and put a proxy that asks for a login in front of it to share it"
        )


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach an address."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def address(host: str, port: int) -> str:
    """Return the address to open in a browser."""
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


@contextmanager
def claim_port(host: str, port: int) -> Iterator[socket.socket]:
    """Give a socket bound to the port; AssistantError says who has it and which one is free."""
    # asyncio turns Nagle's delay off, 40 ms an event, only where the protocol is named.
    with socket.socket(_family(host), socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
        except OSError as error:
            raise AssistantError(_explain(error, host, port)) from error
        yield listener


@contextmanager
def private_folder() -> Iterator[Path]:
    """Work in an empty folder of our own, Gradio's files too, and go back afterwards.

    Gradio may serve files of the working directory and of its temporary folder, so nothing of
    value may lie in either. Gradio reads the variables when it is imported.
    """
    before = Path.cwd()
    with tempfile.TemporaryDirectory(prefix="masthead-") as name:
        folder = Path(name)
        (folder / "work").mkdir(mode=0o700)
        (folder / "gradio").mkdir(mode=0o700)
        os.environ["GRADIO_TEMP_DIR"] = str(folder / "gradio")
        os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
        os.chdir(folder / "work")
        try:
            yield folder
        finally:
            os.chdir(before)


def _explain(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        free = _find_free_port(host, port)
        hint = f"pass --port {free}" if free else "pass another --port"
        return f"port {port} on {host} is in use by {_holder(port)}; stop it or {hint}"
    if error.errno == errno.EACCES:
        return f"port {port} on {host} is kept for the system; pass --port with 1024 or more"
    return (
        f"cannot listen on {host}:{port}: {error.strerror or error}; pass another --host or --port"
    )


def _holder(port: int) -> str:
    """Name the process that listens on a port, as far as this user may see."""
    try:
        for connection in psutil.net_connections(kind="tcp"):
            at_port = connection.laddr and connection.laddr.port == port
            if at_port and connection.status == psutil.CONN_LISTEN and connection.pid:
                return f"process {connection.pid} ({psutil.Process(connection.pid).name()})"
    except psutil.Error:
        return "another program"
    return "another program"


def _find_free_port(host: str, port: int) -> int | None:
    for candidate in range(port + 1, min(port + 1 + _TRIES, 65_536)):
        with socket.socket(_family(host), socket.SOCK_STREAM) as probe:
            if probe.connect_ex((host, candidate)) != 0:
                return candidate
    return None


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET
