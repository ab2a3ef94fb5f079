"""Answer rows: a question, passages as the server would show them, the publication's own sentences.

The gold passage is always there; the rest is what the real retriever brings beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from assistant.reading import read_closely
from assistant.records import Found, Pair, PairKind
from assistant.text import content_stems
from assistant.verify import check_support
from ingest.pairs.asking import Asked
from ingest.pairs.joining import rewrite_sentences
from ingest.pairs.pick import draw
from ingest.pairs.rows import (
    DroppedPair,
    Prompt,
    Tools,
    choose_items,
    drop_begun,
    make_pair,
    render_prompt,
)
from ingest.pairs.targets import answer_around, cite

# Of rows: joined or shortened where a rule allows it, which is in about a third of those tried.
_TRIED_SHARE = 0.9
_AS_SERVED_SHARE = 0.5  # of rows: as many passages as the server shows
_MOST_SENTENCES = 3
_MIN_VALUE = 0.3  # of the best sentence; below it the passage answers with its code or its table
_LATER = 0.03  # what a sentence's value loses with each place further down
_TRIED = 3  # best sentences, until one stands alone


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer row with what its follow-ups and its refusal are made from."""

    asked: Asked
    prompt: Prompt
    sentences: tuple[str, ...]
    pair: Pair


def make_answer(tools: Tools, asked: Asked) -> Answered | DroppedPair:
    """Return the row, or why the passage does not answer in sentences that can be shown."""
    origin = asked.origin(PairKind.ANSWER, "qa")
    sentences = find_answer(tools, asked)
    if not sentences:
        detail = f"passage {asked.gold.passage.id}"
        return drop_begun(tools, asked.question, origin, "no_sentence_answers", detail)
    for most in range(_count_passages(tools, asked), 0, -1):
        items = choose_items(tools, gold_first(asked.gold, asked.found), most)
        wording = tools.wording_for(asked.question)
        prompt = render_prompt(tools, wording, items, (), asked.question)
        # A prompt cuts its passages to fit; with fewer of them the answer's sentences stay in.
        if not (fault := find_unsupported(prompt, asked.gold, sentences)):
            written = _write(tools, asked, prompt, sentences)
            target = cite(written, prompt.number_of(asked.gold))
            pair = make_pair(tools, prompt, target, origin)
            return Answered(asked, prompt, tuple(sentences), pair)
    return drop_begun(tools, asked.question, origin, "unsupported", fault)


def find_answer(tools: Tools, asked: Asked) -> list[str]:
    """Return the gold passage's sentences that answer: those around the one asked for, or read for.

    A question made from a sentence is answered by it; one made from a heading by what close reading
    finds nearest.
    """
    text = asked.gold.passage.text
    most = 1 + int(draw(tools.seed, "sentences", asked.question) * _MOST_SENTENCES)
    if _is_rewritten(tools, asked):
        most = max(most, 2)  # a sentence alone has nothing to be joined with
    if asked.asking.sentence:
        return answer_around(text, asked.asking.sentence, most)
    reading = read_closely(
        tools.encoder.encode([asked.question])[0],
        [asked.gold],
        tools.generation.lexical.weigh(content_stems(asked.question)),
        tools.encoder,
    )
    # A section answers its heading where it begins, more often than not.
    ranked = sorted(reading.sentences, key=lambda s: s.position * _LATER - s.value)
    for best in ranked[:_TRIED]:
        if best.value >= _MIN_VALUE and (run := answer_around(text, best.text, most)):
            return run
    return []


def find_unsupported(prompt: Prompt, gold: Found, sentences: list[str]) -> str:
    """Return the first sentence that the prompt's own text does not support, with the reason."""
    evidence = prompt.evidence(prompt.number_of(gold))
    for sentence in sentences:
        support = check_support(sentence, evidence)
        if not support.ok:
            return f"{support.reason}: {sentence}"
    return ""


def gold_first(gold: Found, found: Sequence[Found]) -> list[Found]:
    """Return what was found with the gold passage in front, so that it is always shown."""
    return [gold, *(item for item in found if item.passage.id != gold.passage.id)]


def _write(tools: Tools, asked: Asked, prompt: Prompt, sentences: list[str]) -> list[str]:
    if not _is_rewritten(tools, asked):
        return sentences
    return rewrite_sentences(sentences, prompt.evidence(prompt.number_of(asked.gold))) or sentences


def _is_rewritten(tools: Tools, asked: Asked) -> bool:
    return draw(tools.seed, "rewrite", asked.question) < _TRIED_SHARE


def _count_passages(tools: Tools, asked: Asked) -> int:
    most = tools.settings.retrieval.passages
    if draw(tools.seed, "as served", asked.question) < _AS_SERVED_SHARE:
        return most
    return 1 + int(draw(tools.seed, "passages", asked.question) * most)
