"""The one client that reads over the network: redirects, conditional requests, politeness.

Gives the body as bytes, or one FetchError. Follows at most five redirects, checks each hop.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import httpcore
import httpx

from assistant import __version__
from assistant.config import Workspace
from ingest.fetch.address import host_of, parse_address
from ingest.fetch.body import read_body
from ingest.fetch.cache import CachedAnswer, ResponseCache
from ingest.fetch.errors import FetchError, Reason
from ingest.fetch.transport import GuardedTransport

USER_AGENT = f"Masthead/{__version__} (reads a publication's articles for its own assistant)"
MAX_BYTES = 20 * 1024 * 1024
_MAX_HOPS = 5
_DELAY_S = 0.5  # between two requests to one host of somebody else's
_MAX_DELAY_S = 10.0  # a robots.txt that asks for more is taken to mean this
_MAX_RETRY_S = 30.0  # a server that says "later" is asked once more when later is soon
_REDIRECTS = (301, 302, 303, 307, 308)
_SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:")
_ACCEPT = "text/html, application/xhtml+xml, application/xml;q=0.9, */*;q=0.8"


@dataclass(frozen=True, slots=True)
class Fetched:
    """A body, unpacked, and the address that gave it after redirects."""

    url: str
    body: bytes
    content_type: str = ""
    unchanged: bool = False  # the copy at hand, confirmed by the server or by its date


class Fetcher:
    """Reads addresses one after another, each host no faster than it bears."""

    def __init__(
        self,
        transport: httpx.BaseTransport,
        cache: ResponseCache,
        *,
        own_hosts: tuple[str, ...] = (),
        delay_s: float = _DELAY_S,
        sleep: Callable[[float], None] = time.sleep,
        now: Callable[[], float] = time.time,
    ) -> None:
        """Take the way out, the copies at hand, and the hosts that need no politeness."""
        self._transport = transport
        self._cache = cache
        self._own_hosts = own_hosts
        self._delay_s = delay_s
        self._delays: dict[str, float] = {}
        self._asked_at: dict[str, float] = {}
        self._sleep = sleep
        self._now = now

    def get(
        self, url: str, *, max_bytes: int = MAX_BYTES, unchanged_since: float | None = None
    ) -> Fetched:
        """Return the body at `url`, or FetchError.

        `unchanged_since` (seconds since 1970) is when the page last changed as far as is known: a
        copy confirmed after that is returned without a request.
        """
        asked = str(parse_address(url))
        kept = self._cache.read(asked)
        if kept and unchanged_since is not None and kept.checked_at > unchanged_since:
            return _from_copy(kept)
        here = asked
        for _ in range(_MAX_HOPS + 1):
            found = self._ask(here, asked, kept, max_bytes)
            if isinstance(found, Fetched):
                return found
            here = found
        raise FetchError(Reason.REDIRECTS, asked, f"leads on more than {_MAX_HOPS} times")

    def slow_down(self, url: str, seconds: float) -> None:
        """Wait this long between requests to the host of `url`, at most ten seconds."""
        self._delays[host_of(parse_address(url))] = min(seconds, _MAX_DELAY_S)

    def _ask(
        self, here: str, asked: str, kept: CachedAnswer | None, max_bytes: int
    ) -> Fetched | str:
        """Return the body, or the address of the next hop."""
        url = parse_address(here)
        copy = kept if kept and kept.final_url == here else None
        with self._send(url, copy) as response:
            if response.status_code in _REDIRECTS:
                return _next_hop(url, response)
            if response.status_code != 304:
                return self._keep(asked, here, response, max_bytes)
        if copy:
            self._cache.write(replace(copy, checked_at=self._now()))
            return _from_copy(copy)
        # Nobody asked whether it changed: a broken cache on the way. Once more, past it.
        with self._send(url, None) as response:
            if response.status_code == 304:
                raise FetchError(Reason.SERVER_ERROR, here, "says 304 to a plain request", 304)
            return self._keep(asked, here, response, max_bytes)

    @contextmanager
    def _send(self, url: httpx.URL, copy: CachedAnswer | None) -> Iterator[httpx.Response]:
        response = self._send_politely(url, copy)
        if response.status_code in (429, 503):
            wait = response.headers.get("retry-after", "")
            if wait.isdecimal() and int(wait[:9]) <= _MAX_RETRY_S:
                response.close()
                self._sleep(int(wait))
                response = self._send_politely(url, copy)
        try:
            with _naming_errors(str(url)):
                yield response
        finally:
            response.close()

    def _send_politely(self, url: httpx.URL, copy: CachedAnswer | None) -> httpx.Response:
        self._wait_for(host_of(url))
        headers = {
            "User-Agent": USER_AGENT,
            "Accept": _ACCEPT,
            "Accept-Encoding": "gzip, identity",
            "Connection": "close",
        }
        if copy is None:
            headers["Cache-Control"] = "no-cache"
        elif copy.etag:
            headers["If-None-Match"] = copy.etag
        elif copy.last_modified:
            headers["If-Modified-Since"] = copy.last_modified
        with _naming_errors(str(url)):
            return self._transport.handle_request(httpx.Request("GET", url, headers=headers))

    def _wait_for(self, host: str) -> None:
        usual = 0.0 if host in self._own_hosts else self._delay_s
        ready_at = self._asked_at.get(host, 0.0) + max(usual, self._delays.get(host, 0.0))
        if (wait := ready_at - self._now()) > 0:
            self._sleep(min(wait, _MAX_DELAY_S))
        self._asked_at[host] = self._now()

    def _keep(self, asked: str, here: str, response: httpx.Response, max_bytes: int) -> Fetched:
        _refuse_status(here, response.status_code)
        content_type = response.headers.get("content-type", "")[:200]
        body = read_body(response, here, max_bytes)
        self._cache.write(
            CachedAnswer(
                url=asked,
                body=body,
                etag=response.headers.get("etag", "")[:500],
                last_modified=response.headers.get("last-modified", "")[:100],
                content_type=content_type,
                final_url=here,
                checked_at=self._now(),
            )
        )
        return Fetched(here, body, content_type)


def open_fetcher(workspace: Workspace) -> Fetcher:
    """Return the fetcher of a workspace, with its private hosts and its copies at hand."""
    own = workspace.settings.allow_private_hosts
    cache = open_cache(workspace)
    return Fetcher(GuardedTransport(own), cache, own_hosts=own)


def open_cache(workspace: Workspace) -> ResponseCache:
    """Return the answers that a workspace keeps."""
    return ResponseCache(workspace.cache_root / "http")


def _from_copy(copy: CachedAnswer) -> Fetched:
    return Fetched(copy.final_url, copy.body, copy.content_type, unchanged=True)


def _next_hop(url: httpx.URL, response: httpx.Response) -> str:
    target = response.headers.get("location", "")
    if not target or "\\" in target:
        raise FetchError(Reason.BAD_ADDRESS, str(url), f"redirects to {target[:100]!r}")
    if _SCHEME.match(target):
        return str(parse_address(target))
    try:
        return str(parse_address(str(url.join(target))))
    except httpx.InvalidURL as error:
        raise FetchError(Reason.BAD_ADDRESS, str(url), f"redirects to no address ({error})") from (
            error
        )


def _refuse_status(url: str, status: int) -> None:
    if status == 200:
        return
    if status in (404, 410):
        reason = Reason.GONE
    elif status >= 500 or status == 429:
        reason = Reason.SERVER_ERROR
    elif 400 <= status < 500:
        reason = Reason.REFUSED
    else:
        reason = Reason.PROTOCOL
    raise FetchError(reason, url, f"answers {status}", status)


@contextmanager
def _naming_errors(url: str) -> Iterator[None]:
    """Turn what goes wrong on a connection into one FetchError."""
    try:
        yield
    except httpcore.TimeoutException as error:
        raise FetchError(Reason.TOO_SLOW, url, "took too long") from error
    except httpcore.NetworkError as error:
        raise FetchError(Reason.NO_CONNECTION, url, f"lost the connection ({error})") from error
    except httpcore.ProtocolError as error:
        reason = Reason.CUT_SHORT if "complete message body" in str(error) else Reason.PROTOCOL
        raise FetchError(reason, url, f"is no proper answer ({error})") from error
