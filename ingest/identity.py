"""Names that stay: the canonical form of a URL and the id of an article."""

from __future__ import annotations

import hashlib
import re
from urllib.parse import parse_qsl, quote, urlencode, urljoin, urlsplit, urlunsplit

from ingest.decode import printable

_ID_LENGTH = 16  # hex digits: 64 bits, so a million articles collide with odds of 1 in 37 million
# What newsletters, advertisers and analytics add; a page is the same page without them.
_TRACKING = re.compile(
    r"utm_\w+|[gm]clid|gbraid|wbraid|dclid|fbclid|msclkid|twclid|yclid|igshid|mc_[ce]id|mkt_tok"
    r"|_hs(enc|mi)|ref|ref_src|ref_url|referrer|cmpid|amp",
    re.IGNORECASE,
)
_PATH_CHARACTERS = "/%:@!$&'()*+,;=~-._"  # stay as written; the rest is percent-encoded
_DEFAULT_PORTS = {"http": 80, "https": 443}
_OTHER_HOST = re.compile(r"^https://(?:www|amp)\.(?=[^/]+\.)")
_OTHER_FILE = re.compile(r"(?:/index\.(?:html?|php)|\.amp(?:\.html)?)(?=\?|$)")


def article_id(url: str, file: str) -> str:
    """Return the lasting id of an article: of its page's URL, else of its path in its source."""
    name = page_key(url) if url else f"file:{file}"
    return hashlib.sha256(printable(name).encode()).hexdigest()[:_ID_LENGTH]


def page_key(url: str) -> str:
    """Return what all addresses of one page share, with and without www; a key, not an address."""
    key = _OTHER_FILE.sub("", _OTHER_HOST.sub("https://", canonical_url(url)))
    return f"{key}/" if key.count("/") == 2 else key


def canonical_url(url: str) -> str:
    """Return the one spelling of a page's address; of anything but http(s), only strip space."""
    url = printable(url)
    try:
        parts = urlsplit(url.strip())
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:  # a port or bracket that is none
        return url.strip()
    if parts.scheme.lower() not in _DEFAULT_PORTS or not host:
        return url.strip()
    if ":" in host:
        host = f"[{host}]"
    if port and port not in _DEFAULT_PORTS.values():
        host = f"{host}:{port}"
    path = re.sub(r"/amp/?$", "", parts.path).rstrip("/") or "/"
    path = quote(path, safe=_PATH_CHARACTERS)
    query = sorted(
        (key, value)
        for key, value in parse_qsl(parts.query, keep_blank_values=True)
        if not _TRACKING.fullmatch(key)
    )
    return urlunsplit(("https", host, path, urlencode(query), ""))


def join_url(base_url: str, path: str) -> str:
    """Return `path` below `base_url` as a canonical URL; "" where neither is absolute."""
    if urlsplit(path).scheme in _DEFAULT_PORTS:
        return canonical_url(path)
    if not base_url:
        return ""
    return canonical_url(urljoin(base_url.rstrip("/") + "/", path))
