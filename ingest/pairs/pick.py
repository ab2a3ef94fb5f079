"""Choices that look random and never change: by hash of the seed and what is chosen for. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


def draw(seed: int, *parts: str) -> float:
    """Return a number in 0..1 that depends on the seed and the parts alone."""
    text = "\x1f".join([str(seed), *parts])
    return int(hashlib.sha256(text.encode()).hexdigest()[:12], 16) / 16**12


def pick(options: Sequence[T], seed: int, *parts: str) -> T:
    """Return one of the options, each equally likely."""
    return options[int(draw(seed, *parts) * len(options))]
