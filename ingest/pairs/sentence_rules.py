"""Questions that a sentence's own grammar asks for, so that the sentence is their answer. Pure.

Each rule takes a sentence without its full stop and gives a question or "". A rule that is not
sure gives nothing: a question that nobody would ask costs more than one that is missing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from assistant.text import content_stems, words
from ingest.pairs import fact_rules
from ingest.pairs.forms import (
    HOW_FORMS,
    HOW_YOU_FORMS,
    IF_FORMS,
    LESSON_FORMS,
    SHOULD_FORMS,
    SUMMARY_FORMS,
    WHEN_FORMS,
    WHY_FORMS,
)
from ingest.pairs.speech import (
    IMPERATIVES,
    House,
    find_imperative,
    has_finite,
    pronouns_of,
    stands_alone,
)

_CONDITION = re.compile(
    r"^(?P<when>(?:If|When|Whenever|Once) [^,;:()\u2014]{8,80}), (?P<main>(?!I\b).{15,})$"
)
_GOAL = re.compile(
    r"^(?:To|In order to) (?P<do>(?!be\b)[a-z]+ [\w'\u2019 \-/]{6,60}?), (?P<main>.{12,})$"
)
_ADVICE = re.compile(
    r"^(?:you\b"
    rf"|(?:{'|'.join(IMPERATIVES.split())})\b)",
    re.I,
)
_TELLS_YOU = re.compile(
    r"\byou(?: (?:can|could|may|might|must|need|should|want|do not|have to))\b"
    rf"|^(?:please )?(?:{'|'.join(IMPERATIVES.split())})\b",
    re.I,
)
# An invitation, not a case that a reader is in: "If you are interested, ...".
_INVITES = re.compile(
    r"\b(?:interested|curious|would like|['\u2019]d like|can|wondering|questions?)\b", re.I
)
# "When it came to life" is a story; only "if it were ..., it would ..." may stand in the past.
_TOLD_CASE = re.compile(
    r"\b(?:was|were|had|did|came|went|ran|got|began|took|saw|felt|gave|became|wrote|started|worked"
    r"|joined|asked|wanted|needed|looked|arrived|launched)\b"
)
_HAPPENS = re.compile(r"(?:the|an?|your?|they|it|nothing|nobody|no|every|all)\b")
_HALF_A_NOUN = re.compile(r"\b(?:an?|the) (?:new|good|clear|small|large|big|simple|single|full)$")
_WE_DO = re.compile(
    r"^we (?!\w+ed\b|did\b|was\b|were\b|had\b|went\b|took\b|made\b|built\b)\w+", re.I
)
_BEFORE = re.compile(r"^.{8,80}? (?P<when>(?:before|after|until|whenever|when) [^,;:()]{6,50})$")
_BECAUSE = re.compile(r"^(?P<what>(?!If |When )[^,;:()]{15,80}?),? because (?P<why>.{8,})$")
_WE_USE = re.compile(
    r"^We (?P<verb>use|recommend|prefer|suggest) (?P<what>[^,;:()]{3,60}?) (?P<to>to|for)"
    r" (?P<aim>[a-z][^,;:()]{8,60})$"
)
_YOU_MAY = re.compile(
    r"^You (?P<verb>can|should|must|need to|have to|may) (?P<not>not |never )?"
    r"(?P<do>(?!be\b)[a-z]+ .{8,})$"
)
_SUMMARY = re.compile(
    r"^(?:The short version|In short|In brief|TL;DR|Bottom line|To sum up)[:,] .{20,}$"
)
_LESSON = re.compile(r"^What we (?:learnt|learned)(?: is\b|:) .{20,}$")
_HABIT = re.compile(
    r"^We (?P<do>(?!had\b|were\b|did\b|was\b|have\b|are\b|do not\b)[a-z]+ .{5,60}?)"
    r" (?P<when>(?:before|after|for|at) (?:every|each) [^\d,;:()]{3,40}|(?:every|each) [a-z]+)\b"
    r"(?P<rest>.*)$"
)
# How a sentence goes on after its plan; anything else is the rest of a list.
_GOES_ON = re.compile(
    r" (?:and|so|or|but|then|because|since|as|even|not|with|without|which|to|in|on|at|by|for|if"
    r"|when"
    r"|where|until|unless|rather|like|such|especially|including|from|each|one|two|three|four|five"
    r"|preferably|either|whether|while|before|after|\d\S*|\w+ing)\b"
)
# "Should I run five points?": the number is the answer's, not the reader's.
_COUNTED = re.compile(
    r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|twenty|thirty|every|each)\b", re.I
)
_LONGEST_PLAN = 8  # words of an imperative; more is a copy
Rule = Callable[[str, House], str]


def ask_by_rules(sentence: str, house: House) -> Iterator[tuple[str, str, int]]:
    """Yield (question, rule, rank) for a sentence; rank 0 reads best."""
    body = sentence.rstrip(".!")
    for name, rule in _RULES:
        if question := rule(body, house):
            yield question, name, 0
            break
    if question := fact_rules.ask_subject(body, house):
        yield question, "subject", 2 if body.startswith("The ") else 1


def _ask_condition(body: str, house: House) -> str:
    found = _CONDITION.match(body)
    if not found or not stands_alone(found["when"]) or "you" in words(found["when"])[3:]:
        return ""
    if re.match(r"(?:[\w-]+ ){0,2}[\w-]+, (?:and|or)\b|(?:and|or)\b", found["main"]):
        return ""  # the comma stood in a list
    if _INVITES.search(found["when"]):
        return ""
    if _TOLD_CASE.search(found["when"]) and "would" not in words(found["main"]):
        return ""
    said = pronouns_of(found["when"])
    forms: tuple[str, ...] = WHEN_FORMS if {"you", "your"} & said else IF_FORMS
    if forms is IF_FORMS and not has_finite(found["when"]):
        return ""
    # "What should I do if ...?" wants advice; where something just happens, ask what happens.
    if forms is WHEN_FORMS and not _TELLS_YOU.search(found["main"]):
        forms = IF_FORMS if _HAPPENS.match(found["main"]) else ()
    if not forms or _HALF_A_NOUN.search(found["when"]):
        return ""
    return house.fill(forms, house.from_reader(found["when"]))


def _ask_goal(body: str, house: House) -> str:
    found = _GOAL.match(body)
    if not found or not stands_alone(found["do"]):
        return ""
    if _ADVICE.match(found["main"]):
        return house.fill(HOW_FORMS, house.from_reader(found["do"]))
    is_named = len(content_stems(found["do"])) > 2 or house.topics.knows_name(found["do"])
    if is_named and _WE_DO.match(found["main"]):
        return house.fill(HOW_YOU_FORMS, house.to_desk(found["do"]))
    return ""


def _ask_reason(body: str, house: House) -> str:
    found = _BECAUSE.match(body)
    if not found or not stands_alone(found["what"], house=True):
        return ""
    if found["what"].endswith((" just", " only", " simply", " not")):
        return ""
    said = pronouns_of(found["what"])
    if {"you", "your"} & said and {"we", "our", "us"} & said:
        return ""
    if {"we", "our", "us"} & said:
        return house.fill(WHY_FORMS[1:], house.to_desk(found["what"]))
    return house.fill(WHY_FORMS, house.from_reader(found["what"]))


def _ask_use(body: str, _: House) -> str:
    found = _WE_USE.match(body)
    if not found or not stands_alone(found["aim"]) or not stands_alone(f"{found['what']} x y"):
        return ""
    if re.search(r"\b(?:from|when|that|ing)\b", found["what"]) or (
        found["to"] == "to" and not find_imperative(found["aim"])
    ):
        return ""
    return f"What do you {found['verb']} {found['to']} {found['aim']}?"


def _ask_summary(body: str, house: House) -> str:
    is_summary = house.title and _SUMMARY.match(body)
    return house.fill(SUMMARY_FORMS, house.title) if is_summary else ""


def _ask_lesson(body: str, house: House) -> str:
    is_lesson = house.title and _LESSON.match(body)
    return house.fill(LESSON_FORMS, house.title) if is_lesson else ""


def _ask_habit(body: str, _: House) -> str:
    found = _HABIT.match(body)
    is_past = found and found["do"].split()[0].endswith("ed")
    if not found or is_past or not stands_alone(f"{found['do']} {found['when']}", house=True):
        return ""
    return f"What do you do {found['when']}?"


def _ask_advice(body: str, house: House) -> str:
    found = find_imperative(body)
    if not found:
        return ""
    if (place := _BEFORE.match(found["do"])) and stands_alone(place["when"]):
        return house.fill(WHEN_FORMS[:2], house.from_reader(place["when"]))
    plan, *rest = re.split(r"([,;:(]|\. |\b(?:and|so|then|or|because)\b)", found["do"], maxsplit=1)
    plan = plan.strip()
    # "Store a hash of template, ids and ...": half a list. "Move it and the holes are off": no
    # advice.
    is_list = rest and rest[0] == "," and not _GOES_ON.match(rest[1])
    is_threat = rest and rest[0] == "and" and re.match(r" (?:all|the|it|you|they|nobody) ", rest[1])
    following = words(rest[1])[:1] if rest and rest[0] in ("and", "or") else []
    is_half = bool(following) and following[0] not in IMPERATIVES.split()  # "in black and white"
    # "Consider creating role-specific, ...": cut before its noun.
    has_no_object = re.match(r"\w+ (?:by|to|from|in|on|at|with|through|toward)\b", plan)
    is_quoted = plan.count("\u201c") != plan.count("\u201d") or plan.count('"') % 2
    is_cut = bool(rest) and rest[0] == "," and "-" in plan.rpartition(" ")[2]
    if (
        is_list
        or is_threat
        or is_half
        or is_quoted
        or is_cut
        or has_no_object
        or _COUNTED.search(plan)
    ):
        return ""
    is_title = has_finite(" ".join(words(found["do"])[1:_LONGEST_PLAN]))  # "Pick your rank is new"
    if (
        is_title
        or plan.count("`") % 2
        or not 3 <= len(words(plan)) <= _LONGEST_PLAN
        or not stands_alone(plan)
    ):
        return ""
    return house.fill(SHOULD_FORMS, house.from_reader(plan))


def _ask_may(body: str, house: House) -> str:
    found = _YOU_MAY.match(body)
    if not found:
        return ""
    plan = re.split(r"[,;:(]|\b(?:and|so|then|or|because|but)\b", found["do"], maxsplit=1)[
        0
    ].strip()
    is_whole = 3 <= len(words(plan)) <= _LONGEST_PLAN and not plan.count("`") % 2
    is_whole = is_whole and " the " not in plan and bool(house.topics.find(plan))
    if not is_whole or not stands_alone(plan):
        return ""
    plan = house.from_reader(plan)
    opening = {"can": "Can I", "may": "May I", "should": "Should I"}.get(
        found["verb"], "Do I have to"
    )
    return f"{opening} {plan}?"


_RULES: tuple[tuple[str, Rule], ...] = (
    ("summary", _ask_summary),
    ("lesson", _ask_lesson),
    ("habit", _ask_habit),
    ("size", fact_rules.ask_size),
    ("condition", _ask_condition),
    ("goal", _ask_goal),
    ("person", fact_rules.ask_person),
    ("expansion", fact_rules.ask_expansion),
    ("date", fact_rules.ask_date),
    ("reason", _ask_reason),
    ("use", _ask_use),
    ("share", fact_rules.ask_share),
    ("length", fact_rules.ask_length),
    ("definition", fact_rules.ask_definition),
    ("compared", fact_rules.ask_compared),
    ("may", _ask_may),
    ("lets", fact_rules.ask_lets),
    ("advice", _ask_advice),
    ("does", fact_rules.ask_does),
)
