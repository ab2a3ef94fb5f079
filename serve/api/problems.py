"""What can be wrong with a request, as a response in OpenAI's shape."""

from __future__ import annotations

import difflib
import logging
import secrets
from collections.abc import Mapping

from pydantic import ValidationError
from starlette.responses import JSONResponse, PlainTextResponse, Response

from serve.api.schema import ChatRequest

log = logging.getLogger(__name__)


class Problem(Exception):  # noqa: N818  # it becomes a response
    """A request that gets an error response."""

    def __init__(
        self,
        status: int,
        message: str,
        code: str,
        *,
        param: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.body = error_body(status, message, code, param)
        self.headers = dict(headers or {})

    def response(self) -> JSONResponse:
        """Return the response."""
        return JSONResponse(self.body, self.status, headers=self.headers)


def error_body(
    status: int, message: str, code: str, param: str | None = None
) -> dict[str, dict[str, str | None]]:
    """Return an error as OpenAI's clients read it."""
    kind = {401: "authentication_error", 429: "rate_limit_error"}.get(
        status, "server_error" if status >= 500 else "invalid_request_error"
    )
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}


def show_bug(path: str, error: Exception) -> Response:
    """Return what a caller learns of a bug: an id, which the log has beside its traceback."""
    bug = secrets.token_hex(8)
    log.error("request %s broke off", bug, exc_info=error)
    says = f"something went wrong on our side; the request was {bug}"
    if path.startswith("/v1/"):
        return JSONResponse(error_body(500, says, "internal_error"), 500)
    return PlainTextResponse(f"{says}\n", 500)


def busy_problem(message: str, retry_after_s: float, *, status: int, code: str) -> Problem:
    """Return the problem of too much at once; clients wait as long as it says."""
    seconds = str(max(1, round(retry_after_s + 0.5)))
    return Problem(status, message, code, headers={"Retry-After": seconds})


def invalid_problem(error: ValidationError) -> Problem:
    """Return a validation error's first finding in one sentence, never with the value itself."""
    first = error.errors(include_input=False, include_url=False)[0]
    param = ".".join(str(part) for part in first["loc"]) or None
    if first["type"] == "extra_forbidden":
        near = difflib.get_close_matches(param or "", ChatRequest.model_fields, n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        return Problem(422, f"{param} is not a parameter{hint}", "unknown_parameter", param=param)
    says = first["msg"].removeprefix("Value error, ")
    where = f"{param}: " if param else ""
    return Problem(422, f"{where}{says}", "invalid_value", param=param)
