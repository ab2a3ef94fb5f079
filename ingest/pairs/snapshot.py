"""One complete, numbered build of the pairs: made, sieved, mixed, split, written.

Takes an open generation, gives built/pairs/NNNNNN under the commit protocol. The same generation
and settings give the same rows; where nothing changed, nothing is written.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import Any

from assistant.commit import (
    building,
    hash_json,
    list_numbers,
    number_name,
    point_current,
    publish,
    read_current,
    read_manifest,
    remove_oldest,
    writer_lock,
)
from assistant.config import Workspace
from assistant.errors import IndexMismatch
from assistant.generation import Generation
from assistant.pairs_io import pair_row
from assistant.records import Pair, PairKind
from assistant.seams import Encoder, Tokenizer
from assistant.text import prose_sentences
from ingest.pairs.answer import Answered, make_answer
from ingest.pairs.asking import PER_ARTICLE, Asked, ask_questions
from ingest.pairs.conflicts import sift_repeats
from ingest.pairs.conversation import (
    make_correction,
    make_courtesies,
    make_follow_up,
    make_planted,
    standalone_questions,
)
from ingest.pairs.hygiene import find_fault, find_shared_run
from ingest.pairs.mix import mix_kinds, share_of
from ingest.pairs.pick import draw, pick
from ingest.pairs.refusal import make_off_topic, make_partial, make_refusal
from ingest.pairs.rows import DroppedPair, Tools
from ingest.pairs.split import SPLITS, Split, assign_splits, fixed_split
from ingest.pairs.typicality import judge_voices
from ingest.pairs.vectors import CachedEncoder
from ingest.pairs.voice import make_voice
from ingest.pairs.wordings import write_wordings

_MAKER_VERSION = 4  # raise when a rule of any maker changes: the next ingest writes a snapshot
_MOST_ANSWERS = 600  # in a snapshot; more add minutes, and little to a small adapter
_SPARE = 1.3  # rows made for each that the mixture takes; some have faults
# Evaluation rows are fewer: where two splits share a run of words, the training row goes.
_KEPT_FIRST: tuple[Split, ...] = ("test", "validation", "time_test", "train")
Progress = Callable[[int, int], None]


def build_snapshot(
    workspace: Workspace,
    generation: Generation,
    encoder: Encoder,
    tokenizer: Tokenizer,
    render: str,
    on_progress: Progress,
) -> dict[str, Any]:
    """Write a snapshot of a generation's pairs and return its number and counts.

    Returns those of the current one where generation, settings and makers are the same.
    """
    with writer_lock(workspace.pairs_root):
        if (counts := current_counts(workspace, generation, render)) is not None:
            return counts
        cached = CachedEncoder(encoder, workspace.cache_root, _ignore)
        articles = tuple(generation.articles())
        tools = Tools(workspace.settings, generation, articles, cached, tokenizer, render)
        made, dropped = _make_rows(tools, on_progress)
        sifted = sift_repeats(made)
        mixed = mix_kinds(sifted.kept, workspace.settings.ingest.pairs.shares, tools.seed)
        splits, shared = _split_rows(tools, mixed)
        return _write(workspace, tools, splits, [*dropped, *sifted.dropped, *shared])


def current_counts(
    workspace: Workspace, generation: Generation, render: str
) -> dict[str, Any] | None:
    """Return the current snapshot's counts when it is what `build_snapshot` would write again."""
    name = read_current(workspace.pairs_root)
    if name is None:
        return None
    try:
        manifest = read_manifest(workspace.pairs_root / name)
    except IndexMismatch:
        return None
    if manifest.get("made_from") != _name_inputs(workspace, generation, render):
        return None
    return _report(manifest)


def _make_rows(tools: Tools, on_progress: Progress) -> tuple[list[Pair], list[DroppedPair]]:
    """Return the rows without a fault of their own, and the account of the others."""
    made: list[Pair] = []
    dropped: list[DroppedPair] = []
    answers = list(_make_answers(tools, on_progress))
    kept = [row for row in answers if isinstance(row, Answered)]
    others = (_judge(tools, row) for row in _make_others(tools, kept))
    for row in chain(answers, others):
        if isinstance(row, DroppedPair):
            dropped.append(row)
        else:
            made.append(row.pair if isinstance(row, Answered) else row)
    return made, dropped


def _judge(tools: Tools, row: Pair | DroppedPair) -> Pair | DroppedPair:
    if isinstance(row, DroppedPair):
        return row
    fault = find_fault(row, tools.tokenizer, tools.settings.retrieval)
    return DroppedPair(row, *fault) if fault else row


def _make_answers(tools: Tools, on_progress: Progress) -> Iterator[Answered | DroppedPair]:
    asked: list[Asked] = []
    for one in ask_questions(tools):
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
            judged = _judge(tools, answer.pair)
            if isinstance(judged, DroppedPair):
                answer = judged
            else:
                per_article[article_id] += 1
        yield answer


def _make_others(tools: Tools, answers: Sequence[Answered]) -> Iterator[Pair | DroppedPair]:
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
    verdicts = judge_voices(tools.articles, tools.settings.ingest.pairs.voice)
    teaching = {verdict.article.id for verdict in verdicts if verdict.teaches}
    yield from make_voice(tools, teaching, round(wanted[PairKind.VOICE] * len(answers)))


def _make_partials(
    tools: Tools, answers: Sequence[Answered], wanted: float
) -> Iterator[Pair | DroppedPair]:
    """Yield rows that ask an answered question and, beside it, one of another article."""
    homes = assign_splits(tools.articles)
    tried = [a for a in answers if draw(tools.seed, "partial", a.asked.question) < 3 * wanted]
    n_made = 0
    for first in tried:
        home, article = homes[first.asked.gold.article.id], first.asked.gold.article.id
        others = [
            other
            for other in tried
            if other.asked.gold.article.id != article
            and homes[other.asked.gold.article.id] == home
        ]
        if not others or n_made >= wanted * len(answers):
            continue
        second = pick(others, tools.seed, "beside", first.asked.question)
        if row := make_partial(tools, first, second):
            n_made += isinstance(row, Pair)
            yield row


def _split_rows(
    tools: Tools, pairs: Iterable[Pair]
) -> tuple[dict[Split, list[Pair]], list[DroppedPair]]:
    homes = assign_splits(tools.articles)
    splits: dict[Split, list[Pair]] = {split: [] for split in SPLITS}
    for pair in pairs:
        key = pair.messages[-2].content
        splits[homes[pair.article] if pair.article else fixed_split(key)].append(pair)
    ordered = ((pair, split) for split in _KEPT_FIRST for pair in splits[split])
    shared = {pair.id: DroppedPair(pair, "shared_run", d) for pair, d in find_shared_run(ordered)}
    for split in SPLITS:
        splits[split] = [pair for pair in splits[split] if pair.id not in shared]
    return splits, list(shared.values())


def _write(
    workspace: Workspace,
    tools: Tools,
    splits: dict[Split, list[Pair]],
    dropped: Sequence[DroppedPair],
) -> dict[str, Any]:
    root = workspace.pairs_root
    number = max(list_numbers(root), default=0) + 1
    before = read_current(root)
    about = {
        "kind": "pairs",
        "snapshot": number,
        "generation": tools.generation.number,
        "before": int(before) if before else None,
        "made_from": _name_inputs(workspace, tools.generation, tools.render),
        "makers": _MAKER_VERSION,
        "render": tools.render,
        "wordings": [wording.hash for wording in write_wordings(workspace.settings.brand)],
        "seed": tools.seed,
        "settings": _settings(workspace),
        "counts": {
            split: dict(sorted(Counter(pair.kind for pair in rows).items()))
            for split, rows in splits.items()
        },
        "dropped": dict(sorted(Counter(one.reason for one in dropped).items())),
    }
    with building(root, number_name(number)) as folder:
        for split, rows in splits.items():
            _write_lines(folder / f"{split}.jsonl", map(pair_row, rows))
        lost = ({**pair_row(d.pair), "reason": d.reason, "detail": d.detail} for d in dropped)
        _write_lines(folder / "dropped.jsonl", lost)
        publish(folder, number_name(number), about)
    point_current(root, number_name(number))
    remove_oldest(root, workspace.settings.ingest.keep_generations)
    return _report(about)


def _write_lines(path: Path, rows: Iterable[dict[str, Any]]) -> None:
    with open(path, "w", encoding="utf-8") as handle:
        handle.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def _name_inputs(workspace: Workspace, generation: Generation, render: str) -> str:
    """Return the hash of everything that decides a snapshot's rows."""
    return hash_json([_MAKER_VERSION, generation.number, render, _settings(workspace)])


def _settings(workspace: Workspace) -> dict[str, Any]:
    settings = workspace.settings
    return {
        "brand": settings.brand.model_dump(
            include={"name", "greeting", "refusal", "system_prompt"}
        ),
        "retrieval": settings.retrieval.model_dump(exclude={"caution"}),
        "seed": settings.train.seed,
        "pairs": settings.ingest.pairs.model_dump(),
    }


def _report(manifest: dict[str, Any]) -> dict[str, Any]:
    counts: dict[str, int] = {s: sum(manifest["counts"][s].values()) for s in SPLITS}
    return {"snapshot": manifest["snapshot"], **counts, "dropped": manifest["dropped"]}


def _ignore(done: int, total: int) -> None:
    """The encoder's own progress is part of the step's."""
