"""Connections to checked addresses only, each within a budget of bytes and seconds.

The name is resolved, every address checked and the connection made to one of those addresses, so
a second answer of the name server is never asked for. TLS still proves the name.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import httpcore
import httpx

from ingest.fetch.address import Resolver, check_host, host_of, port_of, resolve_host
from ingest.fetch.errors import FetchError, Reason


@dataclass(frozen=True, slots=True)
class Limits:
    """What one request may cost; the body's own limit is the caller's."""

    connect_s: float = 10
    total_s: float = 60  # from the first look-up to the last byte
    wire_bytes: int = 64 * 1024 * 1024  # headers and all, as sent


class GuardedTransport(httpx.BaseTransport):
    """An httpx transport that resolves, checks, then connects; never reuses a connection."""

    def __init__(
        self,
        allowed_hosts: Iterable[str] = (),
        limits: Limits = Limits(),  # noqa: B008  # frozen
        *,
        resolve: Resolver = resolve_host,
        backend: httpcore.NetworkBackend | None = None,
        tls: ssl.SSLContext | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take what may be faked: the resolver, the sockets, the certificates and the clock."""
        self._allowed = frozenset(host.lower().removesuffix(".") for host in allowed_hosts)
        self._limits = limits
        self._resolve = resolve
        self._backend = backend or httpcore.SyncBackend()
        self._tls = tls
        self._clock = clock

    def allows_private(self, url: httpx.URL) -> bool:
        """Say whether the host is one that masthead.yaml names as its own."""
        return host_of(url) in self._allowed

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request; FetchError where the address or the connection will not do."""
        budget = _Budget(str(request.url), self._limits, self._clock)
        addresses = check_host(request.url, self._allowed, self._resolve)
        pool = httpcore.ConnectionPool(
            ssl_context=self._tls_for(request.url),
            max_connections=1,
            max_keepalive_connections=0,
            network_backend=_CheckedBackend(self._backend, addresses, budget),
        )
        response = pool.handle_request(
            httpcore.Request(
                method=request.method,
                url=httpcore.URL(
                    scheme=request.url.raw_scheme,
                    host=request.url.raw_host,
                    port=port_of(request.url),
                    target=request.url.raw_path,
                ),
                headers=request.headers.raw,
            )
        )
        return httpx.Response(
            response.status, headers=response.headers, stream=_Body(response, pool)
        )

    def _tls_for(self, url: httpx.URL) -> ssl.SSLContext | None:
        if url.scheme == "https" and self._tls is None:
            # Reads SSL_CERT_FILE, by which an operator names an authority of their own.
            self._tls = httpx.create_ssl_context()
        return self._tls


class _Body(httpx.SyncByteStream):
    """The bytes of one response as they were sent; closing it closes the connection."""

    def __init__(self, response: httpcore.Response, pool: httpcore.ConnectionPool) -> None:
        self._response = response
        self._pool = pool

    def __iter__(self) -> Iterator[bytes]:
        yield from self._response.iter_stream()

    def close(self) -> None:
        self._response.close()
        self._pool.close()


class _Budget:
    """What is left to one request."""

    def __init__(self, url: str, limits: Limits, clock: Callable[[], float]) -> None:
        self.url = url
        self.connect_s = limits.connect_s
        self._clock = clock
        self._total_s = limits.total_s
        self._ends_at = clock() + limits.total_s
        self._bytes_left = limits.wire_bytes

    def seconds_left(self) -> float:
        left = self._ends_at - self._clock()
        if left <= 0:
            raise FetchError(Reason.TOO_SLOW, self.url, f"took longer than {self._total_s:g} s")
        return left

    def spend(self, n_bytes: int) -> None:
        self._bytes_left -= n_bytes
        if self._bytes_left < 0:
            raise FetchError(Reason.TOO_LARGE, self.url, "sends more bytes than are read")


class _CheckedBackend(httpcore.NetworkBackend):
    """Connects to the checked addresses, whatever name it is given."""

    def __init__(
        self, inner: httpcore.NetworkBackend, addresses: list[str], budget: _Budget
    ) -> None:
        self._inner = inner
        self._addresses = addresses
        self._budget = budget

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        failed: list[str] = []
        for address in self._addresses:
            seconds = min(self._budget.connect_s, self._budget.seconds_left())
            try:
                stream = self._inner.connect_tcp(address, port, timeout=seconds)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failed.append(f"{address}: {error}")
            else:
                return _MeteredStream(stream, self._budget)
        detail = f"no connection to {host} ({'; '.join(failed)})"
        raise FetchError(Reason.NO_CONNECTION, self._budget.url, detail)


class _MeteredStream(httpcore.NetworkStream):
    """A connection that asks the budget before each read and write."""

    def __init__(self, inner: httpcore.NetworkStream, budget: _Budget) -> None:
        self._inner = inner
        self._budget = budget

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        data = self._inner.read(max_bytes, self._budget.seconds_left())
        self._budget.spend(len(data))
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, self._budget.seconds_left())

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        seconds = self._budget.seconds_left()
        try:
            stream = self._inner.start_tls(ssl_context, server_hostname, seconds)
        except httpcore.ConnectError as error:
            raise FetchError(
                Reason.TLS, self._budget.url, f"has no valid certificate ({error})"
            ) from error
        return _MeteredStream(stream, self._budget)

    def get_extra_info(self, info: str) -> object:
        return self._inner.get_extra_info(info)
