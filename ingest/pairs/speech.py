"""What the question rules know of English: verbs, pronouns, and what can be a subject. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from assistant.text import STOPWORDS, content_stems, words
from ingest.pairs.forms import fill, lower_first, to_house, to_reader
from ingest.pairs.topics import Topics

# Verbs that are hardly ever a noun: a heading that holds one is a plan or a clause.
_PLAIN_VERBS = (
    "adopt assign become clarify collaborate communicate connect deliver demonstrate develop"
    " embrace emphasize empower ensure engage facilitate follow foster gather get improve"
    " incorporate iterate learn leverage listen maintain minimize organize protect recognize"
    " reduce refine rely reuse seek select simplify solicit solve understand validate welcome"
)
# These open a plan as well, but further in they make a clause: "Labs provide a pause".
_LATER_VERBS = "allow enable give help include increase make need offer provide require save shed"
IMPERATIVES = (
    "add answer ask avoid build call change check choose compare compute copy count cut delete do"
    " draw drop embed evaluate export fit fuse give hash hide join keep list load log look lower"
    " make mark mask match measure merge mix move name open pad pick print promote put raise read"
    " remove render replace report rewrite roll run save score search send serve set show sort"
    " split start stem store strip swap take test time train treat tune turn use verify wait watch"
    " weigh write avoid consider create define encourage establish explain find focus identify"
    " include invite let limit plan practice prefer prepare prioritize provide publish remember"
    f" review schedule share talk think try visit {_PLAIN_VERBS}"
)
# Verbs that take an object, as a sentence about a thing has them, and their plain form.
THIRD = {
    verb: verb.removesuffix("s")
    for verb in (
        "adds brings buys changes contains costs counts covers cuts holds includes keeps"
        " learns loses measures needs provides reads removes requires returns sends stores"
        " supports trains uses writes"
    ).split()
} | {"carries": "carry", "teaches": "teach"}
_SAYING = frozenset(f"{_PLAIN_VERBS} {_LATER_VERBS}".split())
_FINITE = frozenset(
    [
        *THIRD,
        *"""is are was were has have had do does did can could may might must should would will
    gives gets offers means says sees shows serves wants works runs allows enables lets leaves pays
    follow follows stay stays come comes go goes asks belongs beats begins depends falls fits moves
    replaces starts stops turns wins gains remembers decides matters happens grows drops rises
    compares refuses expects fills names marks joins asks returns helps makes takes keeps knows
    brings
    believes thinks hopes plans feels expects became began built came found gave got grew held kept
    knew led
    left lost made met paid put ran said saw sent set spent told took went won wrote""".split(),
    ]
)
_AFTER_A_VERB = frozenset(
    "a an the its no only every each two three all both your our up out".split()
)
_OUTSIDE = frozenset(
    """it its they their them theirs this that these those he she his her him here there one ones
    above below following same other another such both former latter""".split()
)
_HOUSE = frozenset("we our ours us".split())
_SELF = frozenset("i me my mine myself".split())
_CLAUSE_WORDS = frozenset(
    """any one i you what which who when where why how if because so consider but and or not also
    just being becoming having""".split()
)
_FEWEST_SAYING = 2  # sentences of a passage that name what it is about
_SHORT_WORD = 3  # letters; "of" and "the" tell nothing of a title's capitals
_MIN_FUNCTION_WORDS = 0.2  # of English prose; 0.35 to 0.5 is common
_ANYTHING = frozenset("anything something everything nothing someone anyone everybody".split())
_POINTING_ADJECTIVE = re.compile(
    r"^(?:(?:the|an?) )?(?:above|actual|associated|aforementioned|corresponding|current|entire"
    r"|final|initial|latest|original|overall|particular|present|previous|relevant|remaining|resulting"
    r"|respective|specific|whole|\w+ed|good|great|simple|wonderful|talented|personal|core|key"
    r"|major|important|single|main|number of|lot of|couple of|few|handful of|variety of|set of"
    r"|person|man|woman) ",
    re.I,
)
_QUESTION_WORD = re.compile(r"^(?:what|why|how|when|where|who|which)\b", re.I)
_IMPERATIVE = re.compile(
    rf"^(?:(?:Do not|Don['\u2019]t|Never) )?"
    rf"(?P<do>(?:{'|'.join(IMPERATIVES.split())})\b(?! (?:is|are|of|for|source|\w+ing)\b).*)$",
    re.I,
)


@dataclass(frozen=True, slots=True)
class House:
    """What the rules know of one archive, with the seed of their choices."""

    topics: Topics
    seed: int
    place: frozenset[str] = frozenset()  # the stems of the title and headings above a passage
    title: str = ""  # of the passage's article
    told: tuple[frozenset[str], ...] = ()  # the stems of each sentence of the passage
    openings: tuple[str, ...] = ()  # the first sentence of each of its paragraphs

    def fill(self, forms: tuple[str, ...], *subjects: str) -> str:
        """Put subjects into one of the forms."""
        return fill(forms, self.seed, *subjects)

    def lower(self, text: str) -> str:
        """Lower the first letter unless it is a name's: "Information Seeking Style" is one."""
        first, *rest = text.split()
        told = [word for word in rest if len(word) > _SHORT_WORD]
        is_titled = told and all(word[0].isupper() for word in told)
        is_name = is_titled and not first.endswith("ing") and first.lower() not in STOPWORDS
        return text if is_name else lower_first(text, self.topics.names)

    def is_about(self, text: str) -> bool:
        """Whether a passage is about what a sentence begins with.

        So it is where a paragraph begins with it, its heading names it, or several sentences do.
        """
        stems = frozenset(content_stems(text))
        n_saying = sum(stems <= said for said in self.told)
        opens = any(opening.startswith(text) for opening in self.openings)
        if len(stems) == 1:  # a product named in passing, or in every article, is no subject
            return stems <= self.place and self.topics.names_rarely(text)
        if text.startswith("The "):
            return stems <= self.place
        return opens or stems <= self.place or n_saying >= _FEWEST_SAYING

    def from_reader(self, text: str) -> str:
        """Turn a text that says "you" to its reader into the reader's own words."""
        return to_reader(text, self.topics.names)

    def to_desk(self, text: str) -> str:
        """Turn a text in which the publication says "we" into a reader's "you"."""
        return to_house(text, self.topics.names)

    def is_subject(self, text: str) -> bool:
        """Whether words can be asked about by themselves: a name, or a term of the archive."""
        said = pronouns_of(text)
        if said & (
            _OUTSIDE | _HOUSE | _FINITE | _CLAUSE_WORDS | _SELF | _SAYING
        ) or find_imperative(text):
            return False
        is_gerund = words(text)[0].endswith("ing")
        n_stems = len(content_stems(text))
        stems = set(content_stems(text))
        if _POINTING_ADJECTIVE.match(text):
            return False
        is_generic = re.match(r"An? (?!\w*(?:further|third|second|new|certain|small)\b)", text)
        least = 1 if is_generic and n_stems > 1 else max(2, len(stems) / 2)
        is_known = self.topics.knows(text) or len(stems & self.place) >= least
        return 1 <= n_stems <= 4 and not is_gerund and is_known


def pronouns_of(text: str) -> set[str]:
    """Return the words of a text, contractions cut to what stands before the apostrophe."""
    return {word.split("'")[0] for word in words(text)}


def is_english(text: str) -> bool:
    """Whether function words stand in a text as often as in English prose."""
    said = words(text)
    return sum(word in STOPWORDS for word in said) >= _MIN_FUNCTION_WORDS * len(said)


def is_finite(word: str, following: str = "") -> bool:
    """Whether a word is a verb that makes a clause; unknown ones are told by what follows them."""
    looks_so = re.fullmatch(r"[a-z]{2,}[^s\W]s", word) and (
        following.lower() in _AFTER_A_VERB or following[:1].isdigit()
    )
    return word.lower() in _FINITE or bool(looks_so)


def has_finite(text: str) -> bool:
    """Whether a text holds such a verb."""
    return bool(_FINITE & set(words(text)) or re.search(r"n['\u2019]t\b", text))


def is_clause(heading: str) -> bool:
    """Whether a heading says a sentence: "Labs provide a pause", "We share screens"."""
    opening, *rest = words(heading)
    speaks = {"we", "you", "i"} & {opening, *rest} or _SAYING & set(rest)
    return opening.endswith("ly") or bool(speaks) or has_finite(heading)


def stands_alone(text: str, *, house: bool = False) -> bool:
    """Whether a clause means the same out of its place; `house` allows "we" and "our"."""
    if _QUESTION_WORD.match(text.split(" ", 1)[-1]):
        return False  # "look what it does": half a thought
    outside = _OUTSIDE | _SELF | (frozenset() if house else _HOUSE)
    telling = [word for word in words(text) if word not in _ANYTHING]
    return not outside & pronouns_of(text) and len(content_stems(" ".join(telling))) > 1


def find_imperative(text: str) -> re.Match[str] | None:
    """Return the match of a sentence that tells its reader to do something; `do` is what."""
    return _IMPERATIVE.match(text)
