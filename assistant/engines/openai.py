"""Any OpenAI-compatible server over HTTP: vLLM, llama.cpp's server and the like.

Messages in, text deltas out; the server renders the prompt with its own chat template, so it must
serve the base model that masthead.yaml names. Adapters are models that it serves by name.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence

import httpx

from assistant.errors import AssistantError, Busy, ModelMissing
from assistant.records import Message
from assistant.settings import GREEDY, DecodingSettings

_CONNECT_S = 5.0
_LONGEST_LINE = 65_536  # characters of one event; a server that never ends a line is cut off
_SAID = 200  # characters of a server's own words in a message


class OpenAIEngine:
    """The Generator seam on a server's `/chat/completions`, streamed."""

    def __init__(
        self,
        url: str,
        *,
        base_model: str,
        api_key: str = "",
        adapters: Sequence[str] = (),
        timeout_s: float = 60,
        decoding: DecodingSettings = GREEDY,
    ) -> None:
        headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        self._base_model = base_model
        self._adapters = tuple(adapters)
        self._decoding = decoding.model_dump()
        # No redirects and no proxies or keys from the environment: the key goes to this URL only.
        self._client = httpx.Client(
            base_url=url.rstrip("/"),
            headers=headers,
            timeout=httpx.Timeout(timeout_s, connect=_CONNECT_S),
            trust_env=False,
        )
        self._url = url
        self._timeout_s = timeout_s

    @property
    def name(self) -> str:
        """Engine name for answers and reports."""
        return "openai"

    def check(self) -> None:
        """Raise ModelMissing unless the server is there and serves the base and every adapter."""
        try:
            response = self._client.get("/models")
            response.raise_for_status()
            served = [str(model["id"]) for model in response.json()["data"]]
        except httpx.HTTPStatusError as error:
            raise ModelMissing(self._explain_status(error.response)) from error
        except httpx.HTTPError as error:
            raise ModelMissing(self._explain(error)) from error
        except (ValueError, KeyError, TypeError) as error:
            raise ModelMissing(
                f"{self._url}/models does not list models; models.url must end where /models and"
                " /chat/completions begin, like http://127.0.0.1:8000/v1"
            ) from error
        missing = [name for name in (self._base_model, *self._adapters) if name not in served]
        if missing:
            raise ModelMissing(
                f"{self._url} does not serve {missing[0]}; it serves {', '.join(served) or 'none'}"
            )

    def stream(
        self, messages: Sequence[Message], *, adapter: str | None, max_tokens: int
    ) -> Iterator[str]:
        """Yield pieces of text; closing the iterator closes the connection, which stops the work.

        AssistantError in one line where the server fails; Busy where it asks to wait.
        """
        if adapter is not None and adapter not in self._adapters:
            known = ", ".join(self._adapters) or "none"
            raise AssistantError(f"adapter {adapter} is not loaded; loaded: {known}")
        body = {
            "model": adapter or self._base_model,
            "messages": [{"role": m.role, "content": m.content} for m in messages],
            "max_tokens": max_tokens,
            **self._decoding,
            "stream": True,
        }
        try:
            with self._client.stream("POST", "/chat/completions", json=body) as response:
                if response.status_code != 200:
                    response.read()
                    kind = Busy if response.status_code in (429, 503) else AssistantError
                    raise kind(self._explain_status(response))
                yield from self._read(response)
        except httpx.HTTPError as error:
            raise AssistantError(self._explain(error)) from error

    def _read(self, response: httpx.Response) -> Iterator[str]:
        for data in _events(response.iter_text()):
            if data == "[DONE]":
                return
            try:
                event = json.loads(data)
                if "error" in event:
                    raise AssistantError(f"{self._url} broke off: {_said(event['error'])}")
                choices = event["choices"]
                text = choices[0]["delta"].get("content") if choices else None
            except (ValueError, KeyError, TypeError, IndexError) as error:
                raise AssistantError(
                    f"{self._url} sent something else than a chat completion;"
                    " check that models.url is an OpenAI-compatible server"
                ) from error
            if text:
                yield str(text)
            if choices and choices[0].get("finish_reason"):
                return
        raise AssistantError(f"{self._url} ended before the answer did; ask again")

    def _explain(self, error: httpx.HTTPError) -> str:
        if isinstance(error, httpx.TimeoutException):
            return (
                f"{self._url} said nothing for {self._timeout_s:g} s; look at that server, or"
                " raise models.timeout_s"
            )
        what = " ".join(str(error).split())[:_SAID] or type(error).__name__
        return f"{self._url} cannot be reached ({what}); start that server or correct models.url"

    def _explain_status(self, response: httpx.Response) -> str:
        try:
            said = _said(response.json().get("error", ""))
        except (ValueError, AttributeError):
            said = ""
        hint = {
            401: "; check models.api_key",
            403: "; check models.api_key",
            404: "; check models.url and models.served_as",
        }.get(response.status_code, "")
        detail = f": {said}" if said else ""
        return f"{self._url} answered {response.status_code}{detail}{hint}"


def _events(pieces: Iterator[str]) -> Iterator[str]:
    """Yield the data of each server-sent event, comments and other fields left out."""
    buffer = ""
    for piece in pieces:
        *lines, buffer = (buffer + piece).split("\n")
        if len(buffer) > _LONGEST_LINE:
            raise AssistantError("the model server sent a line without end; check models.url")
        for line in lines:
            if line.startswith("data:"):
                yield line.removeprefix("data:").strip()
    if buffer.startswith("data:"):
        yield buffer.removeprefix("data:").strip()


def _said(error: object) -> str:
    """Return a server's own words on one line."""
    text = error.get("message", "") if isinstance(error, Mapping) else error
    return " ".join(str(text).split())[:_SAID]
