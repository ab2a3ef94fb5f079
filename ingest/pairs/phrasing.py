"""Questions that a reader might type, made by rules from a passage's heading and sentences. Pure.

Only the question is written; what answers it stays the publication's. Each question comes with the
name of the rule that made it, so that a bad rule's rows can be taken out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from assistant.records import Article, Passage
from assistant.text import STOPWORDS, content_stems, prose_sentences, words
from ingest.pairs.pick import draw, pick
from ingest.pairs.targets import drop_connective, is_whole, leans

_VERBS = (
    "add answer ask avoid build call change check choose compare compute copy count cut delete do"
    " draw drop embed evaluate export fit fuse give hash hide join keep list load log look lower"
    " make mark mask match measure merge mix move name open pad pick print promote put raise read"
    " remove render replace report rewrite roll run save score search send serve set show sort"
    " split start stem store strip swap take test time train treat tune turn use verify wait watch"
    " weigh write"
)
_IMPERATIVE = re.compile(rf"^(?P<never>Do not |Don't |Never )?(?P<do>(?:{'|'.join(_VERBS.split())})\b .+)$", re.I)
_ASKED = re.compile(r"^(?:what|why|how|when|where|who|which)\b", re.I)
_INVERTED = re.compile(
    r"^(?:(?:what|why|how|when|where|who|which)(?: \w+){0,2} )?"
    r"(?:is|are|was|were|do|does|did|can|could|should|will|would|has|have|must)\b",
    re.I,
)
_DEFINITION = re.compile(r"^(?P<what>[A-Z`][\w`' \-/]{1,45}?) (?P<verb>is|are|means) (?:an?|the) \w+")
_BECAUSE = re.compile(r"^(?P<what>[^,;:()]{15,90}?),? because \w+")
_GOAL = re.compile(r"^(?:To|In order to) (?P<do>[a-z][\w' \-]{6,60}?),")
_SUBJECT = re.compile(
    r"^(?P<np>(?:The|A|An|Every|Each|Our|Your|[A-Z`][\w`.\-]*[A-Z0-9`_])(?: [\w`'./\-]+){0,5}?)"
    r" (?P<verb>is|are|was|were|has|have|had|can|cannot|will|does|must|should|may|costs?|takes?|needs?"
    r"|reads?|gives?|keeps?|says?|means?|comes?|goes|holds?)\b"
)
_AMOUNT = re.compile(r"\d")
_NOT_A_NOUN = frozenset("i we you they it he she us them who that which what this these those".split())
_TOPIC_FORMS = (
    "What do you say about {0}?",
    "Have you written anything about {0}?",
    "What should I know about {0}?",
    "Is there anything I should know about {0}?",
    "Can you help me with {0}?",
    "I am trying to understand {0}. Where do I start?",
    "We are arguing about {0} here. What is your view?",
)
_WHY_FORMS = ("Why is it that {0}?", "Can you tell me why {0}?", "Do you know why {0}?")
_FIGURE_FORMS = ("What is the figure for {0}?", "Do you have a number for {0}?", "Any figures on {0}?")
_HOW_FORMS = ("How do I {0}?", "What is the best way to {0}?", "I want to {0}. What do you advise?")
_SHOULD_FORMS = ("Should I {0}?", "Is it a good idea to {0}?", "Do I have to {0}?")
_TELL_FORMS = ("Can you tell me {0}?", "Could you explain {0}?", "I would like to know {0}.")
_OPENERS = ("Quick question: ", "Hi, ", "One more thing: ", "Sorry if this is basic. ")
_LONGEST_QUESTION = 18  # words
_KEYWORDS = 5


@dataclass(frozen=True, slots=True)
class Asking:
    """A question with the rule that made it, and the sentence it was made from ("": a heading)."""

    question: str
    by: str
    sentence: str = ""


def phrase_questions(
    article: Article, passage: Passage, idf: Callable[[str], float], seed: int
) -> list[Asking]:
    """Return what could be asked of a passage; the same passage gives the same questions."""
    made = [*_ask_heading(article, passage, seed)]
    for sentence in prose_sentences(passage.text):
        whole = drop_connective(sentence)
        if is_whole(whole) and not leans(whole):
            made += _ask_sentence(whole, idf, seed)
    fitting = (one for one in made if _is_askable(one.question))
    return [_vary(one, passage.id, seed) for one in fitting]


def _ask_heading(article: Article, passage: Passage, seed: int) -> Iterator[Asking]:
    heading = passage.headings[-1].rstrip("?.!: ") if passage.headings else ""
    stems = content_stems(heading)
    if _INVERTED.match(heading) and len(stems) > 1:
        yield Asking(heading + "?", "template:heading")
    elif _ASKED.match(heading) and len(stems) > 1:
        yield Asking(_fill(_TELL_FORMS, seed, heading), "template:heading")
    elif found := _IMPERATIVE.match(heading):
        yield Asking(_fill(_HOW_FORMS, seed, found["do"]), "template:heading")
    elif len(stems) > 1 and "," not in heading:
        yield Asking(_fill(_TOPIC_FORMS, seed, heading), "template:heading")


def _ask_sentence(
    sentence: str, idf: Callable[[str], float], seed: int
) -> Iterator[Asking]:
    body = sentence.rstrip(".!")
    if found := _DEFINITION.match(body):
        if _is_noun_phrase(found["what"]):
            verb = "are" if found["verb"] == "are" else "is"
            yield Asking(f"What {verb} {lower_first(found['what'])}?", "template:definition", sentence)
    elif found := _GOAL.match(body):
        yield Asking(_fill(_HOW_FORMS, seed, found["do"]), "template:goal", sentence)
    elif (found := _BECAUSE.match(body)) and not leans(found["what"]):
        yield Asking(_fill(_WHY_FORMS, seed, found["what"]), "template:reason", sentence)
    elif found := _IMPERATIVE.match(body):
        plan = re.split(r"[,;:(]|\band\b|\bso\b|\bthen\b", found["do"], maxsplit=1)[0].strip()
        yield Asking(_fill(_SHOULD_FORMS, seed, plan), "template:advice", sentence)
    elif (found := _SUBJECT.match(body)) and _is_noun_phrase(found["np"]):
        forms = _FIGURE_FORMS if _AMOUNT.search(body[found.end() :]) else _TOPIC_FORMS
        yield Asking(_fill(forms, seed, found["np"]), "template:subject", sentence)
    if keywords := _keywords(body, idf):
        yield Asking(keywords, "template:keywords", sentence)


def _keywords(sentence: str, idf: Callable[[str], float]) -> str:
    """Return the rarest words in their order, as typed into a search box."""
    kept = [w for w in words(sentence) if w not in STOPWORDS and len(w) > 2 and content_stems(w)]
    worth = {word: idf(content_stems(word)[-1]) for word in kept}
    best = sorted(worth, key=lambda word: (-worth[word], word))[:_KEYWORDS]
    return " ".join(word for word in dict.fromkeys(kept) if word in best) if len(best) > 2 else ""


def _vary(one: Asking, place: str, seed: int) -> Asking:
    """Type some questions as people do: in lower case, without the mark, after a word of greeting."""
    drawn = draw(seed, "vary", place, one.question)
    if one.by.endswith("keywords") or drawn < 0.6:
        return one
    if drawn < 0.8:
        return Asking(one.question.rstrip("?.").lower(), one.by + "+plain", one.sentence)
    opener = pick(_OPENERS, seed, "opener", one.question)
    text = one.question if opener.endswith(". ") else lower_first(one.question)
    return Asking(opener + text, one.by + "+opener", one.sentence)


def _is_askable(question: str) -> bool:
    return len(content_stems(question)) > 1 and len(question.split()) <= _LONGEST_QUESTION


def _is_noun_phrase(text: str) -> bool:
    inner = set(words(text))
    return not inner & _NOT_A_NOUN and 0 < len(content_stems(text)) <= 4


def _fill(forms: tuple[str, ...], seed: int, subject: str) -> str:
    return pick(forms, seed, "form", subject).format(lower_first(subject.strip()))


def lower_first(text: str) -> str:
    """Lower the first letter unless the first word is a name, an acronym or "I"."""
    first = text.split(" ", 1)[0].rstrip(",.'")
    is_name = first == "I" or any(c.isupper() or c.isdigit() for c in first[1:])
    return text if is_name else text[:1].lower() + text[1:]
