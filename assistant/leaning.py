"""Whether a reader's turn leans on what was said before, and in which way. Pure, English only.

The signs are those of grammar: a pronoun with nothing in its own sentence to stand for, a phrase
without a verb, a connecting adverb, a known thing as the subject, a turn that only asks for more.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from enum import StrEnum

from assistant.text import content_stems, names, words


class Lean(StrEnum):
    """How a turn leans: it points, leaves something out, asks for more, objects or is polite."""

    NOT = "not"
    POINTS = "points"
    FRAGMENT = "fragment"
    MORE = "more"
    OBJECTS = "objects"
    POLITE = "polite"


_MOST_STEMS = 8  # a longer question says enough by itself, whatever it points at
_SHORT = 3  # content words: what says no more may leave the rest to the turn before
OPENER = re.compile(
    r"^(?:(?:and|but|so|then|also|or|ok|okay|well|now|even|only|what about|how about|what if"
    r"|what of)\b[, ]*)+",
    re.IGNORECASE,
)
PREPOSITION = re.compile(
    r"^(?:in|on|for|with|at|by|from|of|to|without|under|over|above|below|since|until|between"
    r"|during|after|before|as|like|than|about|per)\b ?",
    re.IGNORECASE,
)
_ASKS = re.compile(r"^(?:how|why|which|who|whose|what|when|where|whether)\b", re.IGNORECASE)
_FINITE = re.compile(
    r"\b(?:is|are|was|were|am|do|does|did|have|has|had|can|could|should|would|will|shall|may|might"
    r"|must|cannot)(?:n't|n\u2019t)?\b|\w['\u2019](?:s|re|ve|ll|d|m)\b",
    re.IGNORECASE,
)
# "What suits a small model": the asking word is the subject, and a verb of its own follows.
_ACTS = re.compile(
    r"^(?:what|who)\s+\w+(?:s|ed)\s+(?!then\b|for\b|in\b|on\b|to\b)\w", re.IGNORECASE
)
_OBJECTION = re.compile(
    r"^(?:but )?(?:no(?:pe)?(?:$|[,.!;:]| (?:it|that|you|they|this|i|the)\b)|wrong\b|incorrect\b"
    r"|nonsense\b|not true\b|you(?:'re| are) (?:wrong|mistaken)|are you (?:\w+ )?(?:sure|certain)"
    r"|really\b|(?:that|this|it)(?:'s| is|s| was) (?:not|wrong|false|incorrect|nonsense|untrue)\b"
    r"|(?:that|this|it) (?:isn't|can't be|cannot be|doesn't sound)\b|is(?:n't)? that (?:\w+ )?"
    r"(?:right|true|correct|wrong)|i (?:\w+ )?(?:think|thought|read|heard|believe|doubt|disagree)\b"
    r"|i don't (?:think|believe)\b|i (?:am sure|know|was told)\b|i'm (?:\w+ )?sure\b"
    r"|actually,? (?:it|that|the)\b)",
    re.IGNORECASE,
)
_ASSERTS = re.compile(r"^(?:i|we|my|our)\b", re.IGNORECASE)
# Words of turns that ask for more of the same, or are polite, and name nothing to look for.
_MORE_WORDS = frozenset(
    """example explain elaborate detail details detailed expand continue
    mean meaning clarify simpler simple simply more summarise summarize summary brief briefly short
    shorter longer word words plain english show happen happens exactly come follow follows
    again step steps further specific concrete instance illustrate""".split()
)
_POLITE_WORDS = frozenset(
    """thank thanks thankyou cheers great good nice cool perfect lovely helpful helped helps hello
    hi hey bye goodbye morning evening ok okay understood clear got sure yes yep right wonderful
    thx ta see interesting brilliant""".split()
)
# "Is it safe to", "what does it mean when", "how long does it take to": this "it" is no pointer.
_EMPTY_IT = re.compile(
    r"\b(?:is|was|isn't|wasn't|would|will|be) it (?:be )?(?!the\b|a\b|an\b|that\b|this\b)"
    r"(?:\w+ ){0,2}?(?:\w+ (?:to|that|whether)\b|worth \w+ing|ok(?:ay)? (?:if|for)\b|true\b|time\b)"
    r"|\bdoes it (?:really )?(?:mean|matter|make sense|help|hurt|pay) (?:when|if|that|to|whether"
    r"|how|which|what)\b|\bdoes it (?:take|cost) to\b|\bit (?:is|was|'s|seems|takes|makes sense"
    r"|turns out|looks) (?:\w+ )?(?:to|that|like|as)\b",
    re.IGNORECASE,
)
_NOT_BACK = re.compile(
    r"\bthese days\b|\bthis (?:year|month|week|morning|site|blog|newsletter|publication|archive"
    r"|assistant|chat)\b|\bthose (?:who|that|which|of us|with)\b|\bthe same \w+ as\b",
    re.IGNORECASE,
)
_CHOICE = re.compile(
    r"\b(?:the|which|that|this|another|an?)(?: \w+)? ones?\b|\bthe (?:other|latter|former)\b"
    r"|\bthe (?:first|second|third|last)(?: (?:two|three))?"
    r"(?=$|[?.!,]| (?:of|was|is|does|did|do)\b)"
    r"|\bthe (?:two|three)\b(?=$|[?.!,]| (?:is|are|was|do|does)\b)|\bboth\b(?=$|[?.!,])",
    re.IGNORECASE,
)
_BACK = re.compile(
    r"\b(?:it|they|them|he|she|him|this|these|those)\b(?! as)"
    # "that" points, and does not merely join: after an auxiliary or a preposition, or at an end.
    r"|\b(?:is|isn't|does|doesn't|did|was|do|would|can|could|will|should|has|about|of|like|than|after"
    r"|by|from|with|for|to|at|on|in|into|why)\s+that\b"
    r"|\bthat\b(?=\s*(?:$|[?.!,;]|(?:in|for|with|on|more|again|too|then|better|differently)\b))"
    r"|^that(?:'s)?\b|\band not\?",
    re.IGNORECASE,
)
# These look for what they stand for in their own clause too: "a flat index keeps its ids".
_BACK_OWNER = re.compile(r"\b(?:its|their|his|her|the same)\b(?! as)", re.IGNORECASE)
_CONNECTED = re.compile(
    r"\b(?:otherwise|instead|as well|either|too|then)\s*[?.!]*$|^then\b|\bwhat else\b|\bany other\b"
    r"|\bany(?:thing|one)? else\b",
    re.IGNORECASE,
)
_CLAUSE = re.compile(
    r"[.?!;,:]|\b(?:and|but|or|when|if|while|because|before|after|so|which|who|until|once|since"
    r"|though|although|whether)\b",
    re.IGNORECASE,
)
# A known thing as the subject ("why is the manifest written last"); "what is the X" asks for it.
_KNOWN_SUBJECT = re.compile(
    r"^(?!(?:what|who|which|when|where)(?:'s| is| are| was| were) the\b).*?"
    r"\b(?:is|are|was|were|does|do|did|has|have|can|could|should|would|will|must)(?:n't)? the\b",
    re.IGNORECASE,
)
_EXISTS = re.compile(r"^(?:is|are|was|were)(?:n't)? there\b|^what(?:'s| is) wrong\b", re.IGNORECASE)


def find_lean(question: str) -> Lean:
    """Return how a turn leans on what was said before, if it does."""
    asked = question.strip().replace("\u2019", "'")
    found = words(asked)
    if not asked.endswith("?") and _holds_only(found, _POLITE_WORDS):
        return Lean.POLITE
    if _OBJECTION.match(asked) and (not asked.endswith("?") or _is_short(asked)):
        return Lean.OBJECTS
    if _holds_only(found, _MORE_WORDS):
        return Lean.MORE
    if len(set(content_stems(asked))) > _MOST_STEMS:
        return Lean.NOT
    if _points_back(asked):
        return Lean.POINTS
    return Lean.FRAGMENT if _leaves_out(asked) else Lean.NOT


def leans_on_history(question: str) -> bool:
    """Whether a question needs what was said before to be understood."""
    return find_lean(question) is not Lean.NOT


def chooses(question: str) -> bool:
    """Whether a turn picks one of several things that were named: "the last one"."""
    return _CHOICE.search(question) is not None


def _holds_only(found: Sequence[str], known: Collection[str]) -> bool:
    """Whether a turn holds some of the known words, and else none that carries meaning."""
    return any(word in known for word in found) and all(
        word in known or not content_stems(word) for word in found
    )


def _points_back(asked: str) -> bool:
    bare = OPENER.sub("", asked)
    bare = _NOT_BACK.sub(" ", _EMPTY_IT.sub(" ", bare))
    pointers = [match.start() for match in _BACK.finditer(bare)]
    pointers += [match.start() for match in _CHOICE.finditer(bare)]
    owners = [match.start() for match in _BACK_OWNER.finditer(bare)]
    if any(not content_stems(bare[:place]) for place in owners):
        return True
    return any(not _is_named_before(bare, place) for place in pointers)


def _is_named_before(text: str, place: int) -> bool:
    """Whether an earlier clause of the same turn names something that a pronoun can stand for."""
    ends = [match.start() for match in _CLAUSE.finditer(text, 0, place)]
    return any(content_stems(text[:end]) for end in ends)


def _leaves_out(asked: str) -> bool:
    if _CONNECTED.search(asked) or not content_stems(asked):
        return True
    bare = OPENER.sub("", asked)
    opened = bare != asked
    if not _FINITE.search(bare) and not _ACTS.match(bare):
        asks = bool(_ASKS.match(bare)) and _is_short(bare)
        starts_inside = opened or bool(PREPOSITION.match(bare))
        return (starts_inside and len(_compounds(bare)) <= _SHORT + 1) or asks or _is_word(bare)
    if not _is_short(bare) or names(bare):
        return False
    states = bool(_ASSERTS.match(bare)) and not bare.endswith("?")
    knows = bool(_KNOWN_SUBJECT.match(bare)) and words(bare).count("the") == 1
    return states or knows or bool(_EXISTS.match(bare))


def _is_word(text: str) -> bool:
    """Whether this is one plain word; a code name alone is searched as it stands."""
    return len(words(text)) == 1 and text.strip("?!. ").isalpha() and not names(f"a {text}")


def _is_short(text: str) -> bool:
    return len(_compounds(text)) <= _SHORT


def _compounds(text: str) -> set[str]:
    """Return the content words, a hyphened one once."""
    return {word for word in words(text) if content_stems(word)}
