"""Why a page could not be had: one error, with a reason that can be counted."""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """What stood between us and the body."""

    BAD_ADDRESS = "bad_address"  # not a plain http(s) address
    PRIVATE_ADDRESS = "private_address"  # leads into a network of our own
    REDIRECTS = "too_many_redirects"
    TOO_LARGE = "too_large"
    TOO_SLOW = "too_slow"
    TLS = "bad_certificate"
    NO_CONNECTION = "no_connection"
    CUT_SHORT = "cut_short"  # the body or its compression ends early
    PROTOCOL = "bad_response"  # not HTTP as we accept it
    GONE = "gone"
    REFUSED = "refused"  # 4xx other than gone
    SERVER_ERROR = "server_error"  # 5xx, or 429


# These say that something is wrong with the address or the page, whenever it is asked for.
_LASTING = {Reason.BAD_ADDRESS, Reason.PRIVATE_ADDRESS, Reason.TOO_LARGE, Reason.GONE}


class FetchError(Exception):
    """One address that gave no body; `detail` is a sentence for a person."""

    def __init__(self, reason: Reason, url: str, detail: str, status: int = 0) -> None:
        super().__init__(f"{url[:300]}: {detail}")
        self.reason = reason
        self.url = url
        self.status = status

    @property
    def may_pass(self) -> bool:
        """Whether asking another day may well succeed, so that an old copy is worth keeping."""
        return self.reason not in _LASTING
