"""A few rows as the model gets them, with what is learnt marked, exactly as tokenised."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.config import Workspace
from assistant.errors import AssistantError
from assistant.records import Pair, PairKind
from assistant.tokenizer import ChatTokenizer
from ingest.pairs.pick import draw
from ingest.pairs.snapshots import DROPPED, find_snapshot, read_snapshot

READ, LEARNT = "read", "learnt"
_OPEN, _CLOSE, _BETWEEN = "\u2770", "\u2771", "\u00b7"


def choose_rows(workspace: Workspace, kind: str, count: int) -> list[Pair]:
    """Return rows of the current snapshot in use, kinds in turn, the same ones each time."""
    if kind and kind not in list(PairKind):
        raise AssistantError(f"--kind {kind} is not known; use one of {', '.join(PairKind)}")
    rows = [
        row.pair
        for row in read_snapshot(find_snapshot(workspace.pairs_root))
        if row.place != DROPPED and (not kind or row.pair.kind == kind)
    ]
    rows.sort(key=lambda pair: draw(0, "preview", pair.id))
    place = {id(pair): 0 for pair in rows}
    seen: dict[str, int] = {}
    for pair in rows:
        place[id(pair)] = seen[pair.kind] = seen.get(pair.kind, 0) + 1
    return sorted(rows, key=lambda pair: (place[id(pair)], pair.kind))[:count]


def split_tokens(pair: Pair, tokenizer: ChatTokenizer) -> list[tuple[str, str]]:
    """Return every token's text with whether it is read or learnt, in order.

    Joined they are the row; where a character spans tokens, its first one carries it.
    """
    ids, start = tokenizer.render_with_target(pair.messages)
    texts = []
    before = ""
    for end in range(1, len(ids) + 1):
        # Decoding from the start keeps spaces and split characters as they are.
        text = tokenizer.inner.decode(ids[:end], clean_up_tokenization_spaces=False)
        whole = text.rstrip("\ufffd")
        texts.append(whole[len(before) :])
        before = whole if len(whole) > len(before) else before
    return [(text, READ if n < start else LEARNT) for n, text in enumerate(texts)]


def format_preview(pairs: Sequence[Pair], tokenizer: ChatTokenizer) -> str:
    """Return the rows as text: learnt tokens between brackets, with dots where they meet."""
    parts = []
    for pair in pairs:
        tokens = split_tokens(pair, tokenizer)
        learnt = [text for text, role in tokens if role == LEARNT]
        read = "".join(text for text, role in tokens if role == READ)
        parts.append(
            f"== {pair.id}  {pair.kind} ({pair.task}), question by {pair.question_by}\n"
            f"   {len(tokens) - len(learnt)} tokens read, {len(learnt)} learnt\n"
            f"{read}{_OPEN}{_BETWEEN.join(learnt)}{_CLOSE}"
        )
    return "\n\n".join(parts)
