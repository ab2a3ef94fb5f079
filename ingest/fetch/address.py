"""Which addresses may be read: one parser for the check and for the connection.

Strict on purpose: where two parsers could read an address differently, it is refused.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Callable

import httpx

from ingest.fetch.errors import FetchError, Reason

Resolver = Callable[[str, int], list[str]]

_HOST_NAME = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*")
# inet_aton reads a last label of digits or 0x.. as a number: 2130706433 and 0x7f.1 are 127.0.0.1.
_NUMBER_LABEL = re.compile(r"(?:.*\.)?(?:\d+|0x[0-9a-f]*)")
_GLOBAL_IPV6 = ipaddress.ip_network("2000::/3")  # all that IANA has given out for the internet
_NAT64 = ipaddress.ip_network("64:ff9b::/96")  # a public name in a network without IPv4
# Not for the internet at large, whatever Python's own lists say of them.
_SPECIAL_IPV4 = (
    ipaddress.ip_network("192.0.0.0/24"),  # protocol assignments
    ipaddress.ip_network("192.88.99.0/24"),  # tunnels
    ipaddress.ip_network("168.63.129.16/32"),  # the services of one cloud, to its own machines
)

_USER = re.compile(r"[^/?#]*//[^/?#]*@")

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def parse_address(url: str) -> httpx.URL:
    """Return an http(s) address without fragment and trailing host dot; FetchError for others."""
    if "\\" in url or url != url.strip():
        raise FetchError(Reason.BAD_ADDRESS, url, "holds a backslash or outer space")
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise FetchError(Reason.BAD_ADDRESS, url, f"is no address ({error})") from error
    if parsed.scheme not in ("http", "https"):
        raise FetchError(Reason.BAD_ADDRESS, url, "is not http or https")
    if _USER.match(url):
        raise FetchError(Reason.BAD_ADDRESS, url, "names a user before the host")
    host = _ascii_host(parsed).removesuffix(".")
    if not _is_host(host) or parsed.port == 0:
        raise FetchError(Reason.BAD_ADDRESS, url, f"has no plain host name ({host[:100]!r})")
    return parsed.copy_with(host=host, fragment=None)


def check_host(url: httpx.URL, allowed: frozenset[str], resolve: Resolver) -> list[str]:
    """Return the IP addresses to connect to, all of them public unless the host is `allowed`.

    One private address among public ones refuses the host: which one is used is chance.
    """
    host = host_of(url)
    addresses = [host] if _is_ip(host) else resolve(host, port_of(url))
    if not addresses:
        raise FetchError(Reason.NO_CONNECTION, str(url), f"{host} has no address")
    if host not in allowed:
        for address in addresses:
            if not is_public(address):
                raise FetchError(
                    Reason.PRIVATE_ADDRESS,
                    str(url),
                    f"{host} is the private address {address}; name the host under"
                    " allow_private_hosts: if that is meant",
                )
    return addresses


def is_public(address: str) -> bool:
    """Say whether an IP address belongs to the internet at large."""
    ip: _Address = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped or ip in _NAT64:
            return is_public(str(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)))
        if ip not in _GLOBAL_IPV6 or ip.sixtofour or ip.teredo:  # tunnels to any IPv4 address
            return False
    elif any(ip in network for network in _SPECIAL_IPV4):
        return False
    return ip.is_global and not ip.is_multicast


def resolve_host(host: str, port: int) -> list[str]:
    """Ask the system's resolver; an empty list where the name is not known."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError):
        return []
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def host_of(url: httpx.URL) -> str:
    """Return the host as it is looked up, compared and sent: ASCII, lower case."""
    return _ascii_host(url)


def port_of(url: httpx.URL) -> int:
    """Return the port, the scheme's own where none is named."""
    return url.port or (443 if url.scheme == "https" else 80)


def _ascii_host(url: httpx.URL) -> str:
    return url.raw_host.decode("ascii")


def _is_host(host: str) -> bool:
    if _is_ip(host):
        return "%" not in host
    return bool(_HOST_NAME.fullmatch(host)) and not _NUMBER_LABEL.fullmatch(host)


def _is_ip(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
