"""One visitor's conversation as values: a question, its events, and what came of it. Pure.

Takes the desk's events, gives turns that `render` shows; holds no component.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from assistant.records import Answer, Citation, Message, Origin, Sentence, Shown, Stage
from serve import words
from serve.desk import DeskEvent, InLine

MAX_TURNS = 30  # older ones leave the page, so a long visit stays light
HISTORY_TURNS = 6  # what a follow-up may refer to


class Progress(StrEnum):
    """How far a turn has come."""

    READING = "reading"
    ANSWERED = "answered"
    STOPPED = "stopped"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Turn:
    """One question and what is shown for it; `number` counts from 1 within a conversation."""

    number: int
    question: str
    stage: str = words.FIRST_STAGE
    sentences: tuple[Sentence, ...] = ()
    citations: tuple[Citation, ...] = ()
    answer: Answer | None = None
    progress: Progress = Progress.READING
    note: str = ""
    place: int = 0  # in line; 0 when it is being answered
    chat: str = ""  # the stored conversation; "" where it is not
    message: int = 0  # where the answer is stored; 0 where it is not
    thumb: str = ""  # up or down, once the reader gave one

    @property
    def names_nearest(self) -> bool:
        """Whether a set phrase of ours names the nearest articles, as a refusal does."""
        frames = all(s.frame for s in self.sentences)
        return frames and any(s.citations for s in self.sentences)


Turns = tuple[Turn, ...]


def apply_event(turn: Turn, event: DeskEvent) -> Turn:
    """Return the turn after one event; the answer, which comes last, has the final word."""
    if isinstance(event, InLine):
        return replace(turn, place=event.place)
    if isinstance(event, Stage):
        return replace(turn, stage=event.name, place=0)
    if isinstance(event, Shown):
        return replace(
            turn,
            sentences=(*turn.sentences, event.sentence),
            citations=(*turn.citations, *event.new_citations),
        )
    return finish_turn(replace(turn, chat=event.chat), event.answer, event.message)


def finish_turn(turn: Turn, answer: Answer, message: int = 0) -> Turn:
    """Return the turn with its whole answer; `message` is where it is stored, 0 where it is not."""
    return replace(
        turn,
        sentences=answer.sentences,
        citations=answer.citations,
        answer=answer,
        message=message,
        progress=Progress.ANSWERED,
    )


def stop_turn(turn: Turn) -> Turn:
    """Return the turn as the visitor left it; a finished one stays as it is."""
    if turn.progress is not Progress.READING:
        return turn
    return replace(turn, progress=Progress.STOPPED, note=words.STOPPED)


def fail_turn(turn: Turn, note: str = words.FAILED) -> Turn:
    """Return the turn with a note that says what happened and what to do."""
    return replace(turn, progress=Progress.FAILED, note=note)


def history_of(turns: Sequence[Turn]) -> list[Message]:
    """Return the newest answered turns as messages, oldest first."""
    messages = []
    answered = [(t.question, t.answer) for t in turns if t.answer is not None]
    for question, answer in answered[-HISTORY_TURNS:]:
        messages.append(Message("user", question))
        messages.append(Message("assistant", answer.text))
    return messages


def is_set_off(turn: Turn, sentence: Sentence) -> bool:
    """Whether a sentence stands in a block of its own under a lead-in of ours."""
    return sentence.origin is Origin.QUOTED and turn.sentences[0].frame
