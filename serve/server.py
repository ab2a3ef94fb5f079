"""The server around the page: our own routes, Gradio mounted at "/", the guard outermost."""

from __future__ import annotations

from functools import partial

import gradio as gr
from fastapi import FastAPI
from fastapi.responses import PlainTextResponse, Response
from gradio.routes import App
from sqlalchemy import Engine
from starlette.routing import Mount
from starlette.types import ASGIApp

from assistant.config import Workspace
from serve.access import Access
from serve.admin.routes import add_admin
from serve.admin.workplace import Admin
from serve.api.health import add_health
from serve.api.routes import Api, add_api
from serve.app import build_page
from serve.brand_files import BrandFiles
from serve.desk import Desk
from serve.events import PlainEvents
from serve.guard import Frame, Guard
from serve.mounting import mount_closed
from serve.rates import Network, parse_networks
from serve.served import Served
from serve.shell import dress_shell
from serve.widget import add_widget

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_KEEP = {"Cache-Control": "public, max-age=31536000, immutable"}  # addresses carry a version


def build_server(assistant: Served, workspace: Workspace, store: Engine) -> FastAPI:
    """Build the whole server: the API and the page on one desk, behind one guard."""
    server = build_api(assistant, workspace, store)
    desk, look = server.state.desk, server.state.look
    page = build_page(desk, look.now, private=is_private(workspace))
    fonts = [gr.themes.Font("ui-sans-serif"), gr.themes.Font("system-ui"), "sans-serif"]
    theme = gr.themes.Base(font=fonts, font_mono=[gr.themes.Font("ui-monospace"), "monospace"])
    mount_closed(server, page, theme=theme)
    return server


def build_api(assistant: Served, workspace: Workspace, store: Engine) -> FastAPI:
    """Build everything but the page; it answers to this machine's names and to `serve.hosts`."""
    settings = assistant.settings.serve
    look = BrandFiles(lambda: assistant.settings.brand, workspace.root)
    hosts, proxies = LOOPBACK | set(settings.hosts), parse_networks(settings.proxies)
    server = _GuardedServer(look, hosts, proxies, assistant.settings.widget.sites)
    server.state.look = look
    _add_brand_routes(server, look)
    desk = server.state.desk = Desk(assistant, store, workspace.root)
    private = is_private(workspace)
    add_api(server, Api(desk, Access(store, private=private), private))
    add_health(server, desk)
    add_admin(server, Admin(desk, workspace))
    add_widget(server, look.now)
    return server


def is_private(workspace: Workspace) -> bool:
    """Whether only this machine can reach the server: no proxy in front is spoken of."""
    settings = workspace.settings.serve
    return not settings.hosts and not settings.proxies


def end_streams(server: FastAPI) -> None:
    """End the answers being written and visitors' open pages, so that stopping need not wait."""
    server.state.desk.close()
    for route in server.routes:
        if isinstance(route, Mount) and isinstance(route.app, App):
            route.app.stop_event.set()


class _GuardedServer(FastAPI):
    """A FastAPI whose outermost layer is the guard, outside its own error pages."""

    def __init__(
        self,
        look: BrandFiles,
        hosts: frozenset[str],
        proxies: tuple[Network, ...],
        sites: tuple[str, ...],
    ) -> None:
        super().__init__(docs_url=None, redoc_url=None, openapi_url=None)
        self._look = look
        self._hosts = hosts
        self._proxies = proxies
        self._sites = sites

    def build_middleware_stack(self) -> ASGIApp:
        def dress(page: str, *, framed: bool = False) -> str:
            look = self._look.now()
            return dress_shell(page, look.brand, look.version, framed=framed)

        frame = Frame(self._sites, partial(dress, framed=True)) if self._sites else None
        return Guard(
            PlainEvents(super().build_middleware_stack()),
            hosts=self._hosts,
            dress=dress,
            proxies=self._proxies,
            frame=frame,
        )


def _add_brand_routes(server: FastAPI, look: BrandFiles) -> None:
    @server.api_route("/brand/{name}", methods=["GET", "HEAD"])
    def brand_file(name: str) -> Response:
        named = look.now().files
        if name not in named:
            return PlainTextResponse("not found\n", 404)
        content, media_type = named[name]
        return Response(content, media_type=media_type, headers=_KEEP)
