"""The frames of readers' questions, and how the publication's words are put into them. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from ingest.pairs.pick import draw, pick

HEADING_FORMS = (
    "What do you say about {0}?",
    "Have you written anything about {0}?",
    "Tell me about {0}.",
    "I am trying to understand {0}. What do you say about it?",
)
SUBJECT_FORMS = (
    "What should I know about {0}?",
    "Can you explain {0}?",
    "What do you say about {0}?",
    "Tell me about {0}.",
)
WHY_FORMS = ("Why is it that {0}?", "Can you tell me why {0}?", "Do you know why {0}?")
HOW_FORMS = ("How do I {0}?", "What is the best way to {0}?", "I want to {0}. What do you advise?")
HOW_YOU_FORMS = ("How do you {0}?", "How do you go about it when you want to {0}?")
SHOULD_FORMS = ("Should I {0}?", "Is it a good idea to {0}?")
WHEN_FORMS = ("What should I do {0}?", "What do you advise {0}?", "Any advice {0}?")
IF_FORMS = ("What happens {0}?", "What do you say happens {0}?")
TELL_FORMS = ("Can you tell me {0}?", "Could you explain {0}?", "Do you know {0}?")
SUMMARY_FORMS = (
    "What is the short version of \u201c{0}\u201d?",
    "Can you sum up \u201c{0}\u201d for me?",
    "I have no time to read \u201c{0}\u201d. What does it come down to?",
)
LESSON_FORMS = (
    "What did you learn in \u201c{0}\u201d?",
    "What is the lesson of \u201c{0}\u201d?",
)
_AS_IT_IS, _PLAIN, _OPENER = 0.6, 0.2, 0.12  # shares of questions; the rest get a lead
_READER = (
    (r"\byou['\u2019]re\b", "I'm"),
    (r"\byou['\u2019](ve|ll|d)\b", r"I'\1"),
    (r"\byourself\b", "myself"),
    (r"\byours\b", "mine"),
    (r"\byour\b", "my"),
    (r"\byou are\b", "I am"),
    (r"\byou were\b", "I was"),
    (
        r"\b(about|at|by|for|from|gives?|helps?|lets?|of|on|shows?|tells?|to|with) you\b",
        r"\1 me",
    ),
    (r"\byou$", "me"),
    (r"\byou\b", "I"),
)
_HOUSE = (
    (r"\bwe['\u2019](re|ve|ll|d)\b", r"you'\1"),
    (r"\b(?:we|us)\b", "you"),
    (r"\bours\b", "yours"),
    (r"\bour\b", "your"),
)
_OPENERS = ("Quick question: ", "Hi, ", "One more thing: ", "Sorry if this is basic. ")
# Readers who explain themselves first: a long question with the same short one in it.
LEADS = (
    "I have been reading your archive this week and could not find this in one place. ",
    "A colleague and I disagree about this, and I would rather have it from you. ",
    "I am new to the subject and preparing a note for my team. ",
    "I have to decide this before the end of the month. ",
)


def to_reader(text: str, names: Collection[str] = ()) -> str:
    """Turn "you" and "your" into the reader's "I" and "my", the first letter lowered."""
    return _swap(lower_first(text.strip(), names), _READER)


def to_house(text: str, names: Collection[str] = ()) -> str:
    """Turn the publication's "we" and "our" into the reader's "you" and "your"."""
    return _swap(lower_first(text.strip(), names), _HOUSE)


def vary(question: str, seed: int, place: str) -> tuple[str, str]:
    """Return a question as people type it, and how: "", "+plain", "+opener" or "+lead"."""
    drawn = draw(seed, "vary", place, question)
    if drawn < _AS_IT_IS:
        return question, ""
    if drawn < _AS_IT_IS + _PLAIN:
        return question.rstrip("?.").lower(), "+plain"
    if drawn < _AS_IT_IS + _PLAIN + _OPENER:
        opener = pick(_OPENERS, seed, "opener", question)
        return opener + (question if opener.endswith(". ") else lower_first(question)), "+opener"
    return pick(LEADS, seed, "lead", question) + question, "+lead"


def fill(forms: tuple[str, ...], seed: int, *subjects: str) -> str:
    """Put subjects into one of the forms, as they stand."""
    return pick(forms, seed, "form", *subjects).format(*(subject.strip() for subject in subjects))


def lower_first(text: str, names: Collection[str] = ()) -> str:
    """Lower the first letter unless the first word is a name, an acronym or "I"."""
    first, *rest = (re.sub(r"['\u2019]s?$|[,.]+$", "", word) for word in text.split(" ")[:2])
    is_name = first == "I" or any(c.isupper() or c.isdigit() for c in first[1:])
    opens_name = first in names or " ".join([first, *rest]) in names  # "Open Forest"
    return text if is_name or opens_name else text[:1].lower() + text[1:]


def _swap(text: str, rules: Sequence[tuple[str, str]]) -> str:
    for there, here in rules:
        text = re.sub(there, here, text, flags=re.I)
    return text
