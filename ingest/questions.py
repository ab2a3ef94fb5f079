"""The archive's own questions, made by templates from headings, definitions and claims.

They fit fusion and decision, and seed the pairs. No model writes them, so a question never says
more than the article. Deterministic: the same passage gives the same questions.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice

from assistant.records import Article, OwnQuestion, Passage
from assistant.text import content_stems, prose_sentences

_PER_PASSAGE = 2
_ASKED = re.compile(
    r"^(?:what|why|how|when|where|who|which|is|are|do|does|can|should|will)\b", re.I
)
_DEFINITION = re.compile(
    r"^(?:An? |The )?(?P<what>[A-Za-z][\w \-/]{2,40}?) (?P<verb>is|are|means) (?:an?|the) \w+"
)
_REASON = re.compile(r"\b(?:because|the reason|which is why|that is why)\b", re.I)
_STEPS = re.compile(r"^(?:To|In order to) (?P<goal>[a-z][\w \-]{6,60}?),")
_AMOUNT = re.compile(
    r"\b\d[\d,.]*\s*(?:%|percent|tokens?|MB|GB|bytes|rows|hours?|minutes|days|years)"
)
_HEADING_FORMS = (
    "What have you written about {0}?",
    "What should I know about {0}?",
    "Can you explain {0}?",
    "Tell me about {0}.",
    "I keep reading about {0}. What do you make of it?",
    "How does {0} work?",
)
_REASON_FORMS = ("Why {0}?", "What is the reason for {0}?", "Can you say why {0}?")
_AMOUNT_FORMS = (
    "What is the figure for {0}?",
    "Can you put a number on {0}?",
    "How much is it for {0}?",
)
_CLAIM_FORMS = ("What do you say about {0}?", "What is your view on {0}?", "What about {0}?")


def write_questions(
    articles: Iterable[tuple[Article, Sequence[Passage]]],
) -> Iterator[OwnQuestion]:
    """Yield the questions of every article, at most two a passage."""
    for article, passages in articles:
        asked: set[str] = set()
        for passage in passages:
            made = chain(_from_heading(article, passage), _from_sentences(passage))
            for number, (question, masked) in enumerate(islice(made, _PER_PASSAGE)):
                if question.lower() in asked:
                    continue
                asked.add(question.lower())
                yield OwnQuestion(
                    id=f"{passage.id}-q{number}",
                    question=question,
                    passage_id=passage.id,
                    article_id=article.id,
                    masked=masked,
                )


def _from_heading(article: Article, passage: Passage) -> Iterator[tuple[str, str]]:
    heading = passage.headings[-1] if passage.headings else ""
    if len(content_stems(heading)) < 2:
        return
    if _ASKED.match(heading):
        yield heading.rstrip("?.! ") + "?", heading
    else:
        subject = f"{_lower_first(heading)} in {_lower_first(article.title)}"
        if len(content_stems(heading)) > 2:
            subject = _lower_first(heading)
        yield _pick(_HEADING_FORMS, passage.id).format(subject.rstrip(".!?")), heading


def _from_sentences(passage: Passage) -> Iterator[tuple[str, str]]:
    for sentence in prose_sentences(passage.text):
        if found := _DEFINITION.match(sentence):
            verb = "are" if found["verb"] == "are" else "is"
            yield f"What {verb} {_lower_first(found['what'])}?", ""
        elif found := _STEPS.match(sentence):
            yield f"How do I {found['goal']}?", ""
        elif subject := _subject_of(sentence):
            forms: Sequence[str] = _CLAIM_FORMS
            if _REASON.search(sentence):
                forms = _REASON_FORMS[1:2]
            elif _AMOUNT.search(sentence):
                forms = _AMOUNT_FORMS
            yield _pick(forms, sentence).format(subject), ""


def _subject_of(sentence: str) -> str:
    """Return the run of words before the sentence's first verb-like turn, if it says enough."""
    head = re.split(
        r"\b(?:is|are|was|were|has|have|had|can|will|does|do|did|must|should|because|which|that)\b|[,;:(]",
        sentence,
        maxsplit=1,
    )[0].strip()
    if 2 <= len(content_stems(head)) <= 6:
        return _lower_first(head.rstrip(".!? "))
    return ""


def _pick(forms: Sequence[str], seed: str) -> str:
    return forms[int(hashlib.sha256(seed.encode()).hexdigest()[:8], 16) % len(forms)]


def _lower_first(text: str) -> str:
    first = text.split(" ", 1)[0]
    is_name = any(c.isupper() or c.isdigit() for c in first[1:])
    return text if is_name else text[:1].lower() + text[1:]
