"""Every maker in turn: the rows of a snapshot before they are sieved, mixed and split.

Takes the tools, a workspace and the voice verdicts; gives rows without a fault of their own, and
the account of the others.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import chain, islice

from assistant.config import Workspace
from assistant.pair_review import read_decisions
from assistant.records import Pair, PairKind
from assistant.text import prose_sentences
from ingest.pairs.answer import Answered, make_answer
from ingest.pairs.asking import PER_ARTICLE, Asked, ask_questions
from ingest.pairs.conversation import (
    make_correction,
    make_courtesies,
    make_follow_up,
    make_planted,
    standalone_questions,
)
from ingest.pairs.hygiene import find_fault
from ingest.pairs.imported import make_imported
from ingest.pairs.mix import share_of
from ingest.pairs.pick import draw, pick
from ingest.pairs.refusal import make_off_topic, make_partial, make_refusal
from ingest.pairs.rows import DroppedPair, Tools
from ingest.pairs.split import assign_splits
from ingest.pairs.typicality import VoiceVerdict
from ingest.pairs.voice import make_voice
from ingest.pairs.writers import open_writer, write_askings

_MOST_ANSWERS = 600  # in a snapshot; more add minutes, and little to a small adapter
_SPARE = 1.3  # rows made for each that the mixture takes; some have faults
_TRIES = 3  # partial rows begun for each that is wanted
Progress = Callable[[int, int], None]


def make_rows(
    tools: Tools, workspace: Workspace, verdicts: Sequence[VoiceVerdict], on_progress: Progress
) -> tuple[list[Pair], list[DroppedPair]]:
    """Return the rows without a fault of their own, and the account of the others."""
    made: list[Pair] = []
    dropped: list[DroppedPair] = []
    answers = list(_make_answers(tools, workspace, on_progress))
    kept = [row for row in answers if isinstance(row, Answered)]
    teaching = {verdict.article.id for verdict in verdicts if verdict.teaches}
    others = (
        judge_row(tools, row)
        for row in chain(
            _make_others(tools, kept, teaching),
            make_imported(tools, workspace.root, read_decisions(workspace.root)),
        )
    )
    for row in chain(answers, others):
        if isinstance(row, DroppedPair):
            dropped.append(row)
        else:
            made.append(row.pair if isinstance(row, Answered) else row)
    return made, dropped


def judge_row(tools: Tools, row: Pair | DroppedPair) -> Pair | DroppedPair:
    """Return a row, or why it is no good by itself."""
    if isinstance(row, DroppedPair):
        return row
    fault = find_fault(row, tools.tokenizer, tools.settings.retrieval)
    return DroppedPair(row, *fault) if fault else row


def _make_answers(
    tools: Tools, workspace: Workspace, on_progress: Progress
) -> Iterator[Answered | DroppedPair]:
    asked: list[Asked] = []
    written = write_askings(tools, open_writer(workspace))
    for one in ask_questions(tools, written):
        if isinstance(one, DroppedPair):
            yield one
        else:
            asked.append(one)
    read = [one.gold.passage.text for one in asked if not one.asking.sentence]
    # All at once: sentences of like length fill a batch, and each is embedded once.
    tools.encoder.encode([sentence for text in read for sentence in prose_sentences(text)])
    per_article: Counter[str] = Counter()
    for number, one in enumerate(asked, 1):
        on_progress(number, len(asked))
        article_id = one.gold.article.id
        if per_article[article_id] >= PER_ARTICLE or per_article.total() >= _MOST_ANSWERS:
            continue
        answer = make_answer(tools, one)
        if isinstance(answer, Answered):
            judged = judge_row(tools, answer.pair)
            if isinstance(judged, DroppedPair):
                answer = judged
            else:
                per_article[article_id] += 1
        yield answer


def _make_others(
    tools: Tools, answers: Sequence[Answered], teaching: set[str]
) -> Iterator[Pair | DroppedPair]:
    """Yield what goes with the answers, about as much of each as the mixture takes."""
    yield from make_off_topic(tools)
    yield from make_courtesies(tools)
    shares = tools.settings.ingest.pairs.shares
    kinds = (PairKind.REFUSAL, PairKind.PARTIAL, PairKind.CONVERSATION, PairKind.VOICE)
    wanted = {kind: _SPARE * share_of(shares, kind) for kind in kinds}
    for answer in answers:
        if draw(tools.seed, "refusal", answer.asked.question) < wanted[PairKind.REFUSAL]:
            yield make_refusal(tools, answer)
    yield from _make_partials(tools, answers, wanted[PairKind.PARTIAL])
    talked = {
        drawn / wanted[PairKind.CONVERSATION]: answer
        for answer in answers
        if (drawn := draw(tools.seed, "conversation", answer.asked.question))
        < wanted[PairKind.CONVERSATION]
    }
    standalone = [q for answer in talked.values() for q in standalone_questions(tools, answer)]
    tools.encoder.encode(standalone)
    second_turns = (make_follow_up, make_correction, make_planted)
    for drawn, answer in talked.items():
        first = int(drawn * len(second_turns))
        tried = (make(tools, answer) for make in second_turns[first:] + second_turns[:first])
        yield from islice((pair for pair in tried if pair is not None), 1)
    yield from make_voice(tools, teaching, round(wanted[PairKind.VOICE] * len(answers)))


def _make_partials(
    tools: Tools, answers: Sequence[Answered], wanted: float
) -> Iterator[Pair | DroppedPair]:
    """Yield rows that ask an answered question and, beside it, one of another article."""
    homes = assign_splits(tools.articles)
    tried = [a for a in answers if draw(tools.seed, "partial", a.asked.question) < _TRIES * wanted]
    n_made = 0
    for first in tried:
        home, article = homes[first.asked.gold.article.id], first.asked.gold.article.id
        others = [
            other
            for other in tried
            if other.asked.gold.article.id != article and homes[other.asked.gold.article.id] == home
        ]
        if not others or n_made >= wanted * len(answers):
            continue
        second = pick(others, tools.seed, "beside", first.asked.question)
        if row := make_partial(tools, first, second):
            n_made += isinstance(row, Pair)
            yield row
