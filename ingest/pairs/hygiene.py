"""What a row must not be: each fault has a countable reason and a detail. Pure.

One row is judged alone by `find_fault`; questions and targets against all others by `Repeats` and
`find_leaks`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from assistant.length import drop_length
from assistant.reader import HINT_TOKENS
from assistant.records import Pair, PairKind
from assistant.seams import Tokenizer
from assistant.settings import RetrievalSettings
from assistant.text import content_stems, words
from ingest.pairs.forms import LEADS
from ingest.pairs.notes import longest_shared_run

_FEWEST_WORDS = 4  # in a target
_COPIED_RUN = 8  # words of the target in the question: the row would teach echo
_STANDING_RUN = 7  # words of a voice target anywhere in its prompt
_SAME_QUESTION = 0.9  # Jaccard of content stems
_NEAR_QUESTION = 0.8  # likewise, across splits
_ASKING = (PairKind.ANSWER, PairKind.IMPORTED, PairKind.PARTIAL, PairKind.REFUSAL)
_RESIDUE = re.compile(
    r"</?[a-zA-Z][^>\n]*>|&(?:[a-z]{2,8}|#\d+);|!?\[[^\]]*\]\(|\{[{%]"
    r"|\[/?[a-z_]+(?: [^\]]*)?\](?=\S)|\*\*|\\\w|^#{1,6} |\ufffd|\u00e2\u20ac|\u00c3\u00a9",
    re.MULTILINE,
)
_CODE_SPAN = re.compile(r"`[^`]*`")


def find_fault(
    pair: Pair, tokenizer: Tokenizer, settings: RetrievalSettings
) -> tuple[str, str] | None:
    """Return (reason, detail) of the first fault of a row by itself, or None."""
    *prompt, last = pair.messages
    target, question = last.content, prompt[-1].content
    if not words(question):
        return "empty_question", "no words"
    if (mended := mend_encoding(target)) != target:
        return "encoding", f"ftfy reads {mended[:60]!r}"
    n_words = len(words(target))
    if n_words < _FEWEST_WORDS:
        return "too_short", f"{n_words} words"
    n_target = tokenizer.count(target) + 1
    n_prompt = len(tokenizer.render(prompt))
    # The length asked for comes on top of the prompt, as it does in serving.
    has_length = drop_length(prompt[0].content) != prompt[0].content
    most_prompt = settings.prompt_tokens + (HINT_TOKENS if has_length else 0)
    room = settings.prompt_tokens + settings.answer_tokens
    is_long = n_target > settings.answer_tokens or n_prompt > most_prompt
    if is_long or n_prompt + n_target > room:
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


def mend_encoding(text: str) -> str:
    """Return a text with mojibake put right; quotes, widths and line ends stay as they are."""
    from ftfy import TextFixerConfig, fix_text

    config = TextFixerConfig(
        unescape_html=False,
        remove_terminal_escapes=False,
        fix_latin_ligatures=False,
        fix_character_width=False,
        uncurl_quotes=False,
        fix_line_breaks=False,
        remove_control_chars=False,
        normalization=None,
    )
    return fix_text(text, config)


class Repeats:
    """The questions asked so far, for finding one that asks the same."""

    def __init__(self, same: float = _SAME_QUESTION) -> None:
        self._same = same
        self._asked: list[tuple[frozenset[str], str]] = []
        self._holders: dict[str, list[int]] = {}

    def find(self, question: str) -> str:
        """Return an earlier question with enough content words the same, or ""."""
        stems = frozenset(content_stems(question))
        shared = Counter(row for stem in stems for row in self._holders.get(stem, ()))
        for row, n_shared in shared.items():
            other, text = self._asked[row]
            if n_shared >= self._same * (len(stems) + len(other) - n_shared):
                return text
        return ""

    def add(self, question: str) -> None:
        """Remember a question."""
        stems = frozenset(content_stems(question))
        for stem in stems:
            self._holders.setdefault(stem, []).append(len(self._asked))
        self._asked.append((stems, question))


def find_leaks(pairs: Iterable[tuple[Pair, str]]) -> Iterator[tuple[Pair, str, str]]:
    """Yield (row, reason, detail) for rows that say or ask what another split's row does.

    Takes rows with their split, those to be kept first. Eight words in a row of question or answer
    are shared; a question is near another with eight in ten content words the same. Set phrases
    (refusals, courtesies, the frames of a request) are looked past.
    """
    homes: dict[tuple[str, ...], tuple[str, str]] = {}
    asked: dict[str, Repeats] = {}
    for pair, split in pairs:
        runs = {run for text in _own_words(pair) for run in _eights(text)}
        other = next(
            (homes[r] for r in sorted(runs) if homes.get(r, ("", split))[1] != split), None
        )
        question = pair.messages[-2].content if pair.kind in _ASKING else ""
        elsewhere = (repeats.find(question) for home, repeats in asked.items() if home != split)
        if other:
            yield pair, "shared_run", f"row {other[0]} in {other[1]}"
        elif question and (near := next((text for text in elsewhere if text), "")):
            yield pair, "near_question", f"another split asks {near}"
        else:
            for run in runs:
                homes.setdefault(run, (pair.id, split))
            if question:
                asked.setdefault(split, Repeats(_NEAR_QUESTION)).add(question)


def _own_words(pair: Pair) -> list[str]:
    """Return what a row says that is no set phrase: its answer, and what was asked in it."""
    *_, last = pair.messages
    question = pair.messages[-2].content
    if pair.kind is PairKind.VOICE:
        return [last.content, question.partition("\n")[2]]  # the request's first line is a frame
    if pair.kind is PairKind.REFUSAL:
        return [question]
    if pair.kind is PairKind.CONVERSATION:
        return [last.content] if pair.article else []
    return [last.content, question]


def _eights(text: str) -> Iterator[tuple[str, ...]]:
    # Cut finely: "U.S." is two words to another reader.
    said = re.findall(r"[^\W_]+", re.sub(r"\[\d+\]", "", _without_leads(text)).lower())
    for start in range(len(said) - _COPIED_RUN + 1):
        yield tuple(said[start : start + _COPIED_RUN])


def _without_leads(text: str) -> str:
    for lead in LEADS:
        text = text.removeprefix(lead).removeprefix(lead.lower())
    return text
