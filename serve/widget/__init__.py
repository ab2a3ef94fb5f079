"""The assistant on other sites: one script tag, and the page in a frame for the sites listed.

/embed.js says nothing of who may use it; browsers hold the list, which /widget carries as
frame-ancestors.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib.resources import files

from fastapi import FastAPI
from fastapi.responses import PlainTextResponse, Response

from assistant.palette import make_readable, readable_on
from assistant.settings import BrandSettings
from serve.brand_files import Dress

_TEXT_RATIO = 4.5
_CLOSED = "no site is listed that may show this assistant: set widget.sites\n"


def add_widget(server: FastAPI, look: Callable[[], Dress]) -> None:
    """Add /embed.js, and the /widget that answers while no site is listed; else the guard does."""

    @server.get("/embed.js")
    def embed() -> Response:
        headers = {
            "Cache-Control": "public, max-age=3600",
            "Cross-Origin-Resource-Policy": "cross-origin",
        }
        script = write_embed(look().brand)
        return Response(script, media_type="text/javascript", headers=headers)

    @server.get("/widget")
    def closed_widget() -> Response:
        return PlainTextResponse(_CLOSED, 403)


def write_embed(brand: BrandSettings) -> str:
    """Return the script with the brand's name and colours in it."""
    accent = make_readable(brand.colours.primary, brand.colours.background, _TEXT_RATIO)
    about = {
        "name": brand.name,
        "accent": accent,
        "onAccent": readable_on(accent, brand.colours.background),
        "background": brand.colours.background,
    }
    source = (files("serve.widget") / "embed.js").read_text(encoding="utf-8")
    return source.replace("BRAND_AS_JSON", json.dumps(about))
