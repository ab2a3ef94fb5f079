"""What one run of ingest works with, and where its time went."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from assistant.commit import hash_json
from assistant.config import Workspace
from assistant.seams import Encoder
from ingest.watch import Watch

# Raise when cutting, questions or the files' layout change: passages are then cut again.
_CUT_VERSION = 2


@dataclass(slots=True)
class Tools:
    """What one run works with, and where its time went."""

    workspace: Workspace
    identity: str  # of the encoder
    encoder: Callable[[], Encoder]  # loads it the first time something needs it
    count_tokens: Callable[[Sequence[str]], list[int]]
    watch: Watch
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def cut_settings(self) -> str:
        """Name of everything that decides how articles are cut."""
        return hash_json([_CUT_VERSION, self.workspace.settings.ingest.max_tokens, self.identity])
