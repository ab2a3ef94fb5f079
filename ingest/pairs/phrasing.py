"""Questions that a reader might type, made by rules from a passage's heading and sentences. Pure.

Only the question is written; what answers it stays the publication's. Each question comes with the
name of the rule that made it, so that a bad rule's rows can be taken out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from assistant.records import Passage
from assistant.text import STOPWORDS, content_stems, prose_sentences, words
from ingest.pairs.forms import (
    HEADING_FORMS,
    HOW_FORMS,
    IF_FORMS,
    PAIR_FORMS,
    SHOULD_FORMS,
    TELL_FORMS,
    TOPIC_FORMS,
    WHEN_FORMS,
    WHY_FORMS,
    fill,
    lower_first,
    to_reader,
    vary,
)
from ingest.pairs.targets import drop_connective, is_whole, leans
from ingest.pairs.topics import Topics

_VERBS = (
    "add answer ask avoid build call change check choose compare compute copy count cut delete do"
    " draw drop embed evaluate export fit fuse give hash hide join keep list load log look lower"
    " make mark mask match measure merge mix move name open pad pick print promote put raise read"
    " remove render replace report rewrite roll run save score search send serve set show sort"
    " split start stem store strip swap take test time train treat tune turn use verify wait watch"
    " weigh write"
)
# Verbs that take an object, as a sentence about a thing has them.
_THIRD = (
    "adds answers brings buys carries changes contains costs counts covers cuts gets gives helps"
    " holds keeps knows learns leaves loads loses makes means measures needs offers pays reads"
    " remembers says sees sends serves shows stores takes teaches tells trains uses wants writes"
)
_IRREGULAR = {"carries": "carry", "teaches": "teach"}
_FINITE = frozenset(
    f"{_THIRD} is are was were has have do does did can may must should follow follows stay stays"
    " come comes go goes asks belongs beats begins depends falls fits loses moves replaces runs"
    " starts stops turns works wins".split()
)
_IMPERATIVE = re.compile(
    rf"^(?:(?:Do not|Never) )?(?P<do>(?:{'|'.join(_VERBS.split())})\b(?! (?:is|are|of)\b).*)$", re.I
)
_BEFORE = re.compile(r"^.{8,80}? (?P<when>(?:before|after|until|whenever|when) [^,;:()]{6,50})$")
_CONDITION = re.compile(r"^(?P<when>(?:If|When|Once|Where) [^,;:()]{8,70}), ")
_OCCASION = re.compile(r"^(?:if|when)\b", re.I)
_ASKED = re.compile(r"^(?:what|why|how|when|where|who|which)\b", re.I)
_INVERTED = re.compile(
    r"^(?:(?:what|how|who|which)(?: (?!an?\b|the\b)\w+){0,2} |(?:why|when|where) )?"
    r"(?:is|are|was|were|do|does|did|can|could|should|will|would|has|have|must)\b",
    re.I,
)
_DEFINITION = re.compile(
    r"^(?P<what>[A-Z`][\w`' \-/]{1,40}?) (?P<verb>is|are|means) (?:an?|the) \w+"
)
_BECAUSE = re.compile(r"^(?P<what>[^,;:()]{15,70}?),? because \w+")
_GOAL = re.compile(r"^(?:To|In order to) (?P<do>[a-z][\w' \-]{6,60}?),")
_DOES = re.compile(
    rf"^(?P<np>[A-Z`][\w`'\-./]*(?: [\w`'\-./]+){{0,4}}?) (?P<verb>{'|'.join(_THIRD.split())})\b"
    r"(?! (?:is|are)\b)"
)
_OUTSIDE = frozenset(
    "we our ours us it its they their them this that these those he she here there".split()
)
_CLAUSE_WORDS = frozenset(
    "any one i you what which who when where why how if because so consider".split()
)

_LONGEST_QUESTION = 20  # words
_LONGEST_PLAN = 7  # words of an imperative; more is a copy
_KEYWORDS = 4
_KEYWORDS_RULE = "template:keywords"


@dataclass(frozen=True, slots=True)
class Asking:
    """A question with the rule that made it, and the sentence it was made from ("": a heading).

    `rank` puts the rules that read best first: 0 is best.
    """

    question: str
    by: str
    sentence: str = ""
    rank: int = 0

    @property
    def is_keywords(self) -> bool:
        """Whether it is no sentence but words typed into a search box."""
        return self.by == _KEYWORDS_RULE


def phrase_questions(
    passage: Passage, topics: Topics, idf: Callable[[str], float], seed: int
) -> list[Asking]:
    """Return what could be asked of a passage; the same passage gives the same questions."""
    made = [*_ask_heading(passage, seed)]
    for sentence in prose_sentences(passage.text):
        whole = drop_connective(sentence)
        if is_whole(whole) and not leans(whole):
            made += _ask_sentence(whole, topics, idf, seed)
    fitting = (one for one in made if _is_askable(one.question))
    return [_vary(one, passage.id, seed) for one in fitting]


def _ask_heading(passage: Passage, seed: int) -> Iterator[Asking]:
    heading = passage.headings[-1].rstrip("?.!: ") if passage.headings else ""
    if len(content_stems(heading)) < 2 or "," in heading or _OUTSIDE & set(words(heading)):
        return
    if _INVERTED.match(heading):
        yield Asking(f"{heading[:1]}{to_reader(heading)[1:]}?", "template:heading")
    elif _OCCASION.match(heading):
        yield Asking(fill(IF_FORMS, seed, to_reader(heading)), "template:heading")
    elif _ASKED.match(heading):
        yield Asking(fill(TELL_FORMS, seed, to_reader(heading)), "template:heading")
    elif _IMPERATIVE.match(heading) and not heading.startswith(("Do not", "Never")):
        yield Asking(fill(HOW_FORMS, seed, to_reader(heading)), "template:heading")
    elif not _FINITE & set(words(heading)):
        subject = heading.removeprefix("On ")
        yield Asking(fill(HEADING_FORMS, seed, subject), "template:heading", rank=1)


def _ask_sentence(
    sentence: str, topics: Topics, idf: Callable[[str], float], seed: int
) -> Iterator[Asking]:
    body = sentence.rstrip(".!")
    if asked := _ask_by_form(body, seed):
        question, rule, rank = asked
        yield Asking(question, f"template:{rule}", sentence, rank)
    terms = topics.find(body)[:2]
    if terms:
        forms = PAIR_FORMS if len(terms) > 1 else TOPIC_FORMS
        rank = 1 if len(terms) > 1 else 2
        yield Asking(fill(forms, seed, *terms), "template:topic", sentence, rank)
    if keywords := _keywords(body, idf):
        yield Asking(keywords, _KEYWORDS_RULE, sentence, rank=1)


def _ask_by_form(body: str, seed: int) -> tuple[str, str, int] | None:
    """Return question, rule and rank for a sentence whose grammar asks for one."""
    if (found := _CONDITION.match(body)) and _is_condition(found["when"]):
        return fill(IF_FORMS, seed, to_reader(found["when"])), "condition", 0
    if (found := _GOAL.match(body)) and _stands_alone(found["do"]):
        return fill(HOW_FORMS, seed, to_reader(found["do"])), "goal", 0
    if (found := _DEFINITION.match(body)) and _names_something(found["what"]):
        verb = "are" if found["verb"] == "are" else "is"
        return f"What {verb} {lower_first(found['what'])}?", "definition", 0
    if (found := _BECAUSE.match(body)) and _stands_alone(found["what"]):
        return fill(WHY_FORMS, seed, to_reader(found["what"])), "reason", 0
    if found := _IMPERATIVE.match(body):
        return _ask_advice(found["do"], seed)
    if (found := _DOES.match(body)) and _names_something(found["np"]):
        verb = _IRREGULAR.get(found["verb"], found["verb"].removesuffix("s"))
        return f"What does {to_reader(found['np'])} {verb}?", "does", 0
    return None


def _ask_advice(body: str, seed: int) -> tuple[str, str, int] | None:
    if (found := _BEFORE.match(body)) and _stands_alone(found["when"]):
        return fill(WHEN_FORMS, seed, to_reader(found["when"])), "occasion", 0
    plan = re.split(r"[,;:(]|\. |\b(?:and|so|then|or)\b", body, maxsplit=1)[0].strip()
    is_title = bool(_FINITE & set(words(body)[:_LONGEST_PLAN]))  # "Pick your rank is from 2024"
    if is_title or not 3 <= len(words(plan)) <= _LONGEST_PLAN or not _stands_alone(plan):
        return None
    return fill(SHOULD_FORMS, seed, to_reader(plan)), "advice", 1


def _keywords(sentence: str, idf: Callable[[str], float]) -> str:
    """Return the rarest words in their order, as typed into a search box."""
    kept = [
        word
        for word in dict.fromkeys(words(sentence))
        if word not in STOPWORDS and word[0].isalpha() and len(word) > 3 and content_stems(word)
    ]
    worth = {word: idf(content_stems(word)[-1]) for word in kept}
    best = sorted(worth, key=lambda word: (-worth[word], word))[:_KEYWORDS]
    return " ".join(word for word in kept if word in best) if len(best) > 2 else ""


def _vary(one: Asking, place: str, seed: int) -> Asking:
    if one.is_keywords:
        return one
    question, how = vary(one.question, seed, place)
    return replace(one, question=question, by=one.by + how)


def _is_askable(question: str) -> bool:
    return len(content_stems(question)) > 1 and len(question.split()) <= _LONGEST_QUESTION


def _stands_alone(text: str) -> bool:
    if _ASKED.match(text.split(" ", 1)[-1]):
        return False  # "look what it does": half a thought
    return not _OUTSIDE & set(words(text)) and len(content_stems(text)) > 1


def _is_condition(clause: str) -> bool:
    """Whether "When ..." ends before its main clause: "When it changes you stop" does not."""
    return _stands_alone(clause) and "you" not in words(clause)[2:]


def _names_something(text: str) -> bool:
    """Whether words can be a subject by themselves: a name, or two that carry meaning."""
    has_name = any(c.isupper() or c.isdigit() or c == "`" for c in text[1:])
    n_stems = len(content_stems(text))
    is_clause = bool((_OUTSIDE | _FINITE | _CLAUSE_WORDS) & set(words(text)))
    if _IMPERATIVE.match(text):
        return False
    return not is_clause and (2 <= n_stems <= 4 or (has_name and n_stems == 1))
