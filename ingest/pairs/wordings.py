"""Several system prompts that ask for the same, so that an edited one stays within what is learnt.

The configured wording stands in half of the rows. Pure.
"""

from __future__ import annotations

from assistant.prompt import Wording, make_wording
from assistant.settings import BrandSettings
from ingest.pairs.pick import draw, pick

_CONFIGURED_SHARE = 0.5
_OTHERS = (
    "You answer readers of {name}. Use nothing but the numbered passages below, keep to two to four"
    " sentences in our voice, and end each with the number of its passage, like [1]. Where the"
    " passages hold no answer, say: {refusal}",
    "You speak for {name}. Every sentence comes from one of the numbered passages and carries its"
    " number, like [1]. Be short. If none of them answers, say only: {refusal}",
    "This is the reader desk of {name}. Read the numbered passages, then answer in our words and"
    " briefly. Mark each sentence with its passage, like [1]. No answer in them? Say: {refusal}",
    "Answer as {name} would: from the numbered passages, a few sentences, each followed by its"
    " passage number in brackets, like [1]. When they do not say, you say: {refusal}",
)


def write_wordings(brand: BrandSettings) -> tuple[Wording, ...]:
    """Return the configured wording, then its paraphrases; the refusal sentence is always ours."""
    others = [brand.model_copy(update={"system_prompt": text}) for text in _OTHERS]
    return (make_wording(brand), *map(make_wording, others))


def choose_wording(wordings: tuple[Wording, ...], seed: int, question: str) -> Wording:
    """Return a question's wording: the same with its passages and without them."""
    configured, *others = wordings
    if not others or draw(seed, "configured", question) < _CONFIGURED_SHARE:
        return configured
    return pick(others, seed, "wording", question)
