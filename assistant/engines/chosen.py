"""One engine an adapter, for models small enough to be loaded once with each merged in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from assistant.errors import AssistantError
from assistant.records import Message
from assistant.seams import Generator


class EngineByAdapter:
    """The Generator seam over engines that each speak with one voice; None is the base's."""

    def __init__(self, engines: Mapping[str | None, Generator]) -> None:
        self._engines = dict(engines)

    @property
    def name(self) -> str:
        """Engine name for answers and reports."""
        return next(iter(self._engines.values())).name

    def stream(
        self, messages: Sequence[Message], *, adapter: str | None, max_tokens: int
    ) -> Iterator[str]:
        """Yield pieces of text; AssistantError where the adapter is not loaded."""
        if adapter not in self._engines:
            known = ", ".join(name for name in self._engines if name) or "none"
            raise AssistantError(f"adapter {adapter} is not loaded; loaded: {known}")
        return self._engines[adapter].stream(messages, adapter=None, max_tokens=max_tokens)
