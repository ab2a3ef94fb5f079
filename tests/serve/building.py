"""Builds the server as a running one would, so that Gradio leaves no event loop open; runs it."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from fastapi import FastAPI

from assistant.config import Workspace
from assistant.store.opening import open_store
from serve.line import Line
from serve.run import claim_port
from serve.served import Served


def build_api_for_test(assistant: Served, root: Path) -> FastAPI:
    """Build everything but the page, which takes Gradio a second."""
    from serve.server import build_api

    workspace = Workspace(root, assistant.settings)
    return build_api(assistant, workspace, open_store(workspace))


def build_for_test(assistant: Served, root: Path) -> FastAPI:
    """Build on a thread of its own: the browser tests already run a loop on this one."""

    async def build() -> FastAPI:
        from serve.server import build_server

        workspace = Workspace(root, assistant.settings)
        return build_server(assistant, workspace, open_store(workspace))

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, build()).result()


def time_until_free(line: Line, most_s: float = 5) -> float:
    """Return the seconds until nobody is being answered any more; `most_s` where that lasts."""
    began = time.monotonic()
    while line.n_answered and time.monotonic() - began < most_s:
        time.sleep(0.005)
    return time.monotonic() - began


@contextmanager
def running(server) -> Iterator[str]:
    """Serve an ASGI app on a free port until the block ends."""
    with claim_port("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
        config = uvicorn.Config(
            server, log_level="error", timeout_graceful_shutdown=1, proxy_headers=False
        )
        worker = uvicorn.Server(config)
        thread = threading.Thread(target=worker.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        while thread.is_alive() and not worker.started:  # the port is refused until then
            time.sleep(0.005)
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            worker.should_exit = True
            thread.join(timeout=10)
