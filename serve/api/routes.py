"""The API's routes: chat completions, models, health and metrics.

Each request is checked for its key, its rate and its shape, in that order, before it may wait.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import threading
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse
from pydantic import ValidationError
from pydantic_core import from_json
from sqlalchemy.exc import OperationalError
from starlette.requests import ClientDisconnect

from assistant.errors import AssistantError, Busy
from assistant.reader import Reader, parse_languages
from assistant.records import Shown
from assistant.store.keys import Key
from serve.access import Access, KeyWanted
from serve.api.problems import Problem, busy_problem, error_body, invalid_problem, show_bug
from serve.api.replies import Reply, event_of
from serve.api.schema import ChatRequest
from serve.desk import Asked, Desk, Finished
from serve.line import LineFull
from serve.rates import name_address

_LOOK_S = 0.25  # how long a client that left may go unnoticed
_FRESH = {"Cache-Control": "no-store"}
_RETRY_S = 5.0  # what a client is told to wait where nothing better is known

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Api:
    """What the routes need: the desk, and who may come to it; `private` on this machine only."""

    desk: Desk
    access: Access
    private: bool

    async def admit(self, request: Request, *, counted: bool = True) -> Key | None:
        """Return the caller's key; Problem where the request may not pass now."""
        shown = request.headers.get("authorization", "")
        try:
            key = await asyncio.to_thread(self.access.check, shown)
        except KeyWanted as error:
            self.desk.metrics.count_turned_away("key")
            wanted = {"WWW-Authenticate": "Bearer"}
            raise Problem(401, str(error), "invalid_api_key", headers=wanted) from error
        except OperationalError as error:
            raise busy_problem(
                "keys cannot be looked up just now; try again", _RETRY_S, status=503,
                code="database_busy",
            ) from error  # fmt: skip
        if counted:
            self._count(request, key)
        return key

    def models(self) -> list[str]:
        """Return the names that a request may ask for."""
        assistant = self.desk.assistant
        return ["promoted", "base", *sorted({*assistant.adapters} - {"promoted", "base"})]

    def model_row(self, name: str) -> dict[str, object]:
        """Return a model as OpenAI lists it; Problem where there is none of that name."""
        if name not in self.models():
            known = ", ".join(self.models())
            raise Problem(
                404, f"there is no such model; use one of {known}", "model_not_found", param="model"
            )
        brand = self.desk.assistant.settings.brand.name
        return {"id": name, "object": "model", "created": 0, "owned_by": brand}

    def _count(self, request: Request, key: Key | None) -> None:
        if key is not None:
            caller, per_minute = f"key {key.name}", key.per_minute
        elif self.private:
            return
        else:
            client = request.client.host if request.client else ""
            caller = name_address(client)
            per_minute = self.desk.assistant.settings.serve.per_minute
        if wait_s := self.desk.rates.take(caller, per_minute):
            self.desk.metrics.count_turned_away("rate")
            raise busy_problem(
                f"more than {per_minute} requests a minute; wait and try again", wait_s,
                status=429, code="rate_limit_exceeded",
            )  # fmt: skip


def add_api(server: FastAPI, api: Api) -> None:
    """Add the routes to the server."""

    @server.exception_handler(Problem)
    async def show_problem(_request: Request, problem: Problem) -> Response:
        return problem.response()

    @server.exception_handler(Exception)
    async def show_broken(request: Request, error: Exception) -> Response:
        return show_bug(request.scope["path"], error)

    @server.get("/v1/models")
    async def list_models(request: Request) -> JSONResponse:
        await api.admit(request, counted=False)
        rows = [api.model_row(name) for name in api.models()]
        return JSONResponse({"object": "list", "data": rows})

    @server.get("/v1/models/{name}")
    async def one_model(name: str, request: Request) -> JSONResponse:
        await api.admit(request, counted=False)
        return JSONResponse(api.model_row(name))

    @server.post("/v1/chat/completions")
    async def complete(request: Request) -> Response:
        key = await api.admit(request)
        try:
            asked_for = _parse(await request.body())
        except ClientDisconnect as error:
            raise Problem(400, "the body broke off", "invalid_json") from error
        api.model_row(asked_for.model)
        asked = Asked(
            asked_for.question,
            asked_for.history,
            surface="api",
            adapter=asked_for.model,
            reader=Reader(
                asked_for.length, parse_languages(request.headers.get("accept-language", ""))
            ),
            most_tokens=asked_for.most_tokens,
            key=key.name if key else "",
            keep=asked_for.store is not False,
            id=secrets.token_hex(12),
        )
        about = {"X-Request-Id": asked.id, **_FRESH}
        if not asked_for.stream:
            return JSONResponse(await _answer_whole(api, asked, request), headers=about)
        events = _answer_pieces(api, asked, request, with_usage=asked_for.wants_usage)
        first = await anext(events)  # a full line is a status, not an event of a stream
        return StreamingResponse(
            _rejoin(first, events), media_type="text/event-stream", headers=about
        )

    @server.get("/metrics")
    async def metrics(request: Request) -> Response:
        await api.admit(request, counted=False)
        assistant = api.desk.assistant
        body = api.desk.metrics.expose(assistant.generation_number, assistant.promoted or "base")
        return Response(body, media_type="text/plain; version=0.0.4; charset=utf-8", headers=_FRESH)


async def _answer_whole(api: Api, asked: Asked, request: Request) -> dict[str, object]:
    halt = threading.Event()
    watch = asyncio.create_task(_watch(request, halt))
    try:
        async with aclosing(api.desk.answer(asked, halt)) as events:
            async for event in events:
                if isinstance(event, Finished):
                    return Reply(asked.id, asked.adapter).whole(event)
    except AssistantError as error:
        raise _explain(api, error, asked) from error
    finally:
        watch.cancel()
    raise Problem(503, "the answer was stopped before its end", "stopped")


async def _answer_pieces(
    api: Api, asked: Asked, request: Request, *, with_usage: bool
) -> AsyncGenerator[str, None]:
    """Yield a stream's events, first an empty one once the question has its place in line."""
    halt = threading.Event()
    watch = asyncio.create_task(_watch(request, halt))
    reply = Reply(asked.id, asked.adapter)
    begun = False
    try:
        async with aclosing(api.desk.answer(asked, halt)) as events:
            async for event in events:
                if not begun:
                    begun = True
                    yield ": reading\n\n"
                if isinstance(event, Shown):
                    yield reply.piece(event.sentence)
                elif isinstance(event, Finished):
                    yield reply.last(event, with_usage=with_usage)
                    return
        yield event_of(error_body(503, "the answer was stopped before its end", "stopped"))
    except AssistantError as error:
        problem = _explain(api, error, asked)
        if not begun:
            raise problem from error
        yield event_of(problem.body)
    finally:
        watch.cancel()


async def _rejoin(first: str, rest: AsyncIterator[str]) -> AsyncIterator[str]:
    yield first
    async for event in rest:
        yield event


async def _watch(request: Request, halt: threading.Event) -> None:
    """Set `halt` when the client has gone."""
    while not await request.is_disconnected():
        await asyncio.sleep(_LOOK_S)
    halt.set()


def _parse(body: bytes) -> ChatRequest:
    try:
        raw = from_json(body, allow_inf_nan=False)
    except ValueError as error:
        raise Problem(400, "the body is not JSON that can be read", "invalid_json") from error
    try:
        return ChatRequest.model_validate(raw)
    except ValidationError as error:
        raise invalid_problem(error) from error


def _explain(api: Api, error: AssistantError, asked: Asked) -> Problem:
    if isinstance(error, LineFull):
        api.desk.metrics.count_turned_away("line")
        return busy_problem(str(error), error.retry_after_s, status=503, code="line_full")
    if isinstance(error, Busy):
        return busy_problem(str(error), _RETRY_S, status=503, code="busy")
    log.warning("answer %s failed: %s", asked.id, error)
    return Problem(
        500, f"something went wrong on our side; the request was {asked.id}", "internal_error"
    )
