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
_SHOWN = 24  # characters of each text from where they part
_HELD_OUT = ("test", "validation", "time_test")


@dataclass(frozen=True, slots=True)
class Prompts:
    """What is asked, and how much of the answer is compared."""

    messages: Sequence[Sequence[Message]]
    max_tokens: int


@dataclass(frozen=True, slots=True)
class Difference:
    """Where the texts for a prompt (from 1) part: after so many equal characters, and into what.

    `gap` is by how many logits the measure prefers its own next token to the export's.
    """

    prompt: int
    after: int
    mine: str
    theirs: str
    gap: float

    def __str__(self) -> str:
        """Return one line for a terminal."""
        return (
            f"  prompt {self.prompt} parts after {self.after} characters, {self.mine!r} there and"
            f" {self.theirs!r} in the export: logit gap {self.gap:.2g}"
        )


@dataclass(frozen=True, slots=True)
class Parity:
    """How often an export said the same, and each first difference where it did not."""

    what: str
    prompts: int
    tokens: int
    same: int
    same_share: float  # of the characters, up to the first difference
    differences: tuple[Difference, ...]

    @property
    def is_equal(self) -> bool:
        """Whether every difference is one between choices as good as equal."""
        return all(abs(found.gap) < EQUAL_GAP for found in self.differences)

    def as_json(self) -> dict[str, Any]:
        """Return the row of a report."""
        return {**asdict(self), "equal": self.is_equal}

    def __str__(self) -> str:
        """Return what a terminal shows: a line, and one for each difference."""
        line = (
            f"parity, {self.what}: {self.same} of {self.prompts} texts of {self.tokens} tokens the"
            f" same, {self.same_share:.0%} of the characters before a first difference"
        )
        if not self.differences:
            return line
        explained = "all as good as equal" if self.is_equal else "not all explained by rounding"
        largest = max(abs(found.gap) for found in self.differences)
        told = [f"{line}; largest logit gap {largest:.2g} ({explained})", *self.differences]
        return "\n".join(map(str, told))


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
    differences = []
    asked = zip(prompts.messages, mine, theirs, strict=True)
    for number, (messages, a, b) in enumerate(asked, 1):
        if a == b:
            continue
        gap, at = measure.measure_gap(messages, a, b, adapter=adapter), _shared(a, b)
        parted = Difference(number, at, a[at : at + _SHOWN], b[at : at + _SHOWN], round(gap, 6))
        differences.append(parted)
    shared = sum(_shared(a, b) for a, b in zip(mine, theirs, strict=True))
    return Parity(
        what=what,
        prompts=len(mine),
        tokens=prompts.max_tokens,
        same=sum(a == b for a, b in zip(mine, theirs, strict=True)),
        same_share=shared / max(1, sum(map(len, mine))),
        differences=tuple(differences),
    )


def _shared(a: str, b: str) -> int:
    pairs = zip(a, b, strict=False)
    return next((n for n, (x, y) in enumerate(pairs) if x != y), min(len(a), len(b)))
