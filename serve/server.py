"""The server around the page: our own routes, Gradio mounted at "/", the guard outermost."""

from __future__ import annotations

import hashlib
from functools import partial
from importlib.resources import files
from pathlib import Path

import gradio as gr
from fastapi import FastAPI
from fastapi.responses import PlainTextResponse, Response
from gradio.routes import App
from sqlalchemy import Engine
from starlette.routing import Mount
from starlette.types import ASGIApp

from assistant.config import Workspace
from assistant.errors import ConfigError
from assistant.palette import palette_css
from assistant.settings import BrandSettings
from serve.access import Access
from serve.admin.routes import add_admin
from serve.admin.workplace import Admin
from serve.api.health import add_health
from serve.api.routes import Api, add_api
from serve.app import build_page
from serve.desk import Desk
from serve.guard import Frame, Guard
from serve.mounting import mount_closed
from serve.rates import Network, parse_networks
from serve.served import Served
from serve.shell import dress_shell, render_icon
from serve.widget import add_widget

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_LOGO_TYPES = {".svg": "image/svg+xml", ".png": "image/png", ".webp": "image/webp"}
_KEEP = {"Cache-Control": "public, max-age=31536000, immutable"}  # addresses carry a version


def build_server(assistant: Served, workspace: Workspace, store: Engine) -> FastAPI:
    """Build the whole server: the API and the page on one desk, behind one guard."""
    server = build_api(assistant, workspace, store)
    logo_url = f"/brand/logo?v={server.version}" if assistant.settings.brand.logo else ""
    page = build_page(server.state.desk, private=is_private(workspace), logo_url=logo_url)
    fonts = [gr.themes.Font("ui-sans-serif"), gr.themes.Font("system-ui"), "sans-serif"]
    theme = gr.themes.Base(font=fonts, font_mono=[gr.themes.Font("ui-monospace"), "monospace"])
    mount_closed(server, page, theme=theme)
    return server


def build_api(assistant: Served, workspace: Workspace, store: Engine) -> FastAPI:
    """Build everything but the page; it answers to this machine's names and to `serve.hosts`."""
    brand, settings = assistant.settings.brand, assistant.settings.serve
    logo = read_logo(brand, workspace.root)
    style = palette_css(brand.colours) + _static("page.css")
    script = _static("page.js")
    version = hashlib.sha256((style + script).encode() + (logo or b"")).hexdigest()[:12]
    server = _GuardedServer(
        brand,
        version,
        LOOPBACK | set(settings.hosts),
        parse_networks(settings.proxies),
        assistant.settings.widget.sites,
    )
    _add_brand_routes(server, brand, style, script, logo)
    desk = server.state.desk = Desk(assistant, store, workspace.root)
    private = is_private(workspace)
    add_api(server, Api(desk, Access(store, private=private), private))
    add_health(server, desk)
    add_admin(server, Admin(desk, workspace))
    add_widget(server, brand)
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


def read_logo(brand: BrandSettings, root: Path) -> bytes | None:
    """Return the logo's bytes, None where the brand has none; ConfigError where it cannot serve."""
    if not brand.logo:
        return None
    path = (root / brand.logo).resolve()
    if not path.is_relative_to(root.resolve()) or path.suffix.lower() not in _LOGO_TYPES:
        kinds = ", ".join(suffix.removeprefix(".") for suffix in _LOGO_TYPES)
        raise ConfigError(
            f"brand.logo is {brand.logo!r}; name a file inside the workspace that is one of {kinds}"
        )
    if not path.is_file():
        raise ConfigError(f"brand.logo: there is no {path}; add the file or delete the key")
    return path.read_bytes()


class _GuardedServer(FastAPI):
    """A FastAPI whose outermost layer is the guard, outside its own error pages."""

    def __init__(
        self,
        brand: BrandSettings,
        version: str,
        hosts: frozenset[str],
        proxies: tuple[Network, ...],
        sites: tuple[str, ...],
    ) -> None:
        super().__init__(
            title=brand.name, version=version, docs_url=None, redoc_url=None, openapi_url=None
        )
        self._brand = brand
        self._hosts = hosts
        self._proxies = proxies
        self._sites = sites

    def build_middleware_stack(self) -> ASGIApp:
        def dress(page: str, *, framed: bool = False) -> str:
            return dress_shell(page, self._brand, self.version, framed=framed)

        frame = Frame(self._sites, partial(dress, framed=True)) if self._sites else None
        return Guard(
            super().build_middleware_stack(),
            hosts=self._hosts,
            dress=dress,
            proxies=self._proxies,
            frame=frame,
        )


def _add_brand_routes(
    server: FastAPI, brand: BrandSettings, style: str, script: str, logo: bytes | None
) -> None:
    logo_type = _LOGO_TYPES.get(Path(brand.logo).suffix.lower(), "")
    files_by_name: dict[str, tuple[str | bytes, str]] = {
        "page.css": (style, "text/css"),
        "page.js": (script, "text/javascript"),
        "widget.css": (_static("widget.css"), "text/css"),
        "icon": (logo, logo_type) if logo else (render_icon(brand), _LOGO_TYPES[".svg"]),
    }
    if logo:
        files_by_name["logo"] = (logo, logo_type)

    @server.api_route("/brand/{name}", methods=["GET", "HEAD"])
    def brand_file(name: str) -> Response:
        if name not in files_by_name:
            return PlainTextResponse("not found\n", 404)
        content, media_type = files_by_name[name]
        return Response(content, media_type=media_type, headers=_KEEP)


def _static(name: str) -> str:
    return (files("serve") / "static" / name).read_text(encoding="utf-8")
