"""Pairs as token ids: what is learnt, what is only read, and which target tokens are new.

Takes Pair, gives Example; a row that is too long is left out and counted, never cut. Pure, but for
the tokenizer it is handed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from assistant.errors import AssistantError
from assistant.records import Pair
from assistant.tokenizer import ChatTokenizer

IGNORED = -100  # what torch's cross entropy skips
_LEAST_ROWS = 8


@dataclass(frozen=True, slots=True)
class Example:
    """One row for the model: `ids` from `start` on are learnt, the end of the turn included.

    `novel` marks, for each learnt id, that it stands nowhere in the prompt; the end never does.
    """

    pair: Pair
    ids: tuple[int, ...]
    start: int
    novel: tuple[bool, ...] = ()

    @property
    def labels(self) -> list[int]:
        """The ids with everything that is only read masked, by position, never by id."""
        return [IGNORED] * self.start + list(self.ids[self.start :])


def encode_pairs(
    pairs: Iterable[Pair], tokenizer: ChatTokenizer, max_tokens: int
) -> tuple[list[Example], int]:
    """Return the examples of at most `max_tokens`, and how many rows were longer."""
    examples, n_too_long = [], 0
    for pair in pairs:
        ids, start = tokenizer.render_with_target(pair.messages)
        if len(ids) > max_tokens:
            n_too_long += 1
        else:
            examples.append(Example(pair, tuple(ids), start))
    return examples, n_too_long


def check_examples(examples: Sequence[Example], tokenizer: ChatTokenizer) -> None:
    """Raise AssistantError at the first row whose learnt ids are not its answer and its end."""
    if len(examples) < _LEAST_ROWS:
        raise AssistantError(
            f"the snapshot has {len(examples)} rows to train on and {_LEAST_ROWS} are the least;"
            " add articles and run `masthead ingest`"
        )
    for example in examples:
        learnt = [label for label in example.labels if label != IGNORED]
        if not learnt or learnt[-1] != tokenizer.end_of_turn:
            raise AssistantError(
                f"pair {example.pair.id} teaches no end of the turn; the chat template of the base"
                " does not close the assistant's turn"
            )
        decoded = tokenizer.inner.decode(learnt[:-1], clean_up_tokenization_spaces=False)
        if decoded.strip() != example.pair.messages[-1].content.strip():
            raise AssistantError(
                f"pair {example.pair.id} would teach {decoded[:60]!r} instead of"
                f" {example.pair.messages[-1].content[:60]!r}; the base's tokenizer or chat"
                " template changes the text"
            )


def mark_novel(example: Example) -> Example:
    """Return the example with the learnt ids marked that do not stand in its prompt."""
    known = set(example.ids[: example.start])
    target = example.ids[example.start : -1]
    return replace(example, novel=(*(token not in known for token in target), False))


def choose_validation(examples: Sequence[Example], max_tokens: int) -> list[Example]:
    """Return at most `max_tokens` of rows, the same ones each time, spread over kinds and articles.

    The kind with the fewest tokens so far comes next, within it the article with the fewest rows.
    """
    waiting = sorted(examples, key=lambda e: e.pair.id)
    chosen: list[Example] = []
    tokens_of: Counter[str] = Counter()
    rows_of: Counter[tuple[str, str]] = Counter()
    room = max_tokens
    while waiting := [e for e in waiting if len(e.ids) <= room]:
        best = min(waiting, key=lambda e: (tokens_of[e.pair.kind], rows_of[_place(e)]))
        waiting.remove(best)
        chosen.append(best)
        room -= len(best.ids)
        tokens_of[best.pair.kind] += len(best.ids)
        rows_of[_place(best)] += 1
    return chosen


def _place(example: Example) -> tuple[str, str]:
    return example.pair.kind, example.pair.article
