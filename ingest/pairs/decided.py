"""What people decided about rows, laid over the rows of a new snapshot. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from assistant.evidence import read_evidence
from assistant.pair_review import Decision, row_key
from assistant.records import Message, Pair, PairKind
from assistant.text import split_sentences
from assistant.verify import check_support
from ingest.pairs.hygiene import find_fault
from ingest.pairs.rows import DroppedPair, Tools, read_shown

_GROUNDED = (PairKind.ANSWER, PairKind.PARTIAL)


def apply_decisions(
    pairs: Iterable[Pair], decisions: Mapping[str, Decision], tools: Tools
) -> tuple[list[Pair], list[DroppedPair]]:
    """Return the rows as decided, and those that a person dropped or edited past their passages."""
    kept: list[Pair] = []
    dropped: list[DroppedPair] = []
    for pair in pairs:
        decision = decisions.get(row_key(pair))
        row = pair if decision is None else _apply(pair, decision, tools)
        if isinstance(row, DroppedPair):
            dropped.append(row)
        else:
            kept.append(row)
    return kept, dropped


def _apply(pair: Pair, decision: Decision, tools: Tools) -> Pair | DroppedPair:
    by = f"{decision.reviewer} on {decision.date}"
    if decision.verdict == "drop":
        return DroppedPair(pair, "dropped_by_reviewer", by)
    if decision.verdict == "keep":
        return replace(pair, reviewer=decision.reviewer)
    last = Message("assistant", decision.target)
    edited = replace(pair, messages=(*pair.messages[:-1], last), reviewer=decision.reviewer)
    if fault := find_fault(edited, tools.tokenizer, tools.settings.retrieval):
        return DroppedPair(edited, fault[0], f"edited by {by}: {fault[1]}")
    if pair.kind in _GROUNDED and (unsupported := _find_unsupported(edited)):
        return DroppedPair(edited, "edit_unsupported", f"edited by {by}: {unsupported}")
    return edited


def _find_unsupported(pair: Pair) -> str:
    shown = [read_evidence(label, text) for label, text in read_shown(pair)]
    refusal = pair.messages[-1].content.rpartition("] ")[2] if pair.kind is PairKind.PARTIAL else ""
    for sentence in split_sentences(pair.messages[-1].content):
        plain = sentence.partition(" [")[0]
        if plain != refusal and not any(check_support(plain, one).ok for one in shown):
            return plain
    return ""
