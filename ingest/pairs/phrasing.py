"""Questions that a reader might type, made by rules from a passage's heading and sentences. Pure.

Only the question is written; what answers it stays the publication's. Each question comes with the
name of the rule that made it, so that a bad rule's rows can be taken out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from assistant.records import Passage
from assistant.text import content_stems, prose_sentences, words
from ingest.pairs.forms import HEADING_FORMS, HOW_FORMS, IF_FORMS, TELL_FORMS, vary
from ingest.pairs.sentence_rules import ask_by_rules
from ingest.pairs.speech import (
    House,
    find_imperative,
    has_finite,
    is_clause,
    is_english,
    stands_alone,
)
from ingest.pairs.targets import drop_connective, is_whole, leans, paragraphs
from ingest.pairs.tongues import HEADINGS_IN

_OCCASION = re.compile(r"^(?:if|when)\b", re.I)
_ASKED = re.compile(r"^(?:what|why|how|when|where|who|which)\b", re.I)
_INVERTED = re.compile(
    r"^(?:what|who|how|where)['\u2019](?:s|re)\b"
    r"|^(?:(?:what|how|who|which)(?: (?!an?\b|the\b)\w+){0,2} |(?:why|when|where) )?"
    r"(?:is|are|was|were|do|does|did|can|could|should|will|would|has|have|must|might|may)\b",
    re.I,
)
# A question put to somebody else, in an interview: "How were you feeling?"
_TO_A_GUEST = re.compile(r"\b(?:are|were|was|did|have|had|would|will|could) you\b|\byour\b", re.I)
_NO_SUBJECT = frozenset(
    """conclusion introduction summary overview background results resources next steps step part
    note notes update updates more learn read about us contact faq example examples
    monday""".split()
)
_NO_OBJECT = re.compile(r"(?:ly|\b(?:back|out|up|down|on|off|in|ahead|forward|together))$")
_LONGEST_QUESTION = 22  # words
_FEWEST_LETTERS = 3  # of a stem that says something


@dataclass(frozen=True, slots=True)
class Asking:
    """A question with the rule that made it, and the sentence it was made from ("": a heading).

    `rank` puts the rules that read best first: 0 is best.
    """

    question: str
    by: str
    sentence: str = ""
    rank: int = 0


def phrase_questions(
    passage: Passage, house: House, language: str = "en", title: str = ""
) -> list[Asking]:
    """Return what could be asked of a passage; the same passage gives the same questions."""
    place = " ".join([title, *passage.headings])
    told = tuple(frozenset(content_stems(text)) for text in prose_sentences(passage.text))
    openings = tuple(block[0] for block in paragraphs(passage.text))
    stems = frozenset(content_stems(place))
    house = replace(house, place=stems, title=title, told=told, openings=openings)
    if language.startswith("en") and not is_english(passage.text):
        return []  # a quotation or a list in another language
    if not language.startswith("en"):
        return list(_ask_in(language[:2], passage, house))
    made = [*_ask_heading(passage, house)]
    for sentence in prose_sentences(passage.text):
        whole = drop_connective(sentence)
        if is_whole(whole) and not leans(whole):
            made += [
                Asking(question, f"template:{rule}", whole, rank)
                for question, rule, rank in ask_by_rules(whole, house)
            ]
    return [_vary(one, passage.id, house.seed) for one in made if _is_askable(one.question)]


def _ask_heading(passage: Passage, house: House) -> Iterator[Asking]:
    heading = passage.headings[-1].rstrip("?.!: ") if passage.headings else ""
    is_question = bool(_INVERTED.match(heading))
    if len(content_stems(heading)) < 2 or re.search(r"[,:()]|^\d|[.?!]\s", heading):
        return
    if not stands_alone(heading, house=True) or _TO_A_GUEST.search(heading) and is_question:
        return
    if is_question:
        swapped = house.to_desk(heading)
        yield Asking(f"{swapped[:1].upper()}{swapped[1:]}?", "template:heading")
    elif question := _ask_clause(heading, house):
        yield Asking(question, "template:heading")
    elif _ASKED.match(heading) or _OCCASION.match(heading) or find_imperative(heading):
        return
    elif not is_clause(heading) and not set(words(heading)) & _NO_SUBJECT:
        subject = house.lower(heading.removeprefix("On "))
        is_gerund = words(subject)[0].endswith("ing")
        has_object = is_gerund and not _NO_OBJECT.search(subject)
        if has_object or house.topics.knows(subject) or len(content_stems(subject)) > 2:
            yield Asking(house.fill(HEADING_FORMS, subject), "template:heading", rank=1)


def _ask_clause(heading: str, house: House) -> str:
    """Return the question of a heading that is a clause or a plan, or ""."""
    if _OCCASION.match(heading) and has_finite(heading):
        return house.fill(IF_FORMS, house.from_reader(heading))
    if re.match(r"how to ", heading, re.I):
        return house.fill(HOW_FORMS, house.from_reader(heading[7:]))
    if _ASKED.match(heading) and has_finite(heading):
        return house.fill(TELL_FORMS, house.to_desk(heading))
    is_plan = find_imperative(heading) and not heading.startswith(("Do not", "Don", "Never"))
    if is_plan and len(words(heading)) > 2 and not has_finite(heading):
        return house.fill(HOW_FORMS, house.from_reader(heading))
    return ""


def _ask_in(language: str, passage: Passage, house: House) -> Iterator[Asking]:
    """Ask by the heading alone where the rules of English do not hold."""
    heading = passage.headings[-1].strip() if passage.headings else ""
    if len(words(heading)) < 2:
        return
    if heading.endswith("?"):
        yield Asking(heading, "template:heading")
    elif language in HEADINGS_IN:
        yield Asking(house.fill(HEADINGS_IN[language], heading), "template:heading", rank=1)


def _vary(one: Asking, place: str, seed: int) -> Asking:
    question, how = vary(one.question, seed, place)
    return replace(one, question=question, by=one.by + how)


def _is_askable(question: str) -> bool:
    is_long_enough = sum(len(stem) >= _FEWEST_LETTERS for stem in content_stems(question)) > 1
    names_something = is_long_enough or any(word.isupper() for word in question.split())
    return names_something and len(question.split()) <= _LONGEST_QUESTION
