"""Gradio's page shell dressed as the brand's: title, icon, styles. Pure."""

from __future__ import annotations

import re

from assistant.settings import BrandSettings
from serve import words
from serve.passage_html import escape

_FOREIGN = re.compile(
    r'<meta\s+(?:property="og:|name="twitter:)[^>]*>|<link rel="manifest"[^>]*>', re.DOTALL
)


def dress_shell(page: str, brand: BrandSettings, version: str, *, framed: bool = False) -> str:
    """Return the shell without foreign metadata and with our head; `version` busts caches.

    `framed` is for the widget on another site, where the page is a small window.
    """
    head = (
        f"<title>{escape(brand.name)}</title>"
        f'<meta name="description" content="{escape(brand.tagline or brand.greeting)}">'
        '<meta name="color-scheme" content="light dark">'
        f'<link rel="icon" href="/brand/icon?v={version}">'
        f'<link rel="stylesheet" href="/brand/page.css?v={version}">'
        f'<script defer src="/brand/page.js?v={version}"></script>'
    )
    if framed:
        head += f'<link rel="stylesheet" href="/brand/widget.css?v={version}">'
    no_script = f"<noscript><p>{words.NO_SCRIPT}</p></noscript>"
    bare = _FOREIGN.sub("", page)
    return bare.replace("</head>", f"{head}</head>", 1).replace("</body>", f"{no_script}</body>", 1)


def render_icon(brand: BrandSettings) -> str:
    """Return the brand's initial on its colour as SVG, the icon of a brand without a logo."""
    initial = next((c for c in brand.name if c.isalnum()), "M").upper()
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">'
        f'<rect width="32" height="32" rx="6" fill="{brand.colours.primary}"/>'
        '<text x="16" y="23" font-family="Georgia,serif" font-size="20" text-anchor="middle"'
        f' fill="{brand.colours.background}">{escape(initial)}</text></svg>'
    )
