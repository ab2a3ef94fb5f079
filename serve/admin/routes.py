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
from serve.admin.acts import Again, act, ask_again
from serve.admin.pages import FILES, PAGES
from serve.admin.rendering import Renderer
from serve.admin.workplace import Admin, TooManyTries, Visit

COOKIE = "masthead_editor"
_MOST_FIELDS = 20
_OLD_FORM = "This form is from an older session; go back and load the page again."
_WRONG = "That name and password do not go together."


def add_admin(server: FastAPI, admin: Admin) -> None:
    """Add the routes to the server."""
    door = _Door(admin)

    @server.get("/admin")
    async def first_page(request: Request) -> Response:
        return await door.show("", request)

    @server.get("/admin/{page:path}")
    async def other_page(page: str, request: Request) -> Response:
        return await door.show(page, request)

    @server.post("/admin")
    async def do(request: Request) -> Response:
        return await door.do(request)


class _Door:
    """What stands between a request and the pages: a session, and for acts its token."""

    def __init__(self, admin: Admin) -> None:
        self._admin = admin
        self._renderer = Renderer(admin.workspace.settings.brand)

    async def show(self, name: str, request: Request) -> Response:
        """Return a page; for a stranger the login form, whatever the name."""
        visit = await self._find_visit(request)
        if visit is None:
            return RedirectResponse("/admin", 303) if name else self._login_page()
        return await asyncio.to_thread(
            _show, self._renderer, self._admin, visit, name, dict(request.query_params)
        )

    async def do(self, request: Request) -> Response:
        """Do what a form asks for and show what came of it."""
        fields = _read_fields(await request.body())
        visit = await self._find_visit(request)
        if visit is None:
            if fields.get("do") != "login":
                return self._login_page("", 403)
            return await _log_in(self._admin, request, fields, self._login_page)
        if not hmac.compare_digest(fields.get("csrf", "").encode(), visit.csrf.encode()):
            return self._renderer.page("problem", {"says": _OLD_FORM}, visit, status=403)
        if fields.get("do") == "logout":
            await asyncio.to_thread(self._admin.log_out, visit)
            left = RedirectResponse("/admin", 303)
            left.delete_cookie(COOKIE, path="/admin")
            return left
        try:
            return await self._act(visit, fields)
        except AssistantError as error:
            return self._renderer.page("problem", {"says": str(error)}, visit, status=422)

    async def _act(self, visit: Visit, fields: dict[str, str]) -> Response:
        if fields.get("do") != "ask":
            place = await asyncio.to_thread(act, self._admin, visit, fields)
            return RedirectResponse(place, 303)
        again = await ask_again(self._admin, fields)
        return await asyncio.to_thread(
            _show, self._renderer, self._admin, visit, "feedback", fields, again
        )

    async def _find_visit(self, request: Request) -> Visit | None:
        token = request.cookies.get(COOKIE, "")
        return await asyncio.to_thread(self._admin.find_visit, token)

    def _login_page(self, problem: str = "", status: int = 200) -> Response:
        about = {"has_editors": self._admin.has_editors, "problem": problem}
        return self._renderer.page("login", about, status=status)


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
    asked: dict[str, str],
    again: Again | None = None,
) -> Response:
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
