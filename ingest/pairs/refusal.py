"""Refusal rows: the same question without its article, and questions that nobody answered here.

The target is what the server shows when it refuses: the refusal and the nearest articles, named
from the passages in the prompt, so that no title is learnt by heart.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from assistant.compose import Composer
from assistant.reading import Reading
from assistant.records import Pair, PairKind
from assistant.text import content_stems
from assistant.verify import check_support
from ingest.pairs.answer import Answered
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

_COVERED = 0.6  # share of a question's content words in one passage that makes it on-topic
_NEAR = 0.97  # of the gold passage's score: another article may well answer
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


def make_refusal(tools: Tools, answered: Answered) -> Pair | DroppedPair:
    """Return an answer's contrast row: question and wording the same, the article taken out."""
    asked, gold = answered.asked, answered.asked.gold
    origin = asked.origin(PairKind.REFUSAL, "refusal")
    found = tools.find(asked.question, without=gold.article.id)
    items = choose_items(tools, found, len(answered.prompt.items))
    prompt = render_prompt(tools, answered.prompt.wording, items, (), asked.question)
    if found and found[0].score >= _NEAR * gold.score:
        detail = f"{found[0].article.title} is as near as the article taken out"
        return drop_begun(tools, asked.question, origin, "still_answerable", detail)
    if title := _still_says(prompt, answered.sentences):
        detail = f"{title} says it too"
        return drop_begun(tools, asked.question, origin, "still_answerable", detail)
    return make_pair(tools, prompt, write_refusal(prompt), origin)


def make_off_topic(tools: Tools) -> Iterator[Pair | DroppedPair]:
    """Yield refusals of questions that no passage comes near; one that does is dropped."""
    tools.encoder.encode(_OFF_TOPIC)
    for question in _OFF_TOPIC:
        origin = Origin(PairKind.REFUSAL, "off-topic", None, "off-topic", "list")
        items = choose_items(tools, tools.find(question), tools.settings.retrieval.passages)
        asked = set(content_stems(question))
        for item in items:
            have = set(content_stems(f"{item.article.title} {item.passage.text}"))
            if len(asked & have) >= _COVERED * len(asked):
                detail = f"{item.article.title} may answer"
                yield drop_begun(tools, question, origin, "still_answerable", detail)
                break
        else:
            prompt = render_prompt(tools, tools.wording_for(question), items, (), question)
            yield make_pair(tools, prompt, write_refusal(prompt), origin)


def write_refusal(prompt: Prompt) -> str:
    """Return the server's refusal as text: the sentence and the nearest articles, without [n]."""
    nearest = sorted(prompt.items, key=lambda item: -item.score)
    composer = Composer(Reading((), (), (), {}), prompt.items, nearest, prompt.wording.refusal)
    return " ".join(shown.sentence.text for shown in composer.refuse())


def _still_says(prompt: Prompt, sentences: Sequence[str]) -> str:
    """Return the title of a shown article that supports the answer as well."""
    for number, item in enumerate(prompt.items, 1):
        if any(check_support(text, prompt.evidence(number)).ok for text in sentences):
            return item.article.title
    return ""
