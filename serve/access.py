"""Who may use the API: everyone on this machine while no key was ever made, else who shows one."""

from __future__ import annotations

from sqlalchemy import Engine

from assistant.errors import AssistantError
from assistant.store.keys import Key, find_key, has_keys

_LONGEST = 200  # characters of a key; ours have 46


class KeyWanted(AssistantError):
    """The request shows no key, or none that is live."""


class Access:
    """The decision for one server; `private` where only this machine can reach it."""

    def __init__(self, store: Engine, *, private: bool) -> None:
        self._store = store
        self._private = private

    def check(self, authorization: str) -> Key | None:
        """Return the key that an Authorization header shows, None where none is asked for.

        KeyWanted otherwise; a key in a cookie, a query or another header counts for nothing.
        """
        scheme, _, token = authorization.partition(" ")
        if not has_keys(self._store):
            if self._private:
                return None
            raise KeyWanted("no key was made yet; make one with `masthead keys create`")
        if scheme.lower() != "bearer" or not 0 < len(token) <= _LONGEST:
            raise KeyWanted("send a key: Authorization: Bearer mh_…")
        if (key := find_key(self._store, token)) is None:
            raise KeyWanted("this key is not known, has expired or was revoked; ask for a new one")
        return key
