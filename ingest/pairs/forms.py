"""The frames of readers' questions, and how the publication's words are put into them. Pure."""

from __future__ import annotations

import re

from ingest.pairs.pick import draw, pick

HEADING_FORMS = (
    "What do you say about {0}?",
    "Have you written anything about {0}?",
    "Can you help me with {0}?",
    "I am trying to understand {0}. Where do I start?",
)
PAIR_FORMS = (
    "How do {0} and {1} go together?",
    "What do you say about {0} and {1}?",
    "I am looking at {0}. Does {1} matter?",
    "Is there anything I should know about {0} when it comes to {1}?",
    "Where does {1} come in with {0}?",
    "We use {0} here. What should we know about {1}?",
)
TOPIC_FORMS = (
    "What should I know about {0}?",
    "What is your view on {0}?",
    "Any advice on {0}?",
    "Do you have anything on {0}?",
)
WHY_FORMS = ("Why is it that {0}?", "Can you tell me why {0}?", "Do you know why {0}?")
HOW_FORMS = ("How do I {0}?", "What is the best way to {0}?", "I want to {0}. What do you advise?")
SHOULD_FORMS = ("Should I {0}?", "Is it a good idea to {0}?", "Do I have to {0}?")
WHEN_FORMS = ("What should I do {0}?", "Is there anything to do {0}?", "What do you do {0}?")
IF_FORMS = ("What happens {0}?", "What should I do {0}?", "What do you advise {0}?")
TELL_FORMS = ("Can you tell me {0}?", "Could you explain {0}?", "Do you know {0}?")
_AS_IT_IS, _PLAIN = 0.65, 0.2  # shares of questions; the rest get an opener
_READER = (
    (r"\byourself\b", "myself"),
    (r"\byours\b", "mine"),
    (r"\byour\b", "my"),
    (r"\byou are\b", "I am"),
    (r"\byou were\b", "I was"),
    (r"\b(about|at|by|for|from|gives?|lets?|of|on|shows?|tells?|to|with) you\b", r"\1 me"),
    (r"\byou$", "me"),
    (r"\byou\b", "I"),
)
_OPENERS = ("Quick question: ", "Hi, ", "One more thing: ", "Sorry if this is basic. ")


def to_reader(text: str) -> str:
    """Turn "you" and "your" into the reader's "I" and "my", the first letter lowered."""
    swapped = lower_first(text.strip())
    for there, here in _READER:
        swapped = re.sub(there, here, swapped, flags=re.I)
    return swapped


def vary(question: str, seed: int, place: str) -> tuple[str, str]:
    """Return a question as people type it, and how: "", "+plain" or "+opener"."""
    drawn = draw(seed, "vary", place, question)
    if drawn < _AS_IT_IS:
        return question, ""
    if drawn < _AS_IT_IS + _PLAIN:
        return question.rstrip("?.").lower(), "+plain"
    opener = pick(_OPENERS, seed, "opener", question)
    return opener + (question if opener.endswith(". ") else lower_first(question)), "+opener"


def fill(forms: tuple[str, ...], seed: int, *subjects: str) -> str:
    """Put subjects into one of the forms, lower-case unless they open the question."""
    first, *rest = subjects
    opens = pick(forms, seed, "form", *subjects)
    return opens.format(first if opens.startswith("{0}") else lower_first(first.strip()), *rest)


def lower_first(text: str) -> str:
    """Lower the first letter unless the first word is a name, an acronym or "I"."""
    first = text.split(" ", 1)[0].rstrip(",.'")
    is_name = first == "I" or any(c.isupper() or c.isdigit() for c in first[1:])
    return text if is_name else text[:1].lower() + text[1:]
