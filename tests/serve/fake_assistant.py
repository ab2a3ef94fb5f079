"""An assistant that says what it was told, in the events of a real one; no model, no index."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from assistant.config import parse_settings
from assistant.errors import AssistantError
from assistant.reader import ANYONE, Reader
from assistant.records import (
    Answer,
    Article,
    Citation,
    Message,
    Mode,
    Origin,
    Passage,
    Sentence,
    Shown,
    Stage,
)
from assistant.seams import Generator
from assistant.settings import Settings
from tests.fakes import FakeTokenizer

MERGE = Article(
    id="merge-or-carry",
    title="Merge it or carry it",
    body="",
    url="https://example.org/blog/merge-or-carry",
    published="2026-07-07",
)
RANK = Article(
    id="pick-your-rank",
    title="Pick your rank",
    body="",
    url="https://example.org/blog/pick-your-rank",
    published="2023-05-02",
)
PRINT_ONLY = Article(id="drawer", title="Four bits in the drawer", body="", published="2025-11-03")

MERGE_PASSAGE = Passage(
    id="p1",
    article_id=MERGE.id,
    headings=("When should you carry?",),
    anchor="when-should-you-carry",
    text=(
        "Carry when there is more than one adapter, or when the one you have is on trial."
        " Merge when an adapter has been [promoted](promote-or-keep.md) and serves everybody."
        " Then make the copy, serve it, and keep the adapter itself as the source.\n\n"
        "| engine | cost of unmerged LoRA |\n|---|---|\n| llama.cpp | 10 to 27 % |\n"
        "| either, merged | 0 % |\n\n"
        "```python\nmerged = model.merge_and_unload(safe_merge=True)\n```\n"
    ),
)
RANK_PASSAGE = Passage(
    id="p2",
    article_id=RANK.id,
    headings=("The two sums",),
    anchor="the-two-sums",
    text="At rank 16 an unmerged adapter costs 10 to 27 % for each token on llama.cpp.",
)
DRAWER_PASSAGE = Passage(
    id="p3",
    article_id=PRINT_ONLY.id,
    headings=(),
    text="Four bits hold sixteen values. The drawer is small on purpose.",
)

MERGE_CITATION = Citation(1, MERGE, MERGE_PASSAGE, MERGE_PASSAGE.anchor)
RANK_CITATION = Citation(2, RANK, RANK_PASSAGE, RANK_PASSAGE.anchor)
DRAWER_CITATION = Citation(3, PRINT_ONLY, DRAWER_PASSAGE)


def written(text: str, *citations: int) -> Sentence:
    return Sentence(text, citations, supported=True, origin=Origin.GENERATED)


def quoted(text: str, *citations: int) -> Sentence:
    return Sentence(text, citations, supported=True, origin=Origin.QUOTED)


def frame(text: str, *citations: int) -> Sentence:
    return Sentence(text, citations, supported=True, origin=Origin.FRAME)


def make_answer(
    sentences: Sequence[Sentence],
    citations: Sequence[Citation],
    *,
    mode: Mode = Mode.GENERATED,
    question: str = "Should I merge my adapter?",
) -> Answer:
    return Answer(
        question=question,
        standalone_question=question,
        text=" ".join(s.text for s in sentences),
        refused=mode is Mode.REFUSED,
        answerable_score=0.9,
        mode=mode,
        retrieved=(),
        sentences=tuple(sentences),
        dropped_sentences=(),
        citations=tuple(citations),
        adapter="base",
        generation=7,
        engine="fake",
        render="r",
        wording="w",
        timings_ms={"total": 1.0},
    )


GENERATED = make_answer(
    (
        written("Merge once an adapter has been promoted and serves everybody.", 1),
        written("Carry it while it is on trial, or when there is more than one adapter.", 1),
        written("Carrying costs 10 to 27 % for each token on llama.cpp at rank 16.", 2),
        written("A four-bit drawer is small on purpose: `nf4` holds sixteen values.", 3),
    ),
    (MERGE_CITATION, RANK_CITATION, DRAWER_CITATION),
)
QUOTED = make_answer(
    (
        frame("Here is how we put it:"),
        quoted(
            "Carry when there is more than one adapter, or when the one you have is on trial.", 1
        ),
        quoted("Merge when an adapter has been promoted and serves everybody.", 1),
    ),
    (MERGE_CITATION,),
    mode=Mode.QUOTED,
)
REFUSED = make_answer(
    (
        frame("We have not written about that."),
        frame("The nearest we have written: “Merge it or carry it” and “Pick your rank”.", 1, 2),
    ),
    (MERGE_CITATION, RANK_CITATION),
    mode=Mode.REFUSED,
)
LONG = replace(GENERATED, sentences=GENERATED.sentences * 100)


@dataclass
class FakeEngine:
    name: str = "fake engine"

    def stream(
        self, messages: Sequence[Message], *, adapter: str | None, max_tokens: int
    ) -> Iterator[str]:
        yield from ()


def make_settings() -> Settings:
    return parse_settings(
        {
            "brand": {
                "name": "The Low Rank",
                "tagline": "Notes on small models, from the bench",
                "greeting": "Ask us anything we have written about fine-tuning, retrieval and"
                " running small language models.",
                "example_questions": [
                    "Should I merge my adapter or carry it?",
                    "How many rows does a first fine-tune need?",
                    "What does a low rank cost on two cores?",
                ],
                "footer": "Answers come from our own articles, a source for each sentence.",
            },
            "sources": [{"folder": "articles"}],
        },
        "masthead.yaml",
    )


@dataclass
class FakeAssistant:
    """Answers by the first key that a question holds; "slowly" takes half a second a sentence."""

    settings: Settings = field(default_factory=make_settings)
    generation_number: int = 7
    promoted: str | None = None
    adapters: tuple[str, ...] = ()
    tokenizer: FakeTokenizer = field(default_factory=FakeTokenizer)
    engine: FakeEngine = field(default_factory=FakeEngine)
    answers: dict[str, Answer] = field(
        default_factory=lambda: {
            "weather": REFUSED,
            "quote": QUOTED,
            "at length": LONG,
            "": GENERATED,
        }
    )
    pause_s: float = 0.0
    gate: threading.Event | None = None  # nothing is written until it is set
    asked: list[tuple[str, tuple[Message, ...]]] = field(default_factory=list)
    closed: threading.Event = field(default_factory=threading.Event)

    def newest(self) -> FakeAssistant:
        return self

    def with_engine(self, engine: Generator, reader: Reader = ANYONE) -> FakeAssistant:
        return self  # what it says is fixed

    def stream(
        self, question: str, history: Sequence[Message] = (), *, adapter: str = "promoted"
    ) -> Iterator[Stage | Shown | Answer]:
        self.asked.append((question, tuple(history)))
        waiting = threading.Event()
        pause_s = 0.5 if "slowly" in question else self.pause_s
        try:
            yield Stage("rewrite")
            yield Stage("retrieve")
            waiting.wait(pause_s)
            if self.gate is not None:
                self.gate.wait(20)
            if "break" in question:
                raise AssistantError("the engine stopped; start it again")
            if "crash" in question:
                raise RuntimeError("a bug")
            yield Stage("generate")
            answer = next(a for key, a in self.answers.items() if key in question)
            seen = 0
            for sentence in answer.sentences:
                waiting.wait(pause_s)
                newest = max((seen, *sentence.citations))
                yield Shown(sentence, answer.citations[seen:newest])
                seen = newest
            yield replace(answer, question=question)
        except GeneratorExit:
            self.closed.set()
            raise
