"""/admin: three routes, all of which show nothing but the login form to who is not logged in."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Callable
from urllib.parse import parse_qsl

from fastapi import FastAPI, Request
from fastapi.responses import RedirectResponse, Response

from assistant.errors import AssistantError
from assistant.store.sessions import SESSION_HOURS
from serve.admin.acts import act, ask_again
from serve.admin.pages import FILES, PAGES
from serve.admin.rendering import Renderer
from serve.admin.workplace import Admin, TooManyTries, Visit

COOKIE = "masthead_editor"
_MOST_FIELDS = 20
_WRONG = "That name and password do not go together."


def add_admin(server: FastAPI, admin: Admin) -> None:
    """Add the routes to the server."""
    renderer = Renderer(admin.workspace.settings.brand)

    async def find_visit(request: Request) -> Visit | None:
        token = request.cookies.get(COOKIE, "")
        return await asyncio.to_thread(admin.find_visit, token)

    def login_page(problem: str = "", status: int = 200) -> Response:
        about = {"has_editors": admin.has_editors, "problem": problem}
        return renderer.page("login", about, status=status)

    async def show(name: str, request: Request) -> Response:
        if (visit := await find_visit(request)) is None:
            return RedirectResponse("/admin", 303) if name else login_page()
        return await asyncio.to_thread(_show, renderer, admin, visit, name, request)

    @server.get("/admin")
    async def first_page(request: Request) -> Response:
        return await show("", request)

    @server.get("/admin/{page:path}")
    async def other_page(page: str, request: Request) -> Response:
        return await show(page, request)

    @server.post("/admin")
    async def do(request: Request) -> Response:
        fields = _read_fields(await request.body())
        visit = await find_visit(request)
        if visit is None:
            if fields.get("do") != "login":
                return login_page("", 403)
            return await _log_in(admin, request, fields, login_page)
        if not hmac.compare_digest(fields.get("csrf", "").encode(), visit.csrf.encode()):
            told = {"says": "This form is from an older session; go back and load the page again."}
            return renderer.page("problem", told, visit, status=403)
        if fields.get("do") == "logout":
            await asyncio.to_thread(admin.log_out, visit)
            left = RedirectResponse("/admin", 303)
            left.delete_cookie(COOKIE, path="/admin")
            return left
        try:
            if fields.get("do") == "ask":
                again = await ask_again(admin, fields)
                return await asyncio.to_thread(
                    _show, renderer, admin, visit, "feedback", request, fields, again
                )
            place = await asyncio.to_thread(act, admin, visit, fields)
        except AssistantError as error:
            return renderer.page("problem", {"says": str(error)}, visit, status=422)
        return RedirectResponse(place, 303)


async def _log_in(
    admin: Admin,
    request: Request,
    fields: dict[str, str],
    login_page: Callable[[str, int], Response],
) -> Response:
    client = request.client.host if request.client else ""
    try:
        token = await admin.log_in(fields.get("name", ""), fields.get("password", ""), client)
    except TooManyTries as error:
        return login_page(f"{error}.".capitalize(), 429)
    if not token:
        return login_page(_WRONG, 401)
    response = RedirectResponse("/admin", 303)
    response.set_cookie(
        COOKIE,
        token,
        max_age=SESSION_HOURS * 3600,
        path="/admin",
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="strict",
    )
    return response


def _read_fields(body: bytes) -> dict[str, str]:
    """Return a form's fields; what is no form has none."""
    try:
        sent = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:  # not UTF-8 either
        return {}
    return {name: value.replace("\0", " ") for name, value in sent}


def _show(
    renderer: Renderer,
    admin: Admin,
    visit: Visit,
    name: str,
    request: Request,
    fields: dict[str, str] | None = None,
    again: object = None,
) -> Response:
    asked = dict(request.query_params) | (fields or {})
    try:
        if name in FILES:
            return FILES[name](admin, asked)
        if name not in PAGES:
            return renderer.page("problem", {"says": "There is no such page."}, visit, status=404)
        about = PAGES[name](admin, asked)
    except AssistantError as error:
        return renderer.page("problem", {"says": str(error)}, visit, status=404)
    more = {"again": again, "done": asked.get("done", "")}
    return renderer.page(name or "home", about | more, visit)
