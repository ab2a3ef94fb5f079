"""Answer rows: a question, passages as the server would show them, the publication's own sentences.

The gold passage is always there; the rest is what the real retriever brings beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from assistant.length import Length
from assistant.reading import Reading, read_closely
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
from ingest.pairs.targets import MOST_WORDS, answer_around, cite, is_passing, is_personal

# Of rows: joined or shortened where a rule allows it, which is in about a third of those tried.
_TRIED_SHARE = 0.9
_AS_SERVED_SHARE = 0.5  # of rows: as many passages as the server shows
_OLDER_SHARE = 0.5  # of rows: what the article superseded stands beside it, where it was found
_MOST_SENTENCES = 3
# What the prompt asks for where a reader chose short answers, or detailed ones.
_SHORT_SENTENCES = 2
_DETAILED = (6, 110)  # sentences, words: more words would be cut off by the answer's tokens
_MIN_VALUE = 0.3  # of the best sentence; below it the passage answers with its code or its table
_LATER = 0.03  # what a sentence's value loses with each place further down
_TRIED = 3  # sentences, from where a section begins, until one stands alone
_MIN_ON_HEADING = 0.75  # of a heading's content words in the first sentence of its answer
_MIN_ON_QUESTION = 0.7  # likewise in the whole answer, where the heading is itself a question
_FEWEST_NEW = 3  # content words that an answer adds to its question
_FEWEST_TOLD = 2  # likewise, where the question holds half of the sentence that answers
_HALVES = ("template:condition", "template:reason")


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer row with what its follow-ups and its refusal are made from."""

    asked: Asked
    prompt: Prompt
    sentences: tuple[str, ...]
    pair: Pair


def make_answer(tools: Tools, asked: Asked) -> Answered | DroppedPair:
    """Return the row, or why the passage does not answer in sentences that can be shown."""
    origin = asked.origin(PairKind.ANSWER, asked.task)
    sentences = find_answer(tools, asked)
    if any("`" in sentence for sentence in sentences):
        origin = asked.origin(PairKind.ANSWER, "code")
    if not sentences:
        detail = f"passage {asked.gold.passage.id}"
        return drop_begun(tools, asked.question, origin, "no_sentence_answers", detail)
    told = set(content_stems(" ".join(sentences))) - set(content_stems(asked.question))
    if len(told) < (_FEWEST_TOLD if asked.asking.by.startswith(_HALVES) else _FEWEST_NEW):
        detail = f"{len(told)} content words that the question does not say: {sentences[0]}"
        return drop_begun(tools, asked.question, origin, "says_nothing_new", detail)
    for most in range(_count_passages(tools, asked), 0, -1):
        items = choose_items(tools, _rank(tools, asked), most)
        wording = tools.wording_for(asked.question)
        length = tools.length_for(asked.question)
        prompt = render_prompt(tools, wording, items, (), asked.question, length)
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
    room = _measure(tools, asked)
    if asked.asking.sentence:
        return _keep_ours(tools, answer_around(text, asked.asking.sentence, *room))
    reading = read_closely(
        tools.encoder.encode([asked.question])[0],
        [asked.gold],
        tools.generation.lexical.weigh(content_stems(asked.question)),
        tools.encoder,
    )
    if not asked.asking.by.startswith("template:"):
        best = sorted(reading.sentences, key=lambda s: -s.value)[:_TRIED]
        runs = (_keep_ours(tools, answer_around(text, s.text, *room)) for s in best)
        return next((run for run in runs if run), [])
    return _open_section(tools, asked, reading, room)


def _measure(tools: Tools, asked: Asked) -> tuple[int, int]:
    """Return how many sentences, and how many words, an answer may take."""
    length = tools.length_for(asked.question)
    if length is Length.DETAILED:
        return _DETAILED
    most = 1 + int(draw(tools.seed, "sentences", asked.question) * _MOST_SENTENCES)
    if _is_rewritten(tools, asked):
        most = max(most, 2)  # a sentence alone has nothing to be joined with
    return (min(most, _SHORT_SENTENCES) if length is Length.SHORT else most), MOST_WORDS


def _open_section(tools: Tools, asked: Asked, reading: Reading, room: tuple[int, int]) -> list[str]:
    """Return the sentences that answer a heading: a section does so where it begins."""
    text = asked.gold.passage.text
    above = (asked.gold.passage.headings or ("",))[-1]
    heading, is_question = set(content_stems(above)), above.endswith("?")
    opening = (s for s in reading.sentences if s.position < _TRIED)
    for best in sorted(opening, key=lambda s: s.position * _LATER - s.value):
        run = _keep_ours(tools, answer_around(text, best.text, *room))
        told = " ".join(run) if is_question else "".join(run[:1])
        least = _MIN_ON_QUESTION if is_question else _MIN_ON_HEADING
        on_heading = heading & set(content_stems(told))
        if run and best.value >= _MIN_VALUE and len(on_heading) >= least * len(heading):
            return run
    return []


def _keep_ours(tools: Tools, sentences: list[str]) -> list[str]:
    """Return the sentences up to the first that one person says, or that was true for a day."""
    for number, sentence in enumerate(sentences):
        if is_passing(sentence) or (tools.many_authors and is_personal(sentence)):
            return sentences[:number]
    return sentences


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


def _rank(tools: Tools, asked: Asked) -> list[Found]:
    """Return what was found, gold first; in half of the rows an older version comes second."""
    first, *rest = gold_first(asked.gold, asked.found)
    if draw(tools.seed, "older", asked.question) < _OLDER_SHARE:
        rest.sort(key=lambda item: item.article.superseded_by != asked.gold.article.id)
    return [first, *rest]


def _write(tools: Tools, asked: Asked, prompt: Prompt, sentences: list[str]) -> list[str]:
    # Shortening would take the letters out of "Request for Quotation (RFQ)".
    if not _is_rewritten(tools, asked) or asked.asking.by.startswith("template:expansion"):
        return sentences
    return rewrite_sentences(sentences, prompt.evidence(prompt.number_of(asked.gold))) or sentences


def _is_rewritten(tools: Tools, asked: Asked) -> bool:
    return draw(tools.seed, "rewrite", asked.question) < _TRIED_SHARE


def _count_passages(tools: Tools, asked: Asked) -> int:
    most = tools.settings.retrieval.passages
    if draw(tools.seed, "as served", asked.question) < _AS_SERVED_SHARE:
        return most
    return 1 + int(draw(tools.seed, "passages", asked.question) * most)
