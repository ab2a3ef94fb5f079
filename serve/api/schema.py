"""A chat completion request: every field that OpenAI's client may send, each with its bounds.

What cannot be honoured and would change the answer is refused by name; what would only change how
it is sampled is checked and has no effect, since answers are made greedily and then verified.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from assistant.answer import MAX_QUESTION_CHARACTERS
from assistant.length import Length
from assistant.records import Message
from serve.keeping import storable

MAX_MESSAGES = 100
MAX_CHARACTERS = 32_000  # of one earlier message
HISTORY = 12  # newest messages before the question that a follow-up may refer to
_LENGTHS = {"low": Length.SHORT, "medium": Length.NORMAL, "high": Length.DETAILED}

_Text = Annotated[str, Field(max_length=MAX_CHARACTERS)]
_Name = Annotated[str, Field(max_length=256)]
_Penalty = Annotated[float, Field(ge=-2, le=2)]
_Metadata = Annotated[dict[Annotated[str, Field(max_length=64)], Any], Field(max_length=16)]


class _Part(BaseModel):
    """A text part; images, files and audio are refused."""

    model_config = ConfigDict(extra="forbid", strict=True)

    type: Literal["text"]
    text: _Text


class ChatMessage(BaseModel):
    """One message as a client sends it."""

    model_config = ConfigDict(extra="forbid", strict=True)

    role: Literal["system", "developer", "user", "assistant"]
    content: _Text | Annotated[list[_Part], Field(max_length=32)]
    name: _Name | None = None
    refusal: None = None
    audio: None = None
    annotations: None | list[Any] = Field(default=None, max_length=0)
    function_call: None = None
    tool_calls: None = None

    @property
    def text(self) -> str:
        """The message's text."""
        if isinstance(self.content, str):
            return storable(self.content)
        return storable("\n".join(part.text for part in self.content))


class StreamOptions(BaseModel):
    """What a stream holds besides text."""

    model_config = ConfigDict(extra="forbid", strict=True)

    include_usage: bool | None = None
    include_obfuscation: bool | None = None


class ResponseFormat(BaseModel):
    """Answers are text."""

    model_config = ConfigDict(extra="forbid", strict=True)

    type: Literal["text"]


class ChatRequest(BaseModel):
    """The body of POST /v1/chat/completions."""

    model_config = ConfigDict(extra="forbid", strict=True)

    messages: list[ChatMessage] = Field(min_length=1, max_length=MAX_MESSAGES)
    model: _Name = "promoted"
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    max_tokens: int | None = Field(default=None, ge=1, le=1_000_000)
    max_completion_tokens: int | None = Field(default=None, ge=1, le=1_000_000)
    verbosity: Literal["low", "medium", "high"] | None = None
    store: bool | None = None  # false: this exchange is not written down

    # Checked, without effect.
    temperature: float | None = Field(default=None, ge=0, le=2)
    top_p: float | None = Field(default=None, ge=0, le=1)
    frequency_penalty: _Penalty | None = None
    presence_penalty: _Penalty | None = None
    seed: int | None = Field(default=None, ge=-(2**63), lt=2**63)
    logit_bias: dict[_Name, Annotated[float, Field(ge=-100, le=100)]] | None = Field(
        default=None, max_length=300
    )
    user: _Name | None = None
    safety_identifier: _Name | None = None
    metadata: _Metadata | None = None
    prompt_cache_key: _Name | None = None
    prompt_cache_options: dict[_Name, Any] | None = Field(default=None, max_length=8)
    prompt_cache_retention: _Name | None = None
    reasoning_effort: _Name | None = None
    service_tier: _Name | None = None
    parallel_tool_calls: bool | None = None
    moderation: dict[_Name, Any] | None = Field(default=None, max_length=8)

    # Only where they ask for what an answer is anyway.
    n: int | None = Field(default=None, ge=1, le=1)
    logprobs: Literal[False] | None = None
    top_logprobs: int | None = Field(default=None, ge=0, le=0)
    response_format: ResponseFormat | None = None
    modalities: Annotated[list[Literal["text"]], Field(max_length=1)] | None = None
    stop: None | Annotated[list[str], Field(max_length=0)] = None
    tools: None | Annotated[list[Any], Field(max_length=0)] = None
    functions: None | Annotated[list[Any], Field(max_length=0)] = None
    tool_choice: Literal["none", "auto"] | None = None
    function_call: Literal["none", "auto"] | None = None
    audio: None = None
    prediction: None = None
    web_search_options: None = None

    @field_validator("messages")
    @classmethod
    def _ends_with_a_question(cls, messages: list[ChatMessage]) -> list[ChatMessage]:
        last = messages[-1]
        if last.role != "user" or not last.text.strip():
            raise ValueError("the last message must be the user's question")
        if len(last.text) > MAX_QUESTION_CHARACTERS:
            raise ValueError(
                f"the question has {len(last.text)} characters, more than"
                f" {MAX_QUESTION_CHARACTERS}; shorten it"
            )
        return messages

    @model_validator(mode="after")
    def _options_need_a_stream(self) -> Self:
        if self.stream_options is not None and not self.stream:
            raise ValueError("stream_options is only for stream: true")
        return self

    @property
    def question(self) -> str:
        """The question: the last message."""
        return self.messages[-1].text

    @property
    def history(self) -> tuple[Message, ...]:
        """The newest turns before the question.

        System and developer messages are left out: the brand's prompt is the only one.
        """
        turns = [
            Message("user" if m.role == "user" else "assistant", m.text)
            for m in self.messages[:-1]
            if m.role in ("user", "assistant") and m.text.strip()
        ]
        return tuple(turns[-HISTORY:])

    @property
    def most_tokens(self) -> int | None:
        """How many tokens the caller allows the model, None as set."""
        asked = [n for n in (self.max_tokens, self.max_completion_tokens) if n is not None]
        return min(asked, default=None)

    @property
    def length(self) -> Length:
        """OpenAI's verbosity in our words."""
        return _LENGTHS[self.verbosity or "medium"]

    @property
    def wants_usage(self) -> bool:
        """Whether a stream ends with the tokens used."""
        return bool(self.stream_options and self.stream_options.include_usage)
