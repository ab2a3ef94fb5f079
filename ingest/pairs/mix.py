"""How many rows of each kind a snapshot holds. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from assistant.records import Pair, PairKind
from ingest.pairs.pick import draw

# methods.md section 2: where to start from; measure and move.
SHARES = {
    PairKind.ANSWER: 0.4,
    PairKind.VOICE: 0.3,
    PairKind.REFUSAL: 0.2,
    PairKind.CONVERSATION: 0.1,
}


def mix_kinds(pairs: Sequence[Pair], seed: int) -> list[Pair]:
    """Return all answer rows and, of the other kinds, as many as their shares allow, by hash."""
    counts = Counter(pair.kind for pair in pairs)
    total = counts[PairKind.ANSWER] / SHARES[PairKind.ANSWER]
    room = {kind: round(share * total) for kind, share in SHARES.items()}
    kept = []
    for pair in sorted(pairs, key=lambda p: (draw(seed, "mix", p.id), p.id)):
        if room[pair.kind] > 0:
            room[pair.kind] -= 1
            kept.append(pair)
    return kept
