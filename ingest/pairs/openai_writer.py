"""Questions from any OpenAI-compatible server: paced, tried again when it is busy, counted.

Talks to <url>/chat/completions with httpx; the key comes from the environment variable that
masthead.yaml names, and is never written or logged.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Self

import httpx

from assistant.errors import AssistantError
from assistant.pair_settings import QuestionSettings

log = logging.getLogger(__name__)

_TRIES = 5
_FIRST_WAIT_S = 1.0  # doubled each time, unless the server says how long
_LONGEST_WAIT_S = 60.0
_TIMEOUT_S = 120.0
_BUSY = (408, 409, 429, 500, 502, 503, 504)
_REPLY_TOKENS = 200


@dataclass(slots=True)
class OpenAIWriter:
    """The QuestionWriter seam over HTTP. `tokens` counts what the server says it used."""

    client: httpx.Client
    model: str
    per_minute: int
    reply_tokens: int = _REPLY_TOKENS
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    tokens: int = 0
    requests: int = 0
    _next_at: float = field(default=0.0)

    @classmethod
    def from_settings(
        cls, settings: QuestionSettings, *, reply_tokens: int = _REPLY_TOKENS
    ) -> Self:
        """Open a client for a server; AssistantError without the key's environment variable."""
        key = os.environ.get(settings.key_variable, "")
        if not key:
            raise AssistantError(
                f"{settings.key_variable} is not set; export the key of {settings.url}, or set"
                " ingest.pairs.questions.writer: templates"
            )
        headers = {"Authorization": f"Bearer {key}"}
        base = settings.url.rstrip("/") + "/"
        # As the openai engine's: no proxy or second key from the environment, no redirects.
        client = httpx.Client(base_url=base, headers=headers, timeout=_TIMEOUT_S, trust_env=False)
        return cls(client, settings.model, settings.per_minute, reply_tokens)

    @property
    def name(self) -> str:
        """Kind and model."""
        return f"openai:{self.model}"

    def write(self, request: str) -> str:
        """Return the reply; AssistantError when the server refuses, or stays busy."""
        body = {
            "model": self.model,
            "messages": [{"role": "user", "content": request}],
            "max_tokens": self.reply_tokens,
            "temperature": 0.7,
        }
        last = ""
        for attempt in range(_TRIES):
            self._pace()
            try:
                response = self.client.post("chat/completions", json=body)
            except httpx.TransportError as error:
                last = f"{type(error).__name__}: {error}"
                self.sleep(_wait(attempt, ""))
                continue
            if response.status_code in _BUSY:
                last = f"status {response.status_code}"
                self.sleep(_wait(attempt, response.headers.get("retry-after", "")))
                continue
            return self._read(response)
        raise AssistantError(
            f"{self.client.base_url} did not answer in {_TRIES} tries ({last}); run the same"
            " command again to go on where it stopped"
        )

    def _pace(self) -> None:
        now = self.clock()
        if now < self._next_at:
            self.sleep(self._next_at - now)
        self._next_at = max(now, self._next_at) + 60 / self.per_minute

    def _read(self, response: httpx.Response) -> str:
        if response.status_code != httpx.codes.OK:
            raise AssistantError(
                f"{self.client.base_url} says {response.status_code}:"
                f" {response.text[:200]!r}; correct url, model or key in ingest.pairs.questions"
            )
        try:
            document = response.json()
            text = str(document["choices"][0]["message"]["content"])
        except (ValueError, KeyError, IndexError, TypeError) as error:
            raise AssistantError(
                f"{self.client.base_url} sent no chat completion: {response.text[:200]!r};"
                " correct ingest.pairs.questions.url"
            ) from error
        self.requests += 1
        self.tokens += int((document.get("usage") or {}).get("total_tokens") or 0)
        log.info("%s: %d requests, %d tokens", self.name, self.requests, self.tokens)
        return text


def _wait(attempt: int, retry_after: str) -> float:
    wait = float(retry_after) if retry_after.isdigit() else _FIRST_WAIT_S * 2.0**attempt
    return min(wait, _LONGEST_WAIT_S)
