"""Builds the server as a running one would, so that Gradio leaves no event loop open."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from fastapi import FastAPI

from assistant.config import Workspace
from tests.serve.fake_assistant import FakeAssistant


def build_for_test(assistant: FakeAssistant, root: Path) -> FastAPI:
    """Build on a thread of its own: the browser tests already run a loop on this one."""

    async def build() -> FastAPI:
        from serve.server import build_server

        return build_server(assistant, Workspace(root, assistant.settings))

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, build()).result()
