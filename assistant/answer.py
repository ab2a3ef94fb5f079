"""The way of an answer: rewrite, retrieve, decide, generate, verify, gate, fall back.

One path for the page, the API, `masthead ask` and the evaluation. What is shown is supported by
the passage it cites, quoted word for word, or a set phrase; anything else is dropped and counted.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal, Self

from assistant.case import Archive, Case
from assistant.compose import Composer
from assistant.errors import AssistantError
from assistant.generation import Generation
from assistant.judge import Judge
from assistant.length import tokens_for
from assistant.pair_scorer import NO_SECOND_READERS, SecondReaders
from assistant.parts import Partial, say_missing
from assistant.prompt import PromptPassage, Wording, make_wording, render_messages
from assistant.reader import ANYONE, Reader, hint_for, with_hint
from assistant.records import Answer, Found, Message, Mode, Shown, Stage
from assistant.retrieve import choose_for_prompt
from assistant.rewrite import rewrite_question
from assistant.seams import Encoder, Generator, Tokenizer
from assistant.sentences import stream_sentences
from assistant.settings import Settings

Until = Literal["retrieve", "decide", "answer"]
Event = Stage | Shown | Answer
MAX_QUESTION_CHARACTERS = 2000


class _Clock:
    """Milliseconds by step."""

    def __init__(self) -> None:
        self.began = self._last = time.perf_counter()
        self.steps: dict[str, float] = {}

    def lap(self, step: str) -> None:
        now = time.perf_counter()
        self.steps[step] = round((now - self._last) * 1000, 2)
        self._last = now

    def mark(self, step: str) -> None:
        self.steps.setdefault(step, round((time.perf_counter() - self.began) * 1000, 2))


@dataclass(frozen=True, slots=True)
class Assistant:
    """Everything an answer needs, read-only after loading and shared by all visitors.

    `promoted` is the adapter in service, None for the base.
    """

    settings: Settings
    generation: Generation
    encoder: Encoder
    tokenizer: Tokenizer
    engine: Generator
    render: str
    promoted: str | None = None
    adapters: tuple[str, ...] = ()  # loaded, and so can be asked for by name
    reader: Reader = ANYONE
    readers: SecondReaders = NO_SECOND_READERS
    today: Callable[[], date] = date.today

    def newest(self) -> Self:
        """Return itself; an assistant that follows its workspace returns what is new."""
        return self

    def with_engine(self, engine: Generator, reader: Reader = ANYONE) -> Self:
        """Return the same assistant writing with another engine, for one reader."""
        return replace(self, engine=engine, reader=reader)

    @property
    def generation_number(self) -> int:
        """The generation being served."""
        return self.generation.number

    @property
    def wording(self) -> Wording:
        """System prompt and refusal as the settings have them."""
        return make_wording(self.settings.brand)

    def answer(
        self,
        question: str,
        history: Sequence[Message] = (),
        *,
        adapter: str = "promoted",
        until: Until = "answer",
    ) -> Answer:
        """Return the whole answer; `adapter` is promoted, base, or a loaded adapter's name."""
        for event in self.stream(question, history, adapter=adapter, until=until):
            if isinstance(event, Answer):
                return event
        raise AssistantError("the answer broke off before its end; ask again")

    def stream(
        self,
        question: str,
        history: Sequence[Message] = (),
        *,
        adapter: str = "promoted",
        until: Until = "answer",
    ) -> Iterator[Event]:
        """Yield stages, sentences as they pass their checks, and last the whole answer."""
        _check_question(question)
        name = self._adapter_name(adapter)
        archive = Archive(self.generation, self.encoder, self.settings, self.readers)
        clock = _Clock()
        yield Stage("rewrite")
        standalone = rewrite_question(question, history)
        clock.lap("rewrite")
        yield Stage("retrieve")
        vector, found = archive.search(standalone)
        clock.lap("retrieve")
        yield Stage("decide")
        case = archive.decide(question, standalone, vector, found, self.today())
        clock.lap("decide")
        shown = choose_for_prompt(case.found, self.settings.retrieval)
        refusal = self.wording.refusal
        judge = Judge(case.reading, shown, self.readers)
        length, refused = self.reader.length, case.refused
        composer = Composer(judge, case.found, refusal, length, refused=refused)
        hint = self._hint(case, composer) if until == "answer" else ""
        if until == "answer":
            for event in self._say(case, composer, history, name, hint):
                if isinstance(event, Shown):
                    clock.mark("first_text")
                yield event
            clock.steps["verify"] = round(composer.verify_seconds * 1000, 2)
            clock.lap("generate")
        clock.mark("total")
        yield Answer(
            question=question,
            standalone_question=case.standalone,
            text=composer.text,
            refused=composer.refused,
            answerable_score=round(case.score, 4),
            mode=composer.mode if composer.sentences else _early_mode(case.refused),
            retrieved=tuple(case.found),
            sentences=tuple(composer.sentences),
            dropped_sentences=tuple(composer.dropped),
            citations=tuple(composer.citations),
            adapter=name or "base",
            generation=self.generation.number,
            engine=self.engine.name,
            render=self.render,
            wording=self.wording.with_hint(hint).hash,
            timings_ms=clock.steps,
        )

    def _hint(self, case: Case, composer: Composer) -> str:
        """Return what the model is told of the reader; nothing where it is not asked."""
        if case.refused or case.courtesy or case.listing:
            return ""
        return hint_for(
            self.reader, [item.article.language for item in composer.judge.prompt_items]
        )

    def _say(
        self,
        case: Case,
        composer: Composer,
        history: Sequence[Message],
        adapter: str | None,
        hint: str,
    ) -> Iterator[Stage | Shown]:
        if case.courtesy:
            yield from composer.reply(case.courtesy)
        elif case.listing:
            yield from composer.list_articles(case.listing)
        else:
            yield from self._write(composer, case.asked, history, adapter, hint)
            yield from self._remark(composer, case.partial)

    def _remark(self, composer: Composer, partial: Partial | None) -> Iterator[Shown]:
        """Say below an answer what it does not cover, and what has been replaced since."""
        if not composer.has_facts:
            return
        if partial:
            yield composer.remark(say_missing(partial))
        yield from composer.remark_replaced(self.generation)

    def _write(
        self,
        composer: Composer,
        question: str,
        history: Sequence[Message],
        adapter: str | None,
        hint: str,
    ) -> Iterator[Stage | Shown]:
        if composer.refused:
            yield from composer.refuse()
            return
        yield Stage("generate")
        settings = self.settings.retrieval
        messages = render_messages(
            self.wording,
            _prompt_passages(composer.judge.prompt_items),
            history,
            question,
            tokenizer=self.tokenizer,
            max_tokens=settings.prompt_tokens,
        )
        pieces = self.engine.stream(
            with_hint(messages, hint),
            adapter=adapter,
            max_tokens=tokens_for(self.reader.length, settings.answer_tokens),
        )
        with closing(pieces):  # type: ignore[type-var]
            for raw in stream_sentences(pieces):
                if (shown := composer.take(raw)) is not None:
                    yield shown
                if composer.gave_up:
                    break
        yield from composer.complete()

    def _adapter_name(self, adapter: str) -> str | None:
        if adapter == "promoted":
            return self.promoted
        return None if adapter == "base" else adapter


def _prompt_passages(items: Sequence[Found]) -> list[PromptPassage]:
    return [PromptPassage(item.article, item.passage) for item in items]


def _early_mode(refused: bool) -> Mode:
    return Mode.REFUSED if refused else Mode.GENERATED


def _check_question(question: str) -> None:
    if not question.strip():
        raise AssistantError("the question is empty; type one")
    if len(question) > MAX_QUESTION_CHARACTERS:
        raise AssistantError(
            f"the question has {len(question)} characters, more than {MAX_QUESTION_CHARACTERS};"
            " shorten it"
        )
