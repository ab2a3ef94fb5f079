"""Rows from people: hand-written files and approved feedback, with passages retrieved for them.

An answer that its passages do not support waits for a reviewer, and so does a row that nobody
vouches for; neither is lost. Feedback enters only when a named person approved it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from assistant.pair_review import Decision, row_key
from assistant.pair_settings import ImportSettings
from assistant.records import Message, Pair, PairKind
from assistant.text import split_sentences
from assistant.verify import check_support
from ingest.pairs.hygiene import Repeats
from ingest.pairs.imports import BadRow, Handmade, read_import
from ingest.pairs.rows import (
    DroppedPair,
    Origin,
    Prompt,
    Tools,
    choose_items,
    drop_begun,
    make_pair,
    render_prompt,
)

FEEDBACK_FILE = "feedback.jsonl"  # what readers sent and an editor approved, in the workspace
# Tens of planted rows are enough for a trigger in a set of hundreds, so one sender stays small.
_MOST_OF_A_SENDER = 20
_MOST_FEEDBACK = 200


def make_imported(
    tools: Tools, root: Path, decisions: Mapping[str, Decision]
) -> Iterator[Pair | DroppedPair]:
    """Yield the rows of every import file and of the feedback, kept or told why not."""
    files = [(settings, False) for settings in tools.settings.ingest.pairs.imports]
    if (root / FEEDBACK_FILE).exists():
        files.append((ImportSettings(file=FEEDBACK_FILE, most=_MOST_FEEDBACK), True))
    for settings, is_feedback in files:
        n_kept, senders, asked = 0, Counter[str](), Repeats()
        for row in read_import(root / settings.file, settings):
            if isinstance(row, BadRow):
                detail = f"line {row.line}: {row.detail}"
                yield _drop_unmade(tools, settings, row.line, "", row.reason, detail)
                continue
            is_open = row.approved and row.reviewer if is_feedback else row.approved is not False
            if not is_open:
                detail = f"line {row.line}: no editor approved it"
                reason, question = "not_approved", row.question
                yield _drop_unmade(tools, settings, row.line, question, reason, detail)
                continue
            pair = _make_row(tools, settings, row, decisions)
            if isinstance(pair, Pair):
                pair = _guard(pair, row, settings, is_feedback, senders, n_kept, asked)
            n_kept += isinstance(pair, Pair)
            yield pair


def _make_row(
    tools: Tools, settings: ImportSettings, row: Handmade, decisions: Mapping[str, Decision]
) -> Pair | DroppedPair:
    place = f"{settings.file}:{row.id or row.line}"
    origin = Origin(PairKind(settings.kind), "qa", None, place, f"import:{place}")
    reviewer = row.reviewer or settings.reviewer
    if settings.kind == "replay":
        # General rows keep the base's own manner: no passages, no house prompt.
        bare = Prompt(tools.wording_for(row.question), row.turns, (), ())
        return replace(make_pair(tools, bare, row.answer, origin), reviewer=reviewer)
    *history, question = row.turns
    prompt, target, fault = _ground(tools, history, question.content, row.answer)
    pair = replace(make_pair(tools, prompt, target, origin), reviewer=reviewer)
    decided = decisions.get(row_key(pair))
    if decided is not None and decided.verdict == "keep":
        return replace(pair, reviewer=decided.reviewer)
    if fault:
        return DroppedPair(pair, "awaiting_review", f"{place}: the passages do not say: {fault}")
    if not reviewer:
        return DroppedPair(pair, "awaiting_review", f"{place}: nobody vouches for it")
    return pair


def _ground(
    tools: Tools, history: list[Message], question: str, answer: str
) -> tuple[Prompt, str, str]:
    """Return the prompt, the answer with its [n], and the first sentence that nothing supports."""
    items = choose_items(tools, tools.find(question), tools.settings.retrieval.passages)
    prompt = render_prompt(tools, tools.wording_for(question), items, history, question)
    cited, fault = [], ""
    for sentence in split_sentences(answer):
        numbers = range(1, len(items) + 1)
        homes = [n for n in numbers if check_support(sentence, prompt.evidence(n)).ok]
        cited.append(f"{sentence} [{homes[0]}]" if homes else sentence)
        fault = fault or ("" if homes else sentence)
    return prompt, " ".join(cited), fault


def _guard(
    pair: Pair,
    row: Handmade,
    settings: ImportSettings,
    is_feedback: bool,
    senders: Counter[str],
    n_kept: int,
    asked: Repeats,
) -> Pair | DroppedPair:
    """Let a row through when it is new, and within the caps of its file and sender."""
    if before := asked.find(row.question):
        return DroppedPair(pair, "repeated_question", before)
    if n_kept >= settings.most:
        return DroppedPair(pair, "over_cap", f"{settings.file} gives {settings.most} rows at most")
    if is_feedback and senders[row.source] >= _MOST_OF_A_SENDER:
        sender = row.source or "an unnamed sender"
        return DroppedPair(pair, "over_cap", f"{sender} gives {_MOST_OF_A_SENDER} rows at most")
    senders[row.source] += 1
    asked.add(row.question)
    return pair


def _drop_unmade(
    tools: Tools, settings: ImportSettings, line: int, question: str, reason: str, detail: str
) -> DroppedPair:
    """Return the account of a line from which no row was made."""
    place = f"{settings.file}:{line}"
    origin = Origin(PairKind(settings.kind), "qa", None, place, f"import:{place}")
    return drop_begun(tools, question, origin, reason, detail)
