"""Whether an export says what the adapter says: greedy text of both, prompt by prompt.

The adapter on transformers is the measure. Where an export parts from it, the logit gap says
whether the two choices were as good as equal (rounding), or the export is another model.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from assistant.commit import number_name, read_current
from assistant.config import Workspace
from assistant.engines.transformers import TransformersEngine
from assistant.errors import IndexMismatch
from assistant.pairs_io import read_pairs
from assistant.progress import Report, ignore_progress
from assistant.records import Message
from assistant.seams import Generator

EQUAL_GAP = 1e-3  # logits; what float32 sums in another order differ by
_HELD_OUT = ("test", "validation", "time_test")


@dataclass(frozen=True, slots=True)
class Prompts:
    """What is asked, and how much of the answer is compared."""

    messages: Sequence[Sequence[Message]]
    max_tokens: int


@dataclass(frozen=True, slots=True)
class Parity:
    """How often an export said the same; `gaps` are those of the prompts where it did not."""

    what: str
    prompts: int
    tokens: int
    same: int
    same_share: float  # of the characters, up to the first difference
    gaps: tuple[float, ...]

    @property
    def is_equal(self) -> bool:
        """Whether every difference is one between choices as good as equal."""
        return all(abs(gap) < EQUAL_GAP for gap in self.gaps)

    def as_json(self) -> dict[str, Any]:
        """Return the row of a report."""
        return {**asdict(self), "equal": self.is_equal}

    def __str__(self) -> str:
        """Return one line for a terminal."""
        line = (
            f"parity, {self.what}: {self.same} of {self.prompts} texts of {self.tokens} tokens the"
            f" same, {self.same_share:.0%} of the characters before a first difference"
        )
        if not self.gaps:
            return line
        explained = "all as good as equal" if self.is_equal else "not all explained by rounding"
        return f"{line}; largest logit gap {max(map(abs, self.gaps)):.2g} ({explained})"


def read_prompts(workspace: Workspace, count: int, max_tokens: int) -> Prompts:
    """Return the prompts of held-out rows, as training and serving render them."""
    name = read_current(workspace.pairs_root)
    if name is None:
        raise IndexMismatch(f"no pairs in {workspace.pairs_root}; run `masthead ingest`")
    folder = workspace.pairs_root / number_name(int(name))
    pairs = [pair for split in _HELD_OUT for pair in read_pairs(folder / f"{split}.jsonl")]
    return Prompts([pair.messages[:-1] for pair in pairs[:count]], max_tokens)


def write_texts(
    engine: Generator,
    prompts: Prompts,
    adapter: str | None,
    on_progress: Report = ignore_progress,
) -> list[str]:
    """Return the greedy text for each prompt."""
    texts = []
    for done, messages in enumerate(prompts.messages, 1):
        pieces = engine.stream(messages, adapter=adapter, max_tokens=prompts.max_tokens)
        texts.append("".join(pieces))
        on_progress(done, len(prompts.messages))
    return texts


def compare_texts(
    what: str,
    measure: TransformersEngine,
    adapter: str | None,
    prompts: Prompts,
    texts: tuple[Sequence[str], Sequence[str]],
) -> Parity:
    """Compare the measure's texts with an export's."""
    mine, theirs = texts
    gaps = [
        measure.measure_gap(messages, a, b, adapter=adapter)
        for messages, a, b in zip(prompts.messages, mine, theirs, strict=True)
        if a != b
    ]
    shared = sum(_shared(a, b) for a, b in zip(mine, theirs, strict=True))
    return Parity(
        what=what,
        prompts=len(mine),
        tokens=prompts.max_tokens,
        same=sum(a == b for a, b in zip(mine, theirs, strict=True)),
        same_share=shared / max(1, sum(map(len, mine))),
        gaps=tuple(round(gap, 6) for gap in gaps),
    )


def _shared(a: str, b: str) -> int:
    pairs = zip(a, b, strict=False)
    return next((n for n, (x, y) in enumerate(pairs) if x != y), min(len(a), len(b)))
