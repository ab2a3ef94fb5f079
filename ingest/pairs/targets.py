"""Which of a passage's own sentences answer a question, and whether they can stand alone. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.gate import clean_sentence
from assistant.text import content_stems, split_units, words

_FEWEST_WORDS = 6  # in a whole target
MOST_WORDS = 75  # beyond it no further sentence is added
_CONNECTIVE = re.compile(
    r"^(?:But|So|And|Yet|However|Then|Still|Or|Also|Instead|Thus|Therefore|Nor)\b,?\s+(?=\w)"
)
# What a publication takes back, and calls to act that lead out of the text.
_ADDRESS = re.compile(
    r"\w@\w|link removed|\bhere(?=[.,;:!)]| (?:or|and|via|to|if)\b)|\b(?:check|find) out\b"
    r"|\b(?:learn|read) more\b|\breach out to us\b|\bget in touch\b|\b(?:let us|drop us|contact us"
    r"|e-?mail us|tell us|join us|sign up|apply now|stay tuned|please|congratulations)\b",
    re.IGNORECASE,
)
_CAPTION = re.compile(
    r"^(?:An?|The|This) (?:[\w-]+ ){0,2}(?:chart|diagram|drawing|figure|graph|graphic|illustration"
    r"|image|map|photo|photograph|picture|screenshot|sketch|table) (?:of|showing|that shows"
    r"|illustrating|depicting|with|from)\b",
    re.IGNORECASE,
)
# Words that point at something said before when they stand near the start of a sentence.
_POINTERS = frozenset(
    """it its they them their theirs this that these those he she his her him both neither such
    former latter here there again ours""".split()
)
_OPENING_WORDS = 4  # a pointer further in has usually met its noun
_POINTING = re.compile(
    r"^the (?:same|others?|second|third|fourth|first|rest|next|last|latter|former)\b"
    r"|\b(?:(?:above|below)\b(?! (?:\d|the|a|an|about)\b)|as above|the following"
    r"|the (?:other|first|last) (?:one|two|is)|these|those|this (?!is why|means that)\w+"
    r"|stay tuned|click here|in (?:a|the next|our next) (?:future )?post"
    r"|earlier (?:that|this) day|mentioned)\b|^(?:for (?:example|instance)|in (?:particular|fact"
    r"|other words|addition|contrast|short|the end)|similarly|additionally|furthermore|moreover"
    r"|meanwhile|finally|first(?:ly)?|second(?:ly)?|third(?:ly)?|next|lastly|likewise|otherwise"
    r"|afterwards?|nevertheless|nonetheless|consequently|overall|again|for one|on the other hand"
    r"|as a result|at the same time|after that|from there|along the way|to that end)\b"
    r"|\bhere(?:['\u2019]s| is| are)\b|\b(?:also|therefore|thus|hence)\b"
    r"|\bthe (?:second|third|fourth|fifth) \w+|\b(?:instead|too)[.!]$"
    r"|\bthat (?:is|was|leaves)\b|\b(?:before|after|behind|beside|below) (?:it|them|that)[.!]$|:$",
    re.IGNORECASE,
)
# A publication with many authors says "we"; one author's "I" would be nobody's in its mouth.
_SELF = re.compile(r"(?<![\w.])I(?:['\u2019](?:m|ve|ll|d))?(?![\w.])|\b(?:my|mine|myself)\b")
_PASSING = re.compile(
    r"\b(?:today|yesterday|tomorrow|tonight|last (?:week|month|night|year)"
    r"|this (?:week|month|morning|year|spring|summer|fall|autumn|winter)|next (?:week|month|year)"
    r"|recently|stay tuned|(?<!as )soon(?! as)|upcoming|coming (?:days|weeks|months|year)|so far"
    r"|will be \w+ing .*\bover time)\b",
    re.I,
)
_FOLLOWS = re.compile(
    r"^(?:It|They|That|This|These|Those|The|Its|Their|Each|Such|Both|Here|He|She|As a result"
    r"|Otherwise|For (?:example|instance)|Instead|So|And|But)\b"
)


def paragraphs(markdown: str) -> list[list[str]]:
    """Return the prose of a passage: the sentences of each paragraph or list item."""
    blocks: list[list[str]] = []
    for unit in split_units(markdown):
        if unit.is_prose and unit.opens:
            blocks.append([])
        if unit.is_prose and blocks:
            blocks[-1].append(unit.text)
    return blocks


def answer_around(
    markdown: str, sentence: str, most: int, most_words: int = MOST_WORDS
) -> list[str]:
    """Return a sentence with its neighbours in the paragraph, at most `most`, standing alone.

    What follows is taken first; what stands before only where the sentence leans on it. Empty
    where nothing whole is left.
    """
    for block in paragraphs(markdown):
        at = next((i for i, text in enumerate(block) if sentence in text), None)
        if at is None:
            continue
        start = at - 1 if at and leans(drop_connective(block[at])) else at
        least = at - start + 1
        # A sentence too short to be an answer takes the next one with it.
        wider = (
            trim_run(block[start : start + max(n, least)], most_words) for n in (most, most + 1)
        )
        run = next((sentences for sentences in wider if sentences), [])
        said = clean_sentence(sentence)[0]
        return run if any(said.endswith(text) or text.endswith(said) for text in run) else []
    return []


def trim_run(sentences: Sequence[str], most_words: int = MOST_WORDS) -> list[str]:
    """Return the part of a run of sentences that reads on its own, or nothing.

    Sentences are cleaned as the server cleans what it shows. Questions, fragments and lead-ins to
    a list end a run; a first sentence may lose its connective but may not lean on the one before.
    """
    kept: list[str] = []
    for sentence in (clean_sentence(text)[0] for text in sentences):
        if not kept:
            sentence = drop_connective(sentence)
        length = len(words(" ".join([*kept, sentence])))
        if kept and (not is_whole(sentence) or length > most_words or not _goes_on(sentence, kept)):
            break
        if kept or (is_whole(sentence) and not leans(sentence)):
            kept.append(sentence)
    return kept if len(words(" ".join(kept))) >= _FEWEST_WORDS else []


def leans(sentence: str) -> bool:
    """Whether a sentence points at something that stood before it."""
    opening = words(sentence)[:_OPENING_WORDS]
    return bool(_POINTERS & set(opening) or _POINTING.search(sentence))


def is_whole(sentence: str) -> bool:
    """Whether a sentence is a statement from its capital to its full stop, with no address."""
    opens = re.match(r"""["'\u2018\u201c(`*]*[A-Z0-9`]""", sentence)
    closes = re.search(r"""[.!]["'\u2019\u201d)`*]*$""", sentence)
    pairs = (("(", ")"), ("\u201c", "\u201d"), ("[", "]"))
    balanced = all(sentence.count(left) == sentence.count(right) for left, right in pairs)
    even = sentence.count("`") % 2 == 0 and sentence.count('"') % 2 == 0
    return bool(opens and closes and balanced and even and not leads_out(sentence))


def leads_out(sentence: str) -> bool:
    """Whether a sentence sends its reader elsewhere, or describes a picture that is not there."""
    return bool(_ADDRESS.search(sentence) or _CAPTION.match(sentence))


def is_personal(sentence: str) -> bool:
    """Whether one person speaks as "I", outside quotation marks."""
    return bool(_SELF.search(re.sub(r'\u201c[^\u201d]*\u201d|"[^"]*"', "", sentence)))


def is_passing(sentence: str) -> bool:
    """Whether a sentence is true only near its own day: "next month", "recently"."""
    return bool(_PASSING.search(sentence))


def _goes_on(sentence: str, said: Sequence[str]) -> bool:
    """Whether a sentence goes on with what was said: by its opening, or by a word they share."""
    shared = set(content_stems(sentence)) & set(content_stems(" ".join(said)))
    return bool(shared) or _FOLLOWS.match(sentence) is not None


def drop_connective(sentence: str) -> str:
    """Take off a leading "But" or "So,", which means nothing without the sentence before."""
    rest = _CONNECTIVE.sub("", sentence, count=1)
    return rest[:1].upper() + rest[1:] if rest != sentence else sentence


def cite(sentences: Sequence[str], number: int) -> str:
    """Return the sentences with the passage's [n] after each, as the server shows them."""
    return " ".join(f"{sentence} [{number}]" for sentence in sentences)
