"""Questions that a sentence's own grammar asks for, so that the sentence is their answer. Pure.

Each rule takes a sentence without its full stop and gives a question or "". A rule that is not
sure gives nothing: a question that nobody would ask costs more than one that is missing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from assistant.text import STOPWORDS, content_stems, words
from ingest.pairs.forms import (
    HOW_FORMS,
    HOW_YOU_FORMS,
    IF_FORMS,
    LESSON_FORMS,
    SHOULD_FORMS,
    SUBJECT_FORMS,
    SUMMARY_FORMS,
    WHEN_FORMS,
    WHY_FORMS,
)
from ingest.pairs.speech import (
    IMPERATIVES,
    THIRD,
    House,
    find_imperative,
    has_finite,
    is_finite,
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
_TELLS_YOU = re.compile(rf"\byou\b|^(?:please )?(?:{'|'.join(IMPERATIVES.split())})\b", re.I)
_WE_DO = re.compile(
    r"^we (?!\w+ed\b|did\b|was\b|were\b|had\b|went\b|took\b|made\b|built\b)\w+", re.I
)
_NP = r"(?P<np>[A-Z`][\w`'\u2019\-./]*(?: [\w`'\u2019\-./]+){0,5}?)"
_DEFINITION = re.compile(rf"^{_NP} (?:is an?|means) (?P<what>.{{15,}})$")
_DOES = re.compile(
    rf"^{_NP} (?P<verb>{'|'.join(THIRD)}) (?P<what>(?!is\b|are\b|and\b|or\b).{{12,}})$"
)
_LETS = re.compile(
    rf"^{_NP} (?P<verb>lets|allows|enables|helps) (?P<who>you|us|users|people|agencies|teams|anyone"
    r"|editors|readers|developers|designers|engineers) (?P<to>to )?(?P<what>[a-z].{12,})$"
)
_BEFORE = re.compile(r"^.{8,80}? (?P<when>(?:before|after|until|whenever|when) [^,;:()]{6,50})$")
_BECAUSE = re.compile(r"^(?P<what>[^,;:()]{15,80}?),? because (?P<why>.{8,})$")
_WE_USE = re.compile(
    r"^We (?P<verb>use|recommend|prefer|suggest) (?P<what>[^,;:()]{3,60}?) (?P<to>to|for)"
    r" (?P<aim>[a-z][^,;:()]{8,60})$"
)
_ROLES = (
    "manager|director|engineer|designer|developer|fellow|lead|editor|officer|secretary|president"
    "|founder|author|researcher|administrator|historian|strategist|librarian|professor|analyst"
    "|head|chief|specialist"
)
_ROLE = re.compile(rf"\b(?:{_ROLES})\b", re.I)
_PERSON = re.compile(
    r"^(?P<name>[A-Z][\w'\u2019.\-]+(?: [A-Z][\w'\u2019.\-]+){1,2})(?:,| is| was)"
    rf" (?:an? |the |our )?(?P<role>[^,.;]{{3,90}}?\b(?:{_ROLES})\b[^,.;]*)"
)
_EXPANSION = re.compile(
    r"^(?:(?:The|An?|Our) )?(?P<full>[A-Z][\w\-]+(?: (?:[A-Z][\w\-]+|of|and|for|the|on)){1,6})"
    r" \((?P<abbr>[A-Z][A-Za-z&]*[A-Z])\) (?P<what>[a-z]\w+ .{15,})$"
)
_ON_DATE = re.compile(
    r"^(?:In|On|By) (?P<when>(?:early |late )?(?:[A-Z][a-z]+ (?:\d{1,2}, )?)?(?:19|20)\d\d), "
    r"(?P<np>[^,;:()]{2,50}?) (?P<verb>[a-z]+) (?P<what>[^,;:()]{8,90})$"
)
_PAST = {
    f"{verb}ed" if not verb.endswith("e") else f"{verb}d": verb
    for verb in """launch release create start publish announce sign join pass adopt introduce award
    open establish receive complete host issue kick move replace update add select""".split()
} | {"began": "begin", "built": "build", "won": "win", "became": "become", "held": "hold"}
_COMPARED = re.compile(
    rf"^{_NP} (?P<verb>is|are) (?P<how>(?:more|less) [a-z]+|[a-z]+er) than"
    r" (?P<other>[^,;:()]{4,40})"
    r"(?P<rest>[,;:].{10,})$"
)
_YOU_MAY = re.compile(
    r"^You (?P<verb>can|should|must|need to|have to|may) (?P<not>not |never )?(?P<do>[a-z]+ .{8,})$"
)
_SUMMARY = re.compile(
    r"^(?:The short version|In short|In brief|TL;DR|Bottom line|To sum up)[:,] .{20,}$"
)
_LESSON = re.compile(r"^What we (?:learnt|learned)(?: is\b|:) .{20,}$")
_HABIT = re.compile(
    r"^We (?P<do>(?!had\b|were\b|did\b|was\b|have\b|are\b|do not\b)[a-z]+ .{5,60}?)"
    r" (?P<when>(?:before|after|for|at) (?:every|each) [^,;:()]{3,40}|(?:every|each) [a-z]+)\b"
    r"(?P<rest>.*)$"
)
_SIZE = re.compile(
    rf"^{_NP} (?P<verb>is|are|takes?|needs?|asks? for|comes? to) (?:about |some |over |nearly )?"
    r"\d[\d.,]* (?P<unit>MB|GB|KB|TB|bytes)\b.*$"
)
_LASTS = re.compile(
    rf"^{_NP} (?P<verb>takes|lasts) (?:[a-z]+ ){{0,3}}?(?:\d[\d.,]*|two|three|four|five|six|ten)"
    r" (?:milli)?(?:seconds|minutes|hours|days|weeks|months|years)\b"
)
_SHARE = re.compile(
    r"^(?:(?:About|Some|Nearly|Over|More than|Roughly|Almost) )?\d[\d.]*(?: percent|%| %) of"
    r" (?P<np>[a-z][\w'\u2019 \-]{3,40}?) (?P<verb>use|have|are|were|said|come|own|agree|report)\b"
    r" (?P<what>[^,;:()]{6,60})$"
)
_NOT_A_PERSON = frozenset(
    """last next this the former since while after before earlier monday tuesday wednesday thursday
    friday saturday sunday january february march april may june july august september october
    november december new former""".split()
)
# How a sentence goes on after its plan; anything else is the rest of a list.
_GOES_ON = re.compile(
    r" (?:and|so|or|but|then|because|since|as|even|not|with|without|which|to|in|on|at|by|for|if"
    r"|when"
    r"|where|until|unless|rather|like|such|especially|including|from|each|one|two|three|four|five"
    r"|preferably|either|whether|while|before|after|\d\S*|\w+ing)\b"
)
_NOT_LAST = frozenset("still then now just really simply often never always".split())
_TOLD = frozenset("had did was were became began came found".split())  # a story, not a statement
_LONGEST_PLAN = 8  # words of an imperative; more is a copy
_FEWEST_TOLD = 4  # content words that a sentence says of its subject

Rule = Callable[[str, House], str]


def ask_by_rules(sentence: str, house: House) -> Iterator[tuple[str, str, int]]:
    """Yield (question, rule, rank) for a sentence; rank 0 reads best."""
    body = sentence.rstrip(".!")
    for name, rule in _RULES:
        if question := rule(body, house):
            yield question, name, 0
            break
    if question := _ask_subject(body, house):
        yield question, "subject", 2 if body.startswith("The ") else 1


def _ask_condition(body: str, house: House) -> str:
    found = _CONDITION.match(body)
    if not found or not stands_alone(found["when"]) or "you" in words(found["when"])[3:]:
        return ""
    said = pronouns_of(found["when"])
    forms = WHEN_FORMS if {"you", "your"} & said else IF_FORMS
    if forms is IF_FORMS and not has_finite(found["when"]):
        return ""
    # "What should I do if ...?" wants advice, not what becomes of somebody else.
    if forms is WHEN_FORMS and not _TELLS_YOU.search(found["main"]):
        return ""
    return house.fill(forms, house.from_reader(found["when"]))


def _ask_goal(body: str, house: House) -> str:
    found = _GOAL.match(body)
    if not found or not stands_alone(found["do"]):
        return ""
    if _ADVICE.match(found["main"]):
        return house.fill(HOW_FORMS, house.from_reader(found["do"]))
    if _WE_DO.match(found["main"]):
        return house.fill(HOW_YOU_FORMS, house.to_desk(found["do"]))
    return ""


def _ask_person(body: str, house: House) -> str:
    found = _PERSON.match(body)
    if not found:
        return ""
    is_name = all(part in house.topics.names for part in re.findall(r"[^\W\d_]+", found["name"]))
    opens = found["name"].split()[0].lower()
    return f"Who is {found['name']}?" if is_name and opens not in _NOT_A_PERSON else ""


def _ask_expansion(body: str, _: House) -> str:
    found = _EXPANSION.match(body)
    if not found:
        return ""
    initials = "".join(word[0] for word in found["full"].split()).upper()
    capitals = [c for c in found["abbr"] if c.isupper()]
    is_short_for = all(c in initials for c in capitals) and initials[0] == capitals[0]
    return f"What does {found['abbr']} stand for?" if is_short_for else ""


def _ask_date(body: str, house: House) -> str:
    found = _ON_DATE.match(body)
    if (
        not found
        or found["verb"] not in _PAST
        or not stands_alone(found["np"] + " x y", house=True)
    ):
        return ""
    plan = re.split(r", |\bthat\b|\bwhich\b|\bto\b", found["what"])[0].strip()
    who = house.to_desk(found["np"])
    return f"When did {who} {_PAST[found['verb']]} {house.to_desk(plan)}?"


def _ask_reason(body: str, house: House) -> str:
    found = _BECAUSE.match(body)
    if not found or not stands_alone(found["what"], house=True):
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


def _ask_share(body: str, _: House) -> str:
    found = _SHARE.match(body)
    if not found or not stands_alone(f"{found['np']} {found['what']}"):
        return ""
    return f"What share of {found['np']} {found['verb']} {found['what']}?"


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


def _ask_size(body: str, house: House) -> str:
    found = _SIZE.match(body)
    if not found or not house.is_subject(found["np"]):
        return ""
    np, many = (
        house.lower(found["np"]),
        found["verb"] in ("are", "take", "need", "ask for", "come to"),
    )
    if found["verb"] in ("is", "are"):
        return f"How big {found['verb']} {np}?"
    return f"How much memory {'do' if many else 'does'} {np} take?"


def _ask_length(body: str, house: House) -> str:
    found = _LASTS.match(body)
    if not found or not house.is_subject(found["np"]):
        return ""
    verb = "take" if found["verb"] == "takes" else "last"
    return f"How long does {house.lower(found['np'])} {verb}?"


def _ask_definition(body: str, house: House) -> str:
    found = _DEFINITION.match(body)
    if not found or found["np"].startswith("The ") or not house.is_subject(found["np"]):
        return ""
    parts = re.findall(r"[^\W\d_]+", found["np"])
    is_person = len(parts) == 2 and set(parts) <= house.topics.names and bool(_ROLE.search(body))
    return f"{'Who' if is_person else 'What'} is {house.lower(found['np'])}?"


def _ask_lets(body: str, house: House) -> str:
    found = _LETS.match(body)
    if not found or not house.is_subject(found["np"]):
        return ""
    who = {"you": "me", "us": "you"}.get(found["who"], found["who"])
    if found["verb"] == "helps":
        return f"How does {house.lower(found['np'])} help {who}?"
    verb = found["verb"].removesuffix("s")
    return f"What does {house.lower(found['np'])} {verb} {who} {'to do' if found['to'] else 'do'}?"


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
    if is_list or is_threat or is_half:
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


def _ask_compared(body: str, house: House) -> str:
    found = _COMPARED.match(body)
    if not found or not house.is_subject(found["np"]) or not stands_alone(f"{found['other']} x y"):
        return ""
    verb, np = found["verb"].capitalize(), house.lower(found["np"])
    return f"{verb} {np} {found['how']} than {found['other']}?"


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


def _ask_does(body: str, house: House) -> str:
    found = _DOES.match(body)
    is_told = found and len(content_stems(found["what"])) >= _FEWEST_TOLD
    if not found or not is_told or not house.is_subject(found["np"]):
        return ""
    return f"What does {house.lower(found['np'])} {THIRD[found['verb']]}?"


def _ask_subject(body: str, house: House) -> str:
    """Ask about what a sentence begins with: a known term and then a verb."""
    tokens = body.split()
    pairs = list(zip(tokens[:6], tokens[1:7], strict=False))
    end = next((i for i, (word, after) in enumerate(pairs) if i and is_finite(word, after)), 0)
    np, rest = " ".join(tokens[:end]), " ".join(tokens[end:])
    is_told = len(content_stems(rest)) > _FEWEST_TOLD
    if not end or not is_told or not re.fullmatch(r"[\w`'\u2019\-./ ]+", np):
        return ""
    opening, last = tokens[0].lower(), tokens[end - 1].lower()
    if (opening in STOPWORDS - {"a", "an", "the"}) or last in _NOT_LAST or tokens[end] in _TOLD:
        return ""
    is_term = len(content_stems(np)) > 1 or np.isupper() or "`" in np
    if not is_term or not house.is_subject(np) or np.startswith(("No ", "Some ", "Most ", "Many ")):
        return ""
    return house.fill(SUBJECT_FORMS, house.lower(np))


_RULES: tuple[tuple[str, Rule], ...] = (
    ("summary", _ask_summary),
    ("lesson", _ask_lesson),
    ("habit", _ask_habit),
    ("size", _ask_size),
    ("condition", _ask_condition),
    ("goal", _ask_goal),
    ("person", _ask_person),
    ("expansion", _ask_expansion),
    ("date", _ask_date),
    ("reason", _ask_reason),
    ("use", _ask_use),
    ("share", _ask_share),
    ("length", _ask_length),
    ("definition", _ask_definition),
    ("compared", _ask_compared),
    ("may", _ask_may),
    ("lets", _ask_lets),
    ("advice", _ask_advice),
    ("does", _ask_does),
)
