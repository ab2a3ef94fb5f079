"""So many requests a minute for each caller, and who a caller is behind proxies."""

from __future__ import annotations

import ipaddress
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence

_WINDOW_S = 60.0
_NAMES = 10_000  # callers remembered; the ones longest silent are forgotten first
_IPV6_BITS = 64  # one household or server has a whole /64

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class Rates:
    """Never more than the limit in any window, sixty seconds by default; one thread."""

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, window_s: float = _WINDOW_S
    ) -> None:
        self._clock = clock
        self._window_s = window_s
        self._seen: OrderedDict[str, deque[float]] = OrderedDict()

    def take(self, caller: str, most: int) -> float:
        """Count one request; return 0.0, or the seconds to wait where it is one too many."""
        now = self._clock()
        times = self._seen.setdefault(caller, deque())
        self._seen.move_to_end(caller)
        while len(self._seen) > _NAMES:
            self._seen.popitem(last=False)
        while times and times[0] <= now - self._window_s:
            times.popleft()
        if len(times) >= most:
            return times[0] + self._window_s - now
        times.append(now)
        return 0.0

    def forget(self, caller: str) -> None:
        """Count a caller from nothing again."""
        self._seen.pop(caller, None)


def parse_networks(texts: Sequence[str]) -> tuple[Network, ...]:
    """Return the proxies of masthead.yaml, already validated, as networks."""
    return tuple(ipaddress.ip_network(text) for text in texts)


def find_client(peer: str, forwarded: str, proxies: Sequence[Network]) -> str:
    """Return the address a request came from: the peer's, or what trusted proxies say of it.

    `forwarded` is X-Forwarded-For, each proxy's word to the right of the one before; it is read
    from the right and believed only as far as trusted proxies wrote it.
    """
    client = peer
    for hop in reversed(forwarded.split(",")):
        if not is_trusted(client, proxies) or _parse(hop.strip()) is None:
            break
        client = hop.strip()
    return client


def is_trusted(address: str, proxies: Sequence[Network]) -> bool:
    """Whether an address is one of our own proxies."""
    parsed = _parse(address)
    return parsed is not None and any(parsed in network for network in proxies)


def name_address(client: str) -> str:
    """Return what an address is counted under: itself, or its /64 for IPv6."""
    address = _parse(client)
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((address, _IPV6_BITS), strict=False))
    return str(address) if address else "unknown"


def _parse(text: str) -> Address | None:
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address
