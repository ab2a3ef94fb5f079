"""What a reader wants from the catalogue: a list of articles, the newest, a way in, a count.

Reads a whole message by tight forms, since a question about a subject must stay one: "what is the
latest version of X" is none of these. Pure, English only.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum


class Wish(StrEnum):
    """What is asked of the catalogue."""

    LATEST = "latest"
    LIST = "list"
    PATH = "path"
    COUNT = "count"


@dataclass(frozen=True, slots=True)
class Request:
    """A wish and what narrows it down; `first` and `last` are ISO days, both within.

    `month` (1-12) is one without a year: the last in which there is an article. `must_match`:
    without an article that fits, this was no question for the catalogue.
    """

    wish: Wish
    topic: str = ""
    author: str = ""
    when: str = ""
    first: str = ""
    last: str = ""
    month: int = 0
    must_match: bool = False


MONTHS = """January February March April May June July August September October November
December""".split()
_MONTH = "|".join(MONTHS)
_NOUN = r"(?:articles?|posts?|pieces|essays?|stories|write-?ups?)"
_WROTE = r"(?:written|published|printed|posted|put out|wrote|publish|print|post|write)"
_BEFORE = re.compile(
    r"^(?:(?:hi|hello|hey|please|thanks|so|ok|okay|and)[,!. ]+)*(?:(?:can|could|would|will) you"
    r" (?:please )?(?=show|list|give|name|find)|i(?:'d| would) like (?:to (?:see|read) )?|i want"
    r" (?:to (?:see|read) )?)?",
    re.IGNORECASE,
)
_AFTER = re.compile(
    r"(?:[\s,]*(?:please|thanks|thank you|so far|at all|yet|then|exactly|in total))*[\s?.!]*$",
    re.IGNORECASE,
)
_ABOUT = re.compile(
    r"^(?:on|about|regarding|covering|concerning|tagged(?: as| with)?|filed under) (.+)$",
    re.IGNORECASE,
)
_BY = re.compile(r"(?:^|\s)(?:written |published )?by (?P<author>.+)$", re.IGNORECASE)
_BY_FIRST = re.compile(r"^by (?P<author>.+?) (?P<rest>(?:on|about) .+)$", re.IGNORECASE)
_WHEN = re.compile(
    rf"(?:^|\s)(?:(?:published|written|printed|posted) )?(?:(?P<how>in|from|during|since|before"
    rf"|after|of) )?(?:(?P<ago>(?:last|this|the last|the past|past) (?:month|year))"
    rf"|(?P<month>{_MONTH})(?: (?:of )?(?P<of>\d{{4}}))?|(?P<year>(?:19|20)\d\d)"
    r"|(?P<lately>lately|recently))$",
    re.IGNORECASE,
)
# A subject is a few words and no clause.
_CLAUSE = re.compile(
    r"[,;:?!]|\b(?:is|are|was|were|do|does|did|can|should|would|will|if|when|why|how|because|that"
    r"|which|who|i|we|you)\b",
    re.IGNORECASE,
)
_TOPIC_WORDS = 6
# Each form eats the head of the message; what is left must narrow it down, and no more.
_FORMS: tuple[tuple[Wish, str], ...] = (
    (
        Wish.COUNT,
        rf"how many {_NOUN}(?P<noun> (?:do you have|have you(?: got| {_WROTE})?|did you {_WROTE}"
        r"|are there))?",
    ),
    (
        Wish.LATEST,
        r"(?:what(?:'s| is| are) |which (?:is|are) |show me |give me |list |read )?(?:the |your )?"
        rf"(?:latest|newest|most recent)(?P<noun> {_NOUN})?",
    ),
    (Wish.LATEST, r"what(?:'s| is) new(?P<noun>$|(?= (?:on|about) ))"),
    (Wish.LATEST, rf"what have you {_WROTE} (?=lately|recently)(?P<noun>)"),
    (
        Wish.PATH,
        r"where (?:should|do|can|could|would|must) (?:i|we|one|a beginner|someone new|somebody new)"
        r"(?: best)? (?:start|begin)(?: reading)?(?: (?:with|if i (?:want|would like) to (?:learn"
        r"|read|know)(?: more)?(?= about)|to (?:learn|read)(?: more)?(?= about)|learning"
        r"(?= about)|reading(?= about)))?",
    ),
    (
        Wish.PATH,
        rf"(?:what|which(?: of your)?(?: {_NOUN})?) should i read (?:first|to start|to begin)",
    ),
    (Wish.PATH, r"(?:(?:give me|is there|do you have) )?(?:a |the )?reading (?:list|order|path)"),
    (Wish.LIST, rf"what(?: else)? (?:have|has|did) you(?: got| {_WROTE})?(?: already)?"),
    (Wish.LIST, r"what(?: else)? do you have"),
    (
        Wish.LIST,
        rf"(?:have|did) you (?:ever )?{_WROTE}(?: (?:any|some))?(?: (?:{_NOUN}|anything))?",
    ),
    (Wish.LIST, rf"(?:do|have) you (?:have|got)?\s*(?:any |some )?(?:{_NOUN}|anything)"),
    (Wish.LIST, rf"(?:is|are) there (?:any |some )?(?:{_NOUN}|anything)"),
    (
        Wish.LIST,
        r"(?:show me |give me |list |find (?:me )?)?(?:everything|anything|all (?=you"
        rf"|(?:of )?(?:the |your )?{_NOUN})|every (?={_NOUN}))(?:(?:of )?(?:the |your )?{_NOUN})?"
        r"(?: that)?"
        rf"(?: ?you(?:'ve| have)?(?: got| {_WROTE})?)?",
    ),
    (Wish.LIST, rf"(?:list|show(?: me)?|give me|name|find(?: me)?)(?: all)?(?: of)?(?: the| your)?"
                rf" {_NOUN}(?P<bare>)"),
    (Wish.LIST, rf"(?:any |your |the )?{_NOUN}"),
    (
        Wish.LIST,
        rf"(?:which|what)(?: of)?(?: your| the)? {_NOUN} (?:do you have|have you(?: got| {_WROTE})"
        rf"|did you {_WROTE}|are there|are|is)",
    ),
    (
        Wish.LIST,
        rf"(?:which|what)(?: of)?(?: your| the)? {_NOUN} (?:cover|covers|deal with|deals with"
        r"|discuss|mention|mentions|treat)(?P<direct>)",
    ),
)  # fmt: skip
_HEADS = tuple((wish, re.compile(rf"^{form}", re.IGNORECASE)) for wish, form in _FORMS)
_AUTHOR_FIRST = re.compile(
    rf"^what(?: else)? (?:has|have|did) (?P<author>(?!you\b).+?) {_WROTE}(?P<rest>.*)$",
    re.IGNORECASE,
)
_SERIES = re.compile(
    r"^(?:what(?:'s| is| are) (?:in|the parts of|the order of)|(?:which|what) (?:parts|articles)"
    r" (?:are|belong|does|has)(?: there)?(?: in| to)?|list|show me|give me|where (?:do|should) i"
    r" (?:start|begin)(?: with)?)(?: all(?: of)?| the rest of)?(?: the parts of)? (?:the|your)"
    r" (?:series (?:on |called )?[\"\u201c]?(?P<after>[^?\"\u201d]+?)"
    r"|[\"\u201c]?(?P<before>[^?\"\u201d]+?)[\"\u201d]? series)(?: have)?[\"\u201d]?$",
    re.IGNORECASE,
)


def read_request(question: str, today: date) -> Request | None:
    """Return what a whole message asks of the catalogue; None for any other question."""
    asked = _AFTER.sub("", _BEFORE.sub("", question.strip().replace("\u2019", "'")))
    if match := _SERIES.match(asked):
        return Request(Wish.PATH, topic=match["after"] or match["before"], must_match=True)
    if match := _AUTHOR_FIRST.match(asked):
        if request := _narrow(Wish.LIST, match["rest"].strip(), today):
            return replace(request, author=match["author"], must_match=True)
    for wish, head in _HEADS:
        if match := head.match(asked):
            if request := _read_rest(wish, match, asked[match.end() :], today):
                return request
    return None


def _read_rest(wish: Wish, match: re.Match[str], rest: str, today: date) -> Request | None:
    if rest and not rest.startswith(" "):
        return None
    groups = match.groupdict()
    is_direct = "direct" in groups
    request = _narrow(wish, f"about{rest}" if is_direct else rest.strip(), today)
    if request is None and match.group().lower().endswith(" with"):
        request = _narrow(wish, f"about{rest}", today)
    if request is None:
        return None
    is_bare = not (request.topic or request.author or request.when)
    may_be_bare = groups.get("noun") is not None or "bare" in groups
    if is_bare and not may_be_bare:
        return None
    return replace(request, must_match=wish is Wish.PATH)


def _narrow(wish: Wish, rest: str, today: date) -> Request | None:
    """Read "on X by Y in October": each at most once, and nothing else."""
    request = Request(wish)
    if match := _WHEN.search(rest):
        request = _with_time(request, match, today)
        rest = rest[: match.start()].strip()
    if match := _BY_FIRST.match(rest):
        request, rest = replace(request, author=match["author"]), match["rest"]
    elif match := _BY.search(rest):
        request, rest = replace(request, author=match["author"]), rest[: match.start()].strip()
    if rest:
        about = _ABOUT.match(rest)
        if about is None:
            return None
        topic = re.sub(r"^the (?:subject|topic) of ", "", about[1].strip(), flags=re.IGNORECASE)
        request = replace(request, topic=topic)
    for part in (request.topic, request.author):
        if _CLAUSE.search(part) or len(part.split()) > _TOPIC_WORDS:
            return None
    return request


def _with_time(request: Request, match: re.Match[str], today: date) -> Request:
    how = (match["how"] or "in").lower()
    if match["lately"]:
        return request
    if match["month"] and not match["of"]:
        month = [name.lower() for name in MONTHS].index(match["month"].lower()) + 1
        if how in ("in", "from", "during", "of"):
            return replace(request, month=month, when=f"in {MONTHS[month - 1]}")
        first = f"{today.year - (month > today.month)}-{month:02}"
    else:
        first = _first_of(match, today)
    name = name_period(first)
    if how == "since":
        return replace(request, when=f"since {name}", first=first)
    if how == "before":
        return replace(request, when=f"before {name}", last=first)
    if how == "after":
        return replace(request, when=f"after {name}", first=f"{first}~")
    return replace(request, when=f"in {name}", first=first, last=f"{first}~")


def _first_of(match: re.Match[str], today: date) -> str:
    """Return the year or the month that is meant, as "2025" or "2025-10"."""
    if match["year"]:
        return str(match["year"])
    if match["month"]:
        month = [name.lower() for name in MONTHS].index(match["month"].lower()) + 1
        return f"{match['of']}-{month:02}"
    is_past = not match["ago"].lower().startswith("this")
    if match["ago"].lower().endswith("year"):
        return str(today.year - is_past)
    months = today.year * 12 + today.month - 1 - is_past
    return f"{months // 12}-{months % 12 + 1:02}"


def name_period(first: str) -> str:
    """Return "2025-10" as October 2025, and a year as it is."""
    year, _, month = first.partition("-")
    return f"{MONTHS[int(month) - 1]} {year}" if month else year
