"""What a row must not be: each fault has a countable reason and a detail. Pure.

One row is judged alone by `find_fault`; questions and targets against all others by `Repeats` and
`find_shared_run`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from assistant.config import RetrievalSettings
from assistant.records import Pair, PairKind
from assistant.seams import Tokenizer
from assistant.text import content_stems, words
from ingest.pairs.notes import longest_shared_run

_FEWEST_WORDS = 4  # in a target
_COPIED_RUN = 8  # words of the target in the question: the row would teach echo
_STANDING_RUN = 7  # words of a voice target anywhere in its prompt
_SAME_QUESTION = 0.9  # Jaccard of content stems
_RESIDUE = re.compile(
    r"</?[a-zA-Z][^>\n]*>|&(?:[a-z]{2,8}|#\d+);|!?\[[^\]]*\]\(|\{[{%]"
    r"|\[/?[a-z_]+(?: [^\]]*)?\](?=\S)|\*\*|^#{1,6} |\ufffd|\u00e2\u20ac|\u00c3\u00a9",
    re.MULTILINE,
)
_CODE_SPAN = re.compile(r"`[^`]*`")


def find_fault(
    pair: Pair, tokenizer: Tokenizer, settings: RetrievalSettings
) -> tuple[str, str] | None:
    """Return (reason, detail) of the first fault of a row by itself, or None."""
    *prompt, last = pair.messages
    target, question = last.content, prompt[-1].content
    n_words = len(words(target))
    if n_words < _FEWEST_WORDS:
        return "too_short", f"{n_words} words"
    n_target = tokenizer.count(target) + 1
    n_prompt = len(tokenizer.render(prompt))
    if n_target > settings.answer_tokens or n_prompt > settings.prompt_tokens:
        return "too_long", f"{n_prompt} tokens of prompt, {n_target} of answer"
    if residue := _RESIDUE.search(_CODE_SPAN.sub("", target)):
        return "markup", residue.group()
    if pair.kind is PairKind.VOICE:
        run = max(longest_shared_run(target, message.content) for message in prompt)
        return ("target_in_prompt", f"{run} words in a row") if run >= _STANDING_RUN else None
    if pair.kind is PairKind.ANSWER:
        run = longest_shared_run(target, question)
        return ("over_copied", f"{run} words in a row") if run >= _COPIED_RUN else None
    return None


class Repeats:
    """The questions asked so far, for finding one that asks the same."""

    def __init__(self) -> None:
        self._asked: list[tuple[frozenset[str], str]] = []
        self._holders: dict[str, list[int]] = {}

    def find(self, question: str) -> str:
        """Return an earlier question with nine in ten content words the same, or ""."""
        stems = frozenset(content_stems(question))
        shared = Counter(row for stem in stems for row in self._holders.get(stem, ()))
        for row, n_shared in shared.items():
            other, text = self._asked[row]
            if n_shared >= _SAME_QUESTION * (len(stems) + len(other) - n_shared):
                return text
        return ""

    def add(self, question: str) -> None:
        """Remember a question."""
        stems = frozenset(content_stems(question))
        for stem in stems:
            self._holders.setdefault(stem, []).append(len(self._asked))
        self._asked.append((stems, question))


def find_shared_run(pairs: Iterable[tuple[Pair, str]]) -> Iterator[tuple[Pair, str]]:
    """Yield rows whose target shares eight words in a row with an earlier one of another split.

    Takes rows with their split, those to be kept first. Refusals and courtesies are set phrases.
    """
    homes: dict[tuple[str, ...], tuple[str, str]] = {}
    for pair, split in pairs:
        if pair.kind is PairKind.REFUSAL or not pair.article:
            continue
        runs = set(_eights(pair.messages[-1].content))
        other = next(
            (homes[r] for r in sorted(runs) if homes.get(r, ("", split))[1] != split), None
        )
        if other:
            yield pair, f"row {other[0]} in {other[1]}"
        else:
            for run in runs:
                homes.setdefault(run, (pair.id, split))


def _eights(text: str) -> Iterator[tuple[str, ...]]:
    said = words(re.sub(r"\[\d+\]", "", text))
    for start in range(len(said) - _COPIED_RUN + 1):
        yield tuple(said[start : start + _COPIED_RUN])
