"""A real server on a loopback port for each kind of assistant, and the official client on it."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass

import httpx
import openai
import pytest
from sqlalchemy import Engine

from serve.desk import Desk
from serve.served import Served
from tests.serve.building import build_api_for_test, running


@dataclass(frozen=True)
class Running:
    """A server that runs, and the parts that a test looks at from behind."""

    url: str
    desk: Desk
    http: httpx.Client

    @property
    def store(self) -> Engine:
        return self.desk.store

    def client(self, key: str = "none") -> openai.OpenAI:
        return openai.OpenAI(base_url=f"{self.url}/v1", api_key=key, max_retries=0, timeout=20)

    def post(self, body: object, **headers: str) -> httpx.Response:
        return self.http.post("/v1/chat/completions", json=body, headers=headers)


@pytest.fixture
def serve(tmp_path):
    """Return what serves an assistant until the test ends."""
    with ExitStack() as stack:

        def start(assistant: Served) -> Running:
            server = build_api_for_test(assistant, tmp_path)
            url = stack.enter_context(running(server))
            stack.callback(server.state.desk.store.dispose)
            stack.callback(server.state.desk.close)
            http = stack.enter_context(httpx.Client(base_url=url, timeout=20))
            return Running(url, server.state.desk, http)

        yield start
