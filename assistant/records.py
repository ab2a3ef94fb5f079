"""The records that cross a boundary between modules, stages and files.

Frozen and slotted; parsed once at the edge, trusted inside. Dates are ISO strings (YYYY-MM-DD).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal


@dataclass(frozen=True, slots=True)
class Heading:
    """One heading of an article: level 1-6, its text, and the anchor a link can point at."""

    level: int
    text: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Article:
    """One published piece. `body` is Markdown; `file` is the path within its source."""

    id: str
    title: str
    body: str
    file: str = ""
    url: str = ""
    aliases: tuple[str, ...] = ()
    subtitle: str = ""
    authors: tuple[str, ...] = ()
    published: str = ""
    updated: str = ""
    tags: tuple[str, ...] = ()
    series: str = ""
    language: str = "en"
    headings: tuple[Heading, ...] = ()
    voice: bool = True  # False: indexed and cited, but never a target that teaches the voice
    superseded_by: str = ""  # article id of the newer piece on the same subject
    sources: tuple[str, ...] = ()  # names of those that have it, the one that gave the body first

    @property
    def date(self) -> str:
        """The date a reader should judge the article by: updated, else published."""
        return self.updated or self.published


@dataclass(frozen=True, slots=True)
class Passage:
    """The unit that retrieval returns. `headings` is the path below the title, outermost first."""

    id: str
    article_id: str
    text: str
    headings: tuple[str, ...] = ()
    anchor: str = ""


@dataclass(frozen=True, slots=True)
class Dropped:
    """Something read and not kept: which, a countable reason, and the detail a person needs."""

    id: str
    reason: str
    detail: str


@dataclass(frozen=True, slots=True)
class OwnQuestion:
    """A question the generation asks itself. `masked` is the heading to hide when fitting on it."""

    id: str
    question: str
    passage_id: str
    article_id: str
    masked: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class Found:
    """A passage with its article and its scores, as retrieval returns it.

    `dense` is cosine (-1..1), `lexical` BM25 as a share of what the question could score at most
    (0..1), `score` their calibrated sum (0..1 in practice, comparable within one question only).
    """

    passage: Passage
    article: Article
    score: float
    dense: float
    lexical: float


class Origin(StrEnum):
    """Where a shown sentence comes from."""

    GENERATED = "generated"
    QUOTED = "quoted"
    FRAME = "frame"


class Mode(StrEnum):
    """What kind of answer was given."""

    GENERATED = "generated"
    QUOTED = "quoted"
    REFUSED = "refused"
    CATALOGUE = "catalogue"


@dataclass(frozen=True, slots=True)
class Sentence:
    """One shown sentence. `text` holds no [n]; `citations` are numbers in Answer.citations."""

    text: str
    citations: tuple[int, ...]
    supported: bool
    origin: Origin

    @property
    def frame(self) -> bool:
        """Whether this is one of the assistant's own set phrases."""
        return self.origin is Origin.FRAME


@dataclass(frozen=True, slots=True)
class Citation:
    """A source named in an answer. `url` is canonical; `anchor` leads to the passage's heading."""

    n: int
    article: Article
    passage: Passage
    anchor: str = ""


@dataclass(frozen=True, slots=True)
class DroppedSentence:
    """A sentence the model wrote and the reader never saw."""

    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class Stage:
    """A step of an answer that has begun, for a page that says what is happening."""

    name: Literal["rewrite", "retrieve", "decide", "generate"]


@dataclass(frozen=True, slots=True)
class Shown:
    """A sentence that may be shown now, with the sources that it names for the first time."""

    sentence: Sentence
    new_citations: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """Everything about one answer; the page, the API and the files format it."""

    question: str
    standalone_question: str
    text: str
    refused: bool
    answerable_score: float
    mode: Mode
    retrieved: tuple[Found, ...]
    sentences: tuple[Sentence, ...]
    dropped_sentences: tuple[DroppedSentence, ...]
    citations: tuple[Citation, ...]
    adapter: str
    generation: int
    engine: str
    render: str
    wording: str
    timings_ms: dict[str, float]


class PairKind(StrEnum):
    """What a training example teaches."""

    ANSWER = "answer"
    PARTIAL = "partial"
    REFUSAL = "refusal"
    VOICE = "voice"
    CONVERSATION = "conversation"
    IMPORTED = "imported"
    REPLAY = "replay"


@dataclass(frozen=True, slots=True)
class Pair:
    """One training example; the last message is what is learnt, the rest is its prompt.

    `article` is set on refusals too: the article whose passage was taken out.
    """

    id: str
    kind: PairKind
    task: str
    article: str
    passages: tuple[str, ...]
    messages: tuple[Message, ...]
    question_by: str
    render: str
    wording: str
    date: str
    reviewer: str = ""
