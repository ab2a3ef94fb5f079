"""masthead.yaml as frozen settings; one place for every key, its default and what moving it does.

Takes a workspace folder or the file itself, gives a Workspace. Unknown or contradictory keys are
refused in the words of the file. Nothing else in the project reads the environment for settings.
"""

from __future__ import annotations

import difflib
import ipaddress
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Self

import yaml
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_core import ErrorDetails

from assistant.errors import ConfigError

CONFIG_NAME = "masthead.yaml"

DEFAULT_SYSTEM_PROMPT = (
    "You are the assistant of {name}. Answer the question from the numbered passages only, in our"
    " own voice, in two to four short sentences. After each sentence put the number of the passage"
    " it comes from, like [1]. If the passages do not answer the question, say: {refusal}"
)
DEFAULT_REFUSAL = "We have not written about that."

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")

SOURCE_KINDS = ("folder", "feed", "site", "wordpress", "ghost", "substack", "medium", "table")


def expand_variable(value: object) -> object:
    """Return what the environment holds for a value like ${NAME}; anything else as it is."""
    named = _VARIABLE.fullmatch(value) if isinstance(value, str) else None
    if named is None:
        return value
    if named[1] not in os.environ:
        raise ValueError(f"the environment has no {named[1]}; set it, or write the value here")
    return os.environ[named[1]]


class Section(BaseModel):
    """What all sections share: frozen, and no unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class ColourSettings(Section):
    """CSS colours of the page, as #rrggbb."""

    primary: str = "#7a1f2b"  # buttons, links, citation marks
    background: str = "#faf7f2"  # the page in light mode
    text: str = "#1d1b19"  # body text in light mode

    @field_validator("primary", "background", "text")
    @classmethod
    def _is_hex(cls, value: str) -> str:
        digits = value.removeprefix("#")
        if (
            len(value) != 7
            or len(digits) != 6
            or any(c not in "0123456789abcdefABCDEF" for c in digits)
        ):
            raise ValueError(f"{value!r} is not a colour; write it as #rrggbb, for example #7a1f2b")
        return value.lower()


class BrandSettings(Section):
    """What readers see and how the assistant speaks of itself."""

    name: str = Field(min_length=1)
    tagline: str = ""
    logo: str = ""  # an image in the workspace (svg, png, webp), shown beside the name
    colours: ColourSettings = ColourSettings()
    greeting: str = "Ask us anything we have written about."
    example_questions: tuple[str, ...] = ()
    refusal: str = DEFAULT_REFUSAL
    system_prompt: str = DEFAULT_SYSTEM_PROMPT  # {name} and {refusal} are filled in
    footer: str = ""

    @field_validator("refusal")
    @classmethod
    def _refusal_is_a_sentence(cls, value: str) -> str:
        if not value.strip() or "\n" in value:
            raise ValueError("must be one sentence on one line; delete the key for the default")
        return value.strip()


class SourceSettings(Section):
    """Where articles come from: exactly one kind, and its options beside it."""

    folder: str | None = None
    feed: str | None = None
    site: str | None = None
    wordpress: str | None = None
    ghost: str | None = None
    substack: str | None = None
    medium: str | None = None
    table: str | None = None
    base_url: str = ""  # put before a file's path (without its ending) when it names no URL
    voice: bool = True  # no: indexed and cited, but nothing of it teaches the voice

    @property
    def name(self) -> str:
        """What tells this source from the others, in articles and reports."""
        return f"{self.kind}: {self.place}"

    @property
    def kind(self) -> str:
        """Which of the kinds this source is."""
        return next(kind for kind in SOURCE_KINDS if getattr(self, kind) is not None)

    @property
    def place(self) -> str:
        """The path or URL given for the kind."""
        return str(getattr(self, self.kind))

    @model_validator(mode="after")
    def _has_one_kind(self) -> Self:
        given = [kind for kind in SOURCE_KINDS if getattr(self, kind) is not None]
        if len(given) != 1:
            found = " and ".join(given) or "none"
            raise ValueError(f"needs exactly one of {', '.join(SOURCE_KINDS)}; found {found}")
        return self


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


class IngestSettings(Section):
    """How articles become passages and pairs. Lengths are in tokens of the encoder."""

    max_tokens: int = Field(default=200, ge=40)  # a passage with its "title > heading" prefix
    min_words: int = Field(default=20, ge=1)  # an article with fewer is dropped and counted
    keep_generations: int = Field(default=3, ge=3)  # the current one and at least two before it
    pairs: PairSettings = PairSettings()


class ModelSettings(Section):
    """Which models; `starter` is the one that comes with the install."""

    base: str = "starter"
    revision: str = ""  # commit hash of a hub model
    encoder: str = "starter"
    encoder_revision: str = ""
    engine: Literal["auto", "transformers", "llamacpp", "openai"] = "auto"
    gguf: str = ""  # lets a hub base run on llama.cpp
    url: str = ""  # of an OpenAI-compatible server, for `engine: openai`; ends in /v1 as a rule
    api_key: SecretStr = SecretStr("")  # that server's, best as ${NAME} from the environment
    served_as: str = ""  # the base model's name on that server; adapters go by their own
    timeout_s: float = Field(default=60, gt=0)  # for that server's next piece of text

    @field_validator("api_key", mode="before")
    @classmethod
    def _from_environment(cls, value: object) -> object:
        return expand_variable(value)

    @model_validator(mode="after")
    def _hub_models_are_pinned(self) -> Self:
        for key, pin, value in (
            ("base", "revision", self.base),
            ("encoder", "encoder_revision", self.encoder),
        ):
            is_hub = value != "starter" and not Path(value).expanduser().is_absolute()
            if is_hub and not getattr(self, pin):
                raise ValueError(
                    f"{key}: {value} is a hub model without a pinned revision; add"
                    f" {pin}: <commit hash>"
                )
        if self.base == "starter" and self.revision:
            raise ValueError("revision: the starter model is pinned by its hash; delete the key")
        return self


class RetrievalSettings(Section):
    """How many passages reach the prompt, and how sure the assistant must be."""

    passages: int = Field(default=3, ge=1, le=12)
    per_article: int = Field(default=2, ge=1)  # passages of one article in the prompt, at most
    # Which mistake is worse: answering what was never written, or refusing what was.
    caution: Literal["rather refuse", "balanced", "rather answer"] = "balanced"
    prompt_tokens: int = Field(default=400, ge=200)  # the whole prompt; passages are cut to fit
    answer_tokens: int = Field(default=170, ge=16)

    @model_validator(mode="after")
    def _per_article_fits(self) -> Self:
        if self.per_article > self.passages:
            raise ValueError(
                f"per_article: {self.per_article} is more than passages: {self.passages};"
                f" lower per_article or raise passages"
            )
        return self


class TrainSettings(Section):
    """Overrides of the preset; None keeps the preset's value."""

    preset: str = "auto"
    rank: int | None = Field(default=None, ge=1)
    alpha: int | None = Field(default=None, ge=1)
    learning_rate: float | None = Field(default=None, gt=0)
    epochs: float | None = Field(default=None, gt=0)
    quantisation: Literal["auto", "none", "nf4"] = "auto"
    seed: int = 7


class ServeSettings(Section):
    """The page, the API and their limits."""

    host: str = "127.0.0.1"
    port: int = Field(default=7860, ge=1, le=65535)
    threads: int = Field(default=0, ge=0)  # engine threads; 0 takes every core
    parallel: int = Field(default=2, ge=1)  # answers made at once
    waiting: int = Field(default=20, ge=0)  # questions in line; one more is refused politely
    per_minute: int = Field(default=60, ge=1)  # questions from one address; this machine's are free
    adapters: tuple[str, ...] = ()  # loaded beside the one in service, for the API to choose
    hosts: tuple[str, ...] = ()  # names that a proxy in front of the server is reached by
    proxies: tuple[str, ...] = ()  # addresses whose X-Forwarded-For is believed, like 10.0.0.0/8
    log_text: bool = False  # questions and answers in the log lines too

    @field_validator("proxies")
    @classmethod
    def _proxies_are_networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for network in value:
            ipaddress.ip_network(network)  # its ValueError names the value
        return value


class StoreSettings(Section):
    """Where conversations, feedback and API keys are kept, and for how long."""

    url: SecretStr = SecretStr("")  # any SQLAlchemy URL, or ${NAME} from the environment
    keep_days: int = Field(default=30, ge=0)  # of conversations; 0 stores nothing readers write

    @field_validator("url", mode="before")
    @classmethod
    def _from_environment(cls, value: object) -> object:
        return expand_variable(value)


class Settings(Section):
    """The whole file."""

    brand: BrandSettings
    sources: tuple[SourceSettings, ...] = Field(min_length=1)
    allow_private_hosts: tuple[str, ...] = ()
    voice: VoiceSettings = VoiceSettings()
    ingest: IngestSettings = IngestSettings()
    models: ModelSettings = ModelSettings()
    retrieval: RetrievalSettings = RetrievalSettings()
    train: TrainSettings = TrainSettings()
    serve: ServeSettings = ServeSettings()
    store: StoreSettings = StoreSettings()

    @model_validator(mode="after")
    def _sources_are_different(self) -> Self:
        names = [source.name for source in self.sources]
        if twice := [name for name in names if names.count(name) > 1]:
            raise ValueError(f"sources: {twice[0]} stands there twice; delete one of the two")
        return self


@dataclass(frozen=True, slots=True)
class Workspace:
    """A folder with a masthead.yaml: one branded assistant."""

    root: Path
    settings: Settings

    @property
    def index_root(self) -> Path:
        """Where generations live."""
        return self.root / "built" / "index"

    @property
    def pairs_root(self) -> Path:
        """Where snapshots live."""
        return self.root / "built" / "pairs"

    @property
    def cache_root(self) -> Path:
        """Embeddings by encoder and text; safe to delete."""
        return self.root / "built" / "cache"

    @property
    def adapters_root(self) -> Path:
        """Where adapters live."""
        return self.root / "adapters"


def load_workspace(folder: Path) -> Workspace:
    """Read `folder`/masthead.yaml; ConfigError in one line names the key and what to do."""
    path = folder / CONFIG_NAME
    if not path.is_file():
        raise ConfigError(
            f"no {CONFIG_NAME} in {folder}; run `masthead init {folder}` or name the folder of a"
            " workspace"
        )
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not YAML: {_one_line(str(error))}; correct it") from error
    if not isinstance(raw, dict):
        raise ConfigError(f"{path} holds {type(raw).__name__}, not keys; start with `brand:`")
    return Workspace(folder.resolve(), parse_settings(raw, str(path)))


def parse_settings(raw: dict[str, Any], where: str) -> Settings:
    """Validate parsed YAML; `where` is the file's name for messages."""
    try:
        return Settings.model_validate(raw)
    except ValidationError as error:
        first = error.errors()[0]
        more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
        raise ConfigError(f"{where}: {_explain(first)}{more}") from error


def _explain(problem: ErrorDetails) -> str:
    path = ".".join(str(part) for part in problem["loc"])
    if problem["type"] == "extra_forbidden":
        return _explain_unknown_key(problem["loc"])
    if problem["type"] == "missing":
        return f"{path} is missing; add it"
    message = _one_line(problem["msg"].removeprefix("Value error, "))
    if problem["type"] == "value_error":
        return f"{path}: {message}" if path else message
    return f"{path} is {problem['input']!r}: {message}; correct the value"


def _explain_unknown_key(location: tuple[int | str, ...]) -> str:
    *parents, key = location
    known = _known_keys(parents)
    near = difflib.get_close_matches(str(key), known, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]}?" if near else f"known here: {', '.join(known)}"
    return f"{'.'.join(map(str, location))} is not a setting; {hint} Rename or delete it"


def _known_keys(parents: list[int | str]) -> list[str]:
    model: type[BaseModel] = Settings
    for part in parents:
        if isinstance(part, int):
            continue
        annotation: Any = model.model_fields[part].annotation
        inner = [a for a in getattr(annotation, "__args__", ()) if isinstance(a, type)]
        model = inner[0] if inner else annotation
    return list(model.model_fields)


def _one_line(text: str) -> str:
    return " ".join(text.split())
