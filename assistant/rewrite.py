"""A follow-up becomes a question that stands alone, by rules, from the conversation's history.

What was left out is put in from the reader's last question that stood alone, or from the reply to
it: one thing for another ("and Q8_0?"), the name that a pronoun stands for, else the whole
question in brackets. Uses words of the conversation only. Pure; works without a model.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from assistant.leaning import OPENER, PREPOSITION, Lean, chooses, find_lean
from assistant.records import Message
from assistant.text import STOPWORDS, split_sentences

_REPLY_WORDS = 25  # of the reply, where a turn picks one of the things that it lists
_CLEARLY = 0.1  # in likeness of form (0..1): which of two things is meant
_NUMBER = re.compile(r"[\d.,]+")
_CODE_LIKE = re.compile(r"\d|_|\w\.\w|[a-z][A-Z]|[A-Z]{2}")
# What such a question asks for is the reply's subject: "which paper ...", "is there a method ...".
_ASKS_WHICH = re.compile(
    r"^(?:which|who|whose|(?:is|are) there|name"
    r"|what (?!is|are|was|were|do|does|did|if|about)\w+)\b",
    re.IGNORECASE,
)
_NAMED = re.compile(r"\u201c([^\u201d]+)\u201d|(?<!\w)((?:[A-Z][\w\-]*)(?:(?: |: )[A-Z][\w\-]*)*)")
_MARK = re.compile(r"\s*\[\d+\]")
_TOKEN = re.compile(r"[^\s?!,;()]+(?:,\d{3})*")
_THE_THING = re.compile(r"\bthe (?:[A-Z][\w\-]*(?: [A-Z][\w\-]*)*|[\w\-]+)")


@dataclass(frozen=True, slots=True)
class _Topic:
    """The question that a follow-up leans on, and the reply to it."""

    question: str
    reply: str = ""


def rewrite_question(question: str, history: Sequence[Message]) -> str:
    """Return a question that can be searched for without the history."""
    topic: _Topic | None = None
    polite = False
    for message in history:
        if message.role == "user":
            polite = topic is not None and find_lean(message.content) is Lean.POLITE
            topic = topic if polite else _follow(topic, message.content)
        elif message.role == "assistant" and topic is not None and not polite:
            topic = _Topic(topic.question, _MARK.sub("", message.content))
    return _stand_alone(topic, question)[0] if topic else question


def _follow(topic: _Topic | None, asked: str) -> _Topic:
    """Return what the next turn may lean on."""
    if topic is None:
        return _Topic(asked)
    standalone, is_whole = _stand_alone(topic, asked)
    return _Topic(standalone) if is_whole else topic


def _stand_alone(topic: _Topic, asked: str) -> tuple[str, bool]:
    """Return the question as it stands alone, and whether later turns may lean on it."""
    lean = find_lean(asked)
    subject = topic.question.strip().rstrip("?.! ")
    if lean in (Lean.NOT, Lean.POLITE):
        return asked, lean is Lean.NOT
    if lean in (Lean.OBJECTS, Lean.MORE):
        return topic.question, False  # neither a claim nor "an example" is what to look for
    if lean is Lean.FRAGMENT and (swapped := _swap(subject, asked)):
        return f"{swapped}?", True
    if lean is Lean.POINTS and (named := _names_given(topic)) and not chooses(asked):
        return f"{asked.rstrip()} ({named})", True
    if chooses(asked):
        listed = " ".join(split_sentences(topic.reply)[:1]).split()[:_REPLY_WORDS]
        subject = f"{subject}; {' '.join(listed)}".rstrip("; .")
    return f"{asked.rstrip()} ({subject})", False


def _swap(subject: str, asked: str) -> str:
    """Return the earlier question with one thing for another of its kind, or nothing.

    "and Q8_0?" after "how large is it in Q4_0" swaps the code names; "and the index?" swaps the
    only other thing with an article.
    """
    bare = OPENER.sub("", asked.strip())
    place = PREPOSITION.match(bare)
    rest = (bare[place.end() :] if place else bare).strip("?.! ")
    before = place.group().strip().lower() if place else ""
    if _THE_THING.fullmatch(rest):
        things = _THE_THING.findall(subject)
        return subject.replace(things[0], rest) if len(things) == 1 else ""
    if not _TOKEN.fullmatch(rest) or not _CODE_LIKE.search(rest):
        return ""
    is_number = _NUMBER.fullmatch(rest) is not None
    tokens = [
        match
        for match in _TOKEN.finditer(subject)
        if _CODE_LIKE.search(match.group())
        and (_NUMBER.fullmatch(match.group()) is not None) == is_number
    ]
    ranked = sorted(tokens, key=lambda match: -_likeness(match, rest, before))
    likeness = [_likeness(match, rest, before) for match in ranked[:2]]
    if not ranked or (len(ranked) > 1 and likeness[0] - likeness[1] < _CLEARLY):
        return ""
    return subject[: ranked[0].start()] + rest + subject[ranked[0].end() :]


def _likeness(match: re.Match[str], other: str, preposition: str) -> float:
    """Return how alike two things are in form; "and in Q8_0?" looks for an "in Q4_0" first."""
    leading = match.string[: match.start()].lower().split()[-1:]
    form = SequenceMatcher(None, _shape(match.group()), _shape(other)).ratio()
    return form + (1.0 if leading == [preposition] else 0.0)


def _shape(token: str) -> str:
    """Return a token's form: Q4_0 and Q8_0 are both A9_9."""
    return re.sub(r"[a-z]", "a", re.sub(r"[A-Z]", "A", re.sub(r"\d", "9", token)))


def _names_given(topic: _Topic) -> str:
    """Return the names that the reply's first sentence gives to a question that asks which."""
    if not _ASKS_WHICH.match(topic.question.strip()):
        return ""
    first = " ".join(split_sentences(topic.reply)[:1])
    asked = topic.question.lower()
    found = [title or _drop_opening(name) for title, name in _NAMED.findall(first)]
    kept = [n for n in found if n.lower() not in asked and (len(n) > 1) and not _opens(n, first)]
    return ", ".join(dict.fromkeys(kept))


def _drop_opening(name: str) -> str:
    """Return "Our Guest Desk" as Guest Desk."""
    first, _, rest = name.partition(" ")
    return rest if first.lower() in STOPWORDS else name


def _opens(name: str, sentence: str) -> bool:
    """Whether this is an ordinary word that merely opens the sentence."""
    return sentence.startswith(name) and not any(c.isupper() or c.isdigit() for c in name[1:])
