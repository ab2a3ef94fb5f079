"""The headers that every response leaves with: a content policy, frames, types, referrers. Pure."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence

from starlette.datastructures import MutableHeaders
from starlette.types import Message, Send

_INLINE_SCRIPT = re.compile(r"<script(?![^>]*\ssrc=)[^>]*>(.*?)</script>", re.DOTALL)
_POLICY = (
    "default-src 'none'",
    "img-src 'self' data:",
    "font-src 'self' data:",
    "style-src 'self' 'unsafe-inline'",  # Gradio's components set style attributes
    "connect-src 'self'",
    "base-uri 'self'",
    "form-action 'none'",
)
NOBODY = "'none'"
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def policy(scripts: Sequence[str] = (), sites: Sequence[str] = ()) -> str:
    """Return the Content-Security-Policy; `scripts` are the page's inline scripts.

    `sites` may show the page in a frame.
    """
    hashes = [
        f"'sha256-{base64.b64encode(hashlib.sha256(s.encode()).digest()).decode()}'"
        for s in scripts
    ]
    # Gradio's HTML component compiles its own fixed template with Function().
    sources = " ".join(["'self'", "'unsafe-eval'", *hashes])
    framed = f"frame-ancestors {' '.join(sites) or NOBODY}"
    return "; ".join([*_POLICY, framed, f"script-src {sources}"])


def inline_scripts(page: str) -> tuple[str, ...]:
    """Return the text of each inline script of a page."""
    return tuple(_INLINE_SCRIPT.findall(page))


def with_headers(send: Send, content_policy: str) -> Send:
    """Return a `send` that adds the headers a response does not set itself.

    No other site may read an answer: what allows one to is taken off.
    """

    async def outward(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(raw=message["headers"])
            # The admin pages and the widget bring a policy of their own; Gradio brings none.
            headers.setdefault("Content-Security-Policy", content_policy)
            for name, value in _HEADERS.items():
                headers.setdefault(name, value)
            # Gradio lets any site read its answers, with cookies, where the host is public.
            for name in [name for name in headers if name.startswith("access-control-")]:
                del headers[name]
            if f"frame-ancestors {NOBODY}" not in headers["Content-Security-Policy"]:
                del headers["X-Frame-Options"]  # it knows no list of sites
        await send(message)

    return outward
