"""Settings of instruction pairs: whose voice, which shares, whose questions, what is imported."""

from __future__ import annotations

import re
from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from assistant.section import Section


class VoiceSettings(Section):
    """Whose words teach the voice; the rest is still indexed and cited. Case does not count."""

    only_authors: tuple[str, ...] = ()  # where given, nobody else's articles teach it
    not_authors: tuple[str, ...] = ()  # guests, agencies
    not_tags: tuple[str, ...] = ()  # such as guest, translation, sponsored
    not_paths: tuple[str, ...] = ()  # patterns of a file or a URL's path, such as partners/*
    since: str = ""  # YYYY-MM-DD: older articles are in a style that was given up

    @field_validator("since", mode="before")
    @classmethod
    def _is_a_date(cls, value: object) -> str:
        text = str(value)
        if text and not re.fullmatch(r"\d{4}-\d\d-\d\d", text):
            raise ValueError(f"{text!r} is not a date; write it as YYYY-MM-DD")
        return text

    @model_validator(mode="after")
    def _no_author_on_both_sides(self) -> Self:
        never = {author.casefold() for author in self.not_authors}
        if both := [author for author in self.only_authors if author.casefold() in never]:
            raise ValueError(
                f"{both[0]} stands in only_authors and in not_authors; delete one of the two"
            )
        return self

    @model_validator(mode="after")
    def _leaves_something(self) -> Self:
        if any(not pattern.strip("*/ ") for pattern in self.not_paths):
            raise ValueError(
                "not_paths: a pattern that fits every article leaves no voice; narrow it"
            )
        return self


class ShareSettings(Section):
    """How many rows of each kind a snapshot holds, beside one another; all answers are kept.

    methods.md's start is 40, 30, 20 and 10; measure before moving one.
    """

    answer: float = Field(default=0.4, gt=0)
    voice: float = Field(default=0.3, ge=0)
    refusal: float = Field(default=0.15, ge=0)  # more of it: more refusals, also of what is known
    partial: float = Field(default=0.05, ge=0)  # half of the question is answered
    conversation: float = Field(default=0.1, ge=0)


class ImportSettings(Section):
    """A file of hand-written pairs: .jsonl, .csv or .parquet, in the workspace or absolute."""

    file: str
    question: str = ""  # the column that holds it, where it is not prompt, instruction or question
    answer: str = ""  # likewise: completion, output, response or answer
    context: str = ""  # likewise: input
    messages: str = ""  # likewise: messages or conversations
    reviewer: str = ""  # who vouches for every row; without it rows wait for `pairs review`
    kind: Literal["imported", "replay"] = "imported"  # replay: general rows, taken as they stand
    most: int = Field(default=200, ge=1)  # rows of this file in a snapshot, at most


class QuestionSettings(Section):
    """Who writes the questions of the answer rows, besides the templates."""

    writer: Literal["templates", "base", "openai"] = "templates"
    url: str = ""  # of an OpenAI-compatible server, up to and with /v1
    model: str = ""  # its name there
    key_variable: str = "MASTHEAD_QUESTIONS_KEY"  # the environment variable that holds its key
    most: int = Field(default=300, ge=1)  # passages asked about in a snapshot, at most
    per_minute: int = Field(default=60, ge=1)  # requests, at most

    @model_validator(mode="after")
    def _openai_has_a_place(self) -> Self:
        if self.writer == "openai" and not (self.url and self.model):
            raise ValueError("writer: openai needs url and model; add both")
        return self


class PairSettings(Section):
    """How instruction pairs are made."""

    shares: ShareSettings = ShareSettings()
    questions: QuestionSettings = QuestionSettings()
    imports: tuple[ImportSettings, ...] = ()
