"""What a site's robots.txt allows us, how fast, and which sitemaps it names (RFC 9309).

The standard library's reader knows neither wildcards nor the longest match; real files use both.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote, unquote, urlsplit

from ingest.fetch import Fetcher, FetchError, Reason

_AGENT = "masthead"
_MAX_BYTES = 512 * 1024  # RFC 9309 asks for 500 KiB at least
_LINE = re.compile(r"^\s*([A-Za-z-]+)\s*:\s*([^#\r\n]*)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Robots:
    """One robots.txt, read for us: rules as (allowed, pattern)."""

    rules: tuple[tuple[bool, str], ...] = ()
    delay_s: float = 0
    sitemaps: tuple[str, ...] = ()

    def allows(self, url: str) -> bool:
        """Say whether the page may be read: the longest fitting pattern decides, allow in ties."""
        parts = urlsplit(url)
        path = _decoded(parts.path or "/") + (f"?{_decoded(parts.query)}" if parts.query else "")
        fitting = [
            (len(pattern), allowed) for allowed, pattern in self.rules if _fits(pattern, path)
        ]
        return max(fitting)[1] if fitting else True


def parse_robots(data: bytes) -> Robots:
    """Return the rules of the group that names us, else of the group for all."""
    groups: dict[str, list[tuple[str, str]]] = {}
    names: list[str] = []
    sitemaps: list[str] = []
    in_rules = False
    for key, value in _lines(data[:_MAX_BYTES]):
        if key == "sitemap":
            sitemaps.append(value)
        elif key == "user-agent":
            names = [] if in_rules else names
            names.append(value.lower())
            groups.setdefault(value.lower(), [])
            in_rules = False
        else:
            in_rules = True
            for name in names:
                groups[name].append((key, value))
    ours = [rule for name, rules in groups.items() if name == _AGENT for rule in rules]
    lines = ours if _AGENT in groups else groups.get("*", [])
    return Robots(
        rules=tuple(
            (key == "allow", _decoded(value))
            for key, value in lines
            if key in ("allow", "disallow") and value
        ),
        delay_s=max((_seconds(value) for key, value in lines if key == "crawl-delay"), default=0),
        sitemaps=tuple(dict.fromkeys(sitemaps)),
    )


class RobotsGate:
    """The robots.txt of every host that is asked, each fetched once."""

    def __init__(self, fetcher: Fetcher) -> None:
        self._fetcher = fetcher
        self._known: dict[str, Robots] = {}

    def of(self, url: str) -> Robots:
        """Return the rules for a page's host.

        FetchError where the host cannot say now: what it forbids is not known then. A host that
        says 4xx has no rules.
        """
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        if origin not in self._known:
            try:
                found = self._fetcher.get(f"{origin}/robots.txt", max_bytes=4 * _MAX_BYTES)
                self._known[origin] = parse_robots(found.body)
            except FetchError as error:
                if error.reason not in (Reason.GONE, Reason.REFUSED):
                    raise
                self._known[origin] = Robots()
            if delay := self._known[origin].delay_s:
                self._fetcher.slow_down(origin, delay)
        return self._known[origin]


def _lines(data: bytes) -> Iterator[tuple[str, str]]:
    for match in _LINE.finditer(data.decode("utf-8-sig", "replace")):
        yield match[1].lower(), match[2].strip()


def _decoded(path: str) -> str:
    """Return the one spelling of a path, so that %7E and ~ are the same."""
    return quote(unquote(path), safe="/*$?=&:;,+@!()'~")


def _fits(pattern: str, path: str) -> bool:
    """Match from the start; `*` is anything, `$` at the end the end. Linear in the path."""
    is_anchored = pattern.endswith("$")
    first, *others = pattern.removesuffix("$").split("*")
    if not path.startswith(first):
        return False
    position = len(first)
    for piece in others:
        found = path.find(piece, position)
        if found < 0:
            return False
        position = found + len(piece)
    if not is_anchored:
        return True
    return path.endswith(others[-1]) if others else position == len(path)


def _seconds(value: str) -> float:
    return float(value) if re.fullmatch(r"\d{1,6}(?:\.\d{1,6})?", value) else 0
