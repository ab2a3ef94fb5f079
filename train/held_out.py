"""Rows of articles that training never saw: questions to ask, paragraphs to write again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from assistant.commit import number_name, read_current, verify_folder
from assistant.config import Workspace
from assistant.errors import AssistantError, IndexMismatch
from assistant.lines import QuestionLine
from assistant.pairs_io import read_pairs
from assistant.records import Pair, PairKind

_SPLITS = ("test", "validation", "time_test")


def read_held_out(workspace: Workspace) -> Iterator[Pair]:
    """Yield the rows of the current snapshot that no training reads; IndexMismatch without one."""
    name = read_current(workspace.pairs_root)
    if name is None:
        raise IndexMismatch(f"no pairs in {workspace.pairs_root}; run `masthead ingest`")
    folder = workspace.pairs_root / number_name(int(name))
    verify_folder(folder)
    for split in _SPLITS:
        yield from read_pairs(folder / f"{split}.jsonl")


def held_out_questions(workspace: Workspace, count: int) -> list[QuestionLine]:
    """Return questions of held-out articles, spread over the articles."""
    rows = [
        pair
        for pair in read_held_out(workspace)
        if pair.kind is PairKind.ANSWER and len(pair.messages) == 3
    ]
    if not rows:
        raise AssistantError(
            f"{workspace.pairs_root} holds no held-out answer rows; add articles, or give"
            " --questions FILE"
        )
    return [
        QuestionLine(pair.id, pair.messages[1].content, gold=(pair.article,))
        for pair in _spread(rows)[:count]
    ]


def held_out_voice(workspace: Workspace, count: int) -> list[Pair]:
    """Return rows whose last message is the publication's own paragraph, spread over articles."""
    rows = [pair for pair in read_held_out(workspace) if pair.kind is PairKind.VOICE]
    return _spread(rows)[:count]


def _spread(pairs: Sequence[Pair]) -> list[Pair]:
    """Return the rows article by article in turn, so that a few come from many."""
    by_article: dict[str, list[Pair]] = {}
    for pair in sorted(pairs, key=lambda pair: (pair.article, pair.id)):
        by_article.setdefault(pair.article, []).append(pair)
    longest = max(map(len, by_article.values()), default=0)
    queues = by_article.values()
    return [queue[turn] for turn in range(longest) for queue in queues if turn < len(queue)]
