"""The editors' pages as HTML: templates, one style sheet inline, no script.

Everything is escaped by jinja2; the style sheet is allowed by its hash and nothing else is.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from assistant.palette import palette_css
from assistant.settings import BrandSettings
from serve.admin.charts import draw_bars, draw_lines
from serve.admin.workplace import Visit
from serve.tools_html import web_address
from serve.words import format_date

_FOLDER = files("serve.admin") / "templates"
_NAV = {
    "": "Overview",
    "review": "Feedback",
    "gaps": "Gaps",
    "sources": "Sources",
    "adapters": "Adapters",
    "generations": "Index",
    "log": "Log",
}
_HOME = {"feedback": "review", "adapter": "adapters"}  # pages that belong to another one's entry


class Renderer:
    """Turns a template's name and its values into a response."""

    def __init__(self, brand: BrandSettings) -> None:
        self._brand = brand
        self._jinja = Environment(
            loader=FileSystemLoader(str(_FOLDER)),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._jinja.globals |= {"draw_bars": draw_bars, "draw_lines": draw_lines}
        self._jinja.filters |= {"day": format_date, "web": web_address}
        base = palette_css(brand.colours) + (_FOLDER / "base.css").read_text(encoding="utf-8")
        inside = (_FOLDER / "inside.css").read_text(encoding="utf-8")
        self._styles = {False: base, True: base + inside}

    def page(
        self,
        name: str,
        about: Mapping[str, Any],
        visit: Visit | None = None,
        *,
        status: int = 200,
    ) -> HTMLResponse:
        """Return a page; without a visit it has neither navigation nor the pages' styles."""
        style = self._styles[visit is not None]
        here = _HOME.get(name, "" if name == "home" else name)
        text = self._jinja.get_template(f"{name}.html.jinja").render(
            about,
            brand=self._brand,
            style=style,
            visit=visit,
            nav=[(place, word, place == here) for place, word in _NAV.items()],
        )
        return HTMLResponse(text, status, headers=_headers(style))


def _headers(style: str) -> dict[str, str]:
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = (
        "default-src 'none'",
        f"style-src 'sha256-{digest}'",
        "img-src 'self'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
    return {
        "Content-Security-Policy": "; ".join(policy),
        "Cache-Control": "no-store",
        # The guard asks a form where it comes from; without a referrer a browser says "null".
        "Referrer-Policy": "same-origin",
    }
