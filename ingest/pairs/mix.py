"""How many rows of each kind a snapshot holds. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from assistant.pair_settings import ShareSettings
from assistant.records import Pair, PairKind
from ingest.pairs.pick import draw

_AS_THEY_ARE = (PairKind.IMPORTED, PairKind.REPLAY)  # capped where they are read


def share_of(shares: ShareSettings, kind: PairKind) -> float:
    """Return the rows of a kind for each answer row."""
    of_kind: float = getattr(shares, kind.value)
    return of_kind / shares.answer


def mix_kinds(pairs: Sequence[Pair], shares: ShareSettings, seed: int) -> list[Pair]:
    """Return all answer rows and, of the other kinds, as many as their shares allow, by hash."""
    counts = Counter(pair.kind for pair in pairs)
    room = {kind: counts[kind] for kind in (PairKind.ANSWER, *_AS_THEY_ARE)}
    for kind in set(counts) - set(room):
        room[kind] = round(share_of(shares, kind) * counts[PairKind.ANSWER])
    kept = []
    for pair in sorted(pairs, key=lambda p: (draw(seed, "mix", p.id), p.id)):
        if room[pair.kind] > 0:
            room[pair.kind] -= 1
            kept.append(pair)
    return kept
