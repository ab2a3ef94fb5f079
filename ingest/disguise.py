"""Make a question that the archive wrote itself read as if a stranger had asked it.

Own questions and questions written with the text in view repeat its words; readers do not. Fits on
them alone refuse readers. A disguised question has lost some of its words: for word matching they
become words that no passage holds, for the encoder they are left out. Pure and deterministic.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from assistant.text import content_stems, names

_WORD = re.compile(r"[^\W\d_][\w'\-]*")


@dataclass(frozen=True, slots=True)
class Disguised:
    """A question for word matching and the same for the encoder."""

    lexical: str
    dense: str


def disguise_question(question: str, share: float, seed: str) -> Disguised:
    """Return the question with about `share` (0..1) of its content words lost.

    Names and numbers stay: a reader has no other word for them. One content word always stays.
    """
    kept = {name.lower() for name in names(question)}
    losable = [
        match
        for match in _WORD.finditer(question)
        if content_stems(match.group()) and match.group().lower() not in kept
    ]
    losable.sort(key=lambda m: hashlib.sha256(f"{seed}{m.start()}".encode()).hexdigest())
    n_lost = min(round(share * len(losable)), len(losable) - (0 if kept else 1))
    lexical = dense = question
    for match in sorted(losable[: max(n_lost, 0)], key=lambda m: -m.start()):
        before, after = match.start(), match.end()
        lexical = f"{lexical[:before]}qx{len(match.group())}q{lexical[after:]}"
        dense = f"{dense[:before].rstrip()} {dense[after:].lstrip()}"
    return Disguised(lexical, dense.strip())
