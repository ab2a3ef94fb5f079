"""Refusal and partial rows: the same question without its article, or half of it answered.

The target is what the server shows when it refuses: the refusal and the nearest articles, named
from the passages in the prompt, so that no title is learnt by heart.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from assistant.compose import Composer
from assistant.judge import Judge
from assistant.reading import Reading
from assistant.records import Found, Pair, PairKind
from assistant.text import content_stems, prose_sentences
from assistant.verify import check_support
from ingest.pairs import forms
from ingest.pairs.answer import Answered, find_unsupported, gold_first
from ingest.pairs.pick import draw, pick
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
from ingest.pairs.targets import cite

_MAY_ANSWER = 0.75  # of a question's own words (by idf) in one sentence: it may be answered there
_NAMED = 0.9  # likewise in a whole passage and its title
_NEAR = 0.97  # of the gold passage's score: another article may well answer
_NONE_SHARE = 0.05  # of refusals: nothing at all was found
_JOINERS = ("{0} {1}", "{0} And {2}", "Two things. {0} {1}", "{0} Also: {1}")
_OFF_TOPIC = (
    "What is the weather going to be like tomorrow?",
    "Tell me a joke.",
    "Can you recommend a good restaurant in Lisbon?",
    "How long do I boil an egg?",
    "Who won the football last night?",
    "write me a poem about the sea",
    "What is the capital of Mongolia?",
    "How do I get red wine out of a carpet?",
    "Should I buy shares in an airline?",
    "my knee hurts when I run, what is it",
    "What time does the post office close on Saturdays?",
    "Which of Beethoven's symphonies is the longest?",
    "Can you translate this letter into Portuguese for me?",
    "How often should a fern be watered?",
    "Is it safe to drive with a cracked windscreen?",
    "what is your favourite film",
)
# Words of the frames: they say that something is asked, not what.
_VERBS_OF_FRAMES = "does stand for mean provide contain include hold help let allow happen do"
_FRAME_STEMS = frozenset(
    stem
    for group in vars(forms).values()
    if isinstance(group, tuple)
    for text in group
    if isinstance(text, str)
    for stem in content_stems(text)
) | frozenset(content_stems(_VERBS_OF_FRAMES))


def make_refusal(tools: Tools, answered: Answered) -> Pair | DroppedPair:
    """Return an answer's contrast row: question and wording the same, the article taken out."""
    asked, gold = answered.asked, answered.asked.gold
    origin = asked.origin(PairKind.REFUSAL, "refusal")
    found = tools.find(asked.question, without=gold.article.id)
    items = choose_items(tools, found, len(answered.prompt.items))
    if draw(tools.seed, "none found", asked.question) < _NONE_SHARE:
        items = []
    wording, length = answered.prompt.wording, answered.prompt.length
    prompt = render_prompt(tools, wording, items, (), asked.question, length)
    if found and items and found[0].score >= _NEAR * gold.score:
        detail = f"{found[0].article.title} is as near as the article taken out"
        return drop_begun(tools, asked.question, origin, "still_answerable", detail)
    detail = _find_answer(tools, prompt, items, asked.question, answered.sentences)
    if detail:
        return drop_begun(tools, asked.question, origin, "still_answerable", detail)
    return make_pair(tools, prompt, write_refusal(prompt), origin)


def make_partial(tools: Tools, answered: Answered, other: Answered) -> Pair | DroppedPair | None:
    """Return a row that asks two things and has the passage of the first only.

    None where one of the questions is not typed out, or the first's answer was cut away.
    """
    first, second = answered.asked, other.asked
    if "+" in first.asking.by or "+" in second.asking.by:
        return None
    joined = pick(_JOINERS, tools.seed, "joiner", first.question, second.question)
    question = joined.format(first.question, second.question, forms.lower_first(second.question))
    origin = first.origin(PairKind.PARTIAL, "partial")
    found = tools.find(question, without=second.gold.article.id)
    for most in range(len(answered.prompt.items), 0, -1):
        items = choose_items(tools, gold_first(first.gold, found), most)
        wording, length = tools.wording_for(question), answered.prompt.length
        prompt = render_prompt(tools, wording, items, (), question, length)
        if find_unsupported(prompt, first.gold, list(answered.sentences)):
            continue
        if detail := _find_answer(tools, prompt, items, second.question, other.sentences):
            return drop_begun(tools, question, origin, "still_answerable", detail)
        told = cite(answered.sentences, prompt.number_of(first.gold))
        return make_pair(tools, prompt, f"{told} {prompt.wording.refusal}", origin)
    return None


def make_off_topic(tools: Tools) -> Iterator[Pair | DroppedPair]:
    """Yield refusals of questions that no passage comes near; one that does is dropped."""
    tools.encoder.encode(_OFF_TOPIC)
    for question in _OFF_TOPIC:
        length = tools.length_for(question)
        origin = Origin(PairKind.REFUSAL, "off-topic", None, "off-topic", "list")
        items = choose_items(tools, tools.find(question), tools.settings.retrieval.passages)
        prompt = render_prompt(tools, tools.wording_for(question), items, (), question, length)
        if detail := _find_answer(tools, prompt, items, question, ()):
            yield drop_begun(tools, question, origin, "still_answerable", detail)
        else:
            yield make_pair(tools, prompt, write_refusal(prompt), origin)


def write_refusal(prompt: Prompt) -> str:
    """Return the server's refusal as text: the sentence and the nearest articles, without [n]."""
    nearest = sorted(prompt.items, key=lambda item: -item.score)
    composer = Composer(
        Judge(Reading((), (), (), {}), prompt.items), nearest, prompt.wording.refusal
    )
    return " ".join(shown.sentence.text for shown in composer.refuse())


def covers(question: str, sentence: str, idf: Callable[[str], float]) -> float:
    """Return the idf-weighted share of a question's own words in a sentence (0..1)."""
    asked = set(content_stems(question)) - _FRAME_STEMS
    total = sum(idf(stem) for stem in asked)
    held = sum(idf(stem) for stem in asked & set(content_stems(sentence)))
    return held / total if total else 0.0


def _find_answer(
    tools: Tools, prompt: Prompt, items: Sequence[Found], question: str, sentences: Sequence[str]
) -> str:
    """Return what in the passages shown may answer, cut or not, or ""."""
    for number, item in enumerate(items, 1):
        if any(check_support(text, prompt.evidence(number)).ok for text in sentences):
            return f"{item.article.title} says it too"
        for sentence in [*prose_sentences(item.passage.text), " ".join(item.passage.headings)]:
            if covers(question, sentence, tools.generation.lexical.idf) >= _MAY_ANSWER:
                return f"{item.article.title} may answer: {sentence}"
        told = f"{item.article.title} {item.passage.text}"
        if covers(question, told, tools.generation.lexical.idf) >= _NAMED:
            return f"{item.article.title} speaks of it"
    return ""
