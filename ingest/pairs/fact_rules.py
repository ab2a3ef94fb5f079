"""Questions about a thing that a sentence states something of: what, who, when, how big. Pure.

Like sentence_rules.py, whose list these rules stand in: unsure means no question.
"""

from __future__ import annotations

import re

from assistant.text import STOPWORDS, content_stems
from ingest.pairs.forms import (
    SUBJECT_FORMS,
)
from ingest.pairs.speech import (
    THIRD,
    House,
    is_finite,
    stands_alone,
)

_ELSEWHERE = re.compile(r"\bit\b(?: in| for| as|[,;]|$)")  # "have really taken to it"
_NP = r"(?P<np>[A-Z`][\w`'\u2019\-./]*(?: [\w`'\u2019\-./]+){0,5}?)"
_DEFINITION = re.compile(rf"^{_NP} (?P<verb>is an?|means) (?P<what>.{{15,}})$")
_DOES = re.compile(
    rf"^{_NP} (?P<verb>{'|'.join(THIRD)}) (?P<what>(?!is\b|are\b|and\b|or\b).{{12,}})$"
)
_LETS = re.compile(
    rf"^{_NP} (?P<verb>lets|allows|enables|helps) (?P<who>you|us|users|people|agencies|teams|anyone"
    r"|editors|readers|developers|designers|engineers) (?P<to>to )?(?P<what>[a-z].{12,})$"
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
    r" \((?P<abbr>[A-Z][A-Za-z&]*[A-Z])\) (?P<what>(?!that\b|which\b|who\b)[a-z]\w+ .{15,})$"
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
_NOT_LAST = frozenset("still then now just really simply often never always".split())
_TOLD = frozenset("had did was were became began came found".split())  # a story, not a statement
_FEWEST_TOLD = 4  # content words that a sentence says of its subject


def ask_person(body: str, house: House) -> str:
    """Ask who somebody is, whose role the sentence names."""
    found = _PERSON.match(body)
    if not found:
        return ""
    is_name = all(part in house.topics.names for part in re.findall(r"[^\W\d_]+", found["name"]))
    opens = found["name"].split()[0].lower()
    return f"Who is {found['name']}?" if is_name and opens not in _NOT_A_PERSON else ""


def ask_expansion(body: str, _: House) -> str:
    """Ask what the letters of a name stand for."""
    found = _EXPANSION.match(body)
    if not found:
        return ""
    initials = "".join(word[0] for word in found["full"].split()).upper()
    capitals = [c for c in found["abbr"] if c.isupper()]
    is_short_for = all(c in initials for c in capitals) and initials[0] == capitals[0]
    return f"What does {found['abbr']} stand for?" if is_short_for else ""


def ask_date(body: str, house: House) -> str:
    """Ask when something was done."""
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


def ask_share(body: str, _: House) -> str:
    """Ask what share of something does a thing."""
    found = _SHARE.match(body)
    if not found or not stands_alone(f"{found['np']} {found['what']}"):
        return ""
    return f"What share of {found['np']} {found['verb']} {found['what']}?"


def ask_size(body: str, house: House) -> str:
    """Ask how big something is."""
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


def ask_length(body: str, house: House) -> str:
    """Ask how long something takes."""
    found = _LASTS.match(body)
    if not found or not house.is_subject(found["np"]):
        return ""
    verb = "take" if found["verb"] == "takes" else "last"
    return f"How long does {house.lower(found['np'])} {verb}?"


def ask_definition(body: str, house: House) -> str:
    """Ask what something is."""
    found = _DEFINITION.match(body)
    if not found or found["np"].startswith("The ") or not house.is_subject(found["np"]):
        return ""
    if re.search(r"\b(?:choice|idea|matter|question|start|thing)$", found["what"]):
        return ""  # "a pretty straightforward idea" says nothing of it
    # "Smaller contracts means ..." explains a consequence, not a thing.
    if found["verb"] == "means" and re.search(r"[^s]s$|er \w+$", found["np"]):
        return ""
    parts = re.findall(r"[^\W\d_]+", found["np"])
    is_person = len(parts) == 2 and set(parts) <= house.topics.names and bool(_ROLE.search(body))
    return f"{'Who' if is_person else 'What'} is {house.lower(found['np'])}?"


def ask_lets(body: str, house: House) -> str:
    """Ask what something lets people do."""
    found = _LETS.match(body)
    if not found or not house.is_subject(found["np"]):
        return ""
    who = {"you": "me", "us": "you"}.get(found["who"], found["who"])
    if found["verb"] == "helps":
        return f"How does {house.lower(found['np'])} help {who}?"
    verb = found["verb"].removesuffix("s")
    return f"What does {house.lower(found['np'])} {verb} {who} {'to do' if found['to'] else 'do'}?"


def ask_compared(body: str, house: House) -> str:
    """Ask whether one thing is more than another."""
    found = _COMPARED.match(body)
    if not found or not house.is_subject(found["np"]) or not stands_alone(f"{found['other']} x y"):
        return ""
    verb, np = found["verb"].capitalize(), house.lower(found["np"])
    return f"{verb} {np} {found['how']} than {found['other']}?"


def ask_does(body: str, house: House) -> str:
    """Ask what something does."""
    found = _DOES.match(body)
    is_told = found and len(content_stems(found["what"])) >= _FEWEST_TOLD
    if not found or not is_told or not house.is_subject(found["np"]):
        return ""
    if not house.is_about(found["np"]) and not house.topics.knows_name(found["np"]):
        return ""
    return f"What does {house.lower(found['np'])} {THIRD[found['verb']]}?"


def ask_subject(body: str, house: House) -> str:
    """Ask about what a sentence begins with: a known term and then a verb."""
    tokens = body.split()
    pairs = list(zip(tokens[:6], tokens[1:7], strict=False))
    end = next((i for i, (word, after) in enumerate(pairs) if i and is_finite(word, after)), 0)
    np, rest = " ".join(tokens[:end]), " ".join(tokens[end:])
    is_told = len(content_stems(rest)) > _FEWEST_TOLD and not _ELSEWHERE.search(rest)
    if not end or not is_told or not re.fullmatch(r"[\w`'\u2019\-./ ]+", np):
        return ""
    opening, last = tokens[0].lower(), tokens[end - 1].lower()
    if (opening in STOPWORDS - {"a", "an", "the"}) or last in _NOT_LAST or tokens[end] in _TOLD:
        return ""
    is_term = len(content_stems(np)) > 1 or np.isupper() or "`" in np
    is_named = len(content_stems(np)) > 1 and house.topics.names_rarely(np)
    if not is_term or last.endswith("ly") or not (is_named or house.is_about(np)):
        return ""
    if not house.is_subject(np) or np.startswith(("No ", "Some ", "Most ", "Many ")):
        return ""
    return house.fill(SUBJECT_FORMS, house.lower(np))
