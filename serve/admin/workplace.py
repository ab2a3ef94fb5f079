"""What the editors' pages work with: the desk, the workspace, and who may come in."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from assistant.config import Workspace
from assistant.errors import AssistantError
from assistant.passwords import MAX_LENGTH, NOBODY, check_password
from assistant.registry import Registry
from assistant.store.audit import log_act
from assistant.store.keys import hash_secret
from assistant.store.sessions import close_session, find_session, open_session
from serve.desk import Desk
from serve.rates import Rates, name_address

TRIES = 5  # wrong passwords from one address in LOCK_S; then it waits
LOCK_S = 900.0


@dataclass(frozen=True, slots=True)
class Visit:
    """One request by an editor who is logged in; `csrf` must come back with every act."""

    editor: str
    token: str

    @property
    def csrf(self) -> str:
        """What only a page given to this session knows; the cookie cannot be found from it."""
        return hash_secret(f"csrf {self.token}")


class TooManyTries(AssistantError):
    """An address is locked out for now."""


class Admin:
    """One server's workplace for editors; `log_in` is called on its event loop."""

    def __init__(
        self,
        desk: Desk,
        workspace: Workspace,
        clock: Callable[[], float] = time.monotonic,
        check: Callable[[str, str], bool] = check_password,
    ) -> None:
        self.desk = desk
        self.workspace = workspace
        self._hashes = {
            name: hashed.get_secret_value()
            for name, hashed in workspace.settings.admin.editors.items()
        }
        self._check = check
        self._tries = Rates(clock, LOCK_S)

    @property
    def has_editors(self) -> bool:
        """Whether anybody may log in."""
        return bool(self._hashes)

    @cached_property
    def registry(self) -> Registry:
        """The workspace's adapters."""
        return Registry(self.workspace.adapters_root)

    async def log_in(self, name: str, password: str, client: str) -> str:
        """Return a new session's token, "" for a wrong name or password, which look the same.

        TooManyTries where the address has to wait. A try counts before it is checked, so that many
        at once are not more than that.
        """
        address = name_address(client)
        if wait_s := self._tries.take(address, TRIES):
            minutes = math.ceil(wait_s / 60)
            raise TooManyTries(f"too many tries from this address; try again in {minutes} min")
        hashed = self._hashes.get(name, NOBODY)
        fits = await asyncio.to_thread(self._check, password[:MAX_LENGTH], hashed)
        if not fits or name not in self._hashes:
            return ""
        self._tries.forget(address)
        token = await asyncio.to_thread(open_session, self.desk.store, name)
        await asyncio.to_thread(log_act, self.desk.store, name, "logged in")
        return token

    def find_visit(self, token: str) -> Visit | None:
        """Return who a cookie belongs to; an editor taken out of masthead.yaml is nobody."""
        editor = find_session(self.desk.store, token) if token else ""
        return Visit(editor, token) if editor in self._hashes else None

    def log_out(self, visit: Visit) -> None:
        """End a session."""
        close_session(self.desk.store, visit.token)
        log_act(self.desk.store, visit.editor, "logged out")
