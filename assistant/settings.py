"""The sections of masthead.yaml: every key with its default and what moving it does."""

from __future__ import annotations

import ipaddress
import re
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, SecretStr, field_validator, model_validator

from assistant.pair_settings import PairSettings, VoiceSettings
from assistant.passwords import is_hash
from assistant.section import Section, expand_variable
from assistant.train_settings import TrainSettings

DEFAULT_SYSTEM_PROMPT = (
    "You are the assistant of {name}. Answer the question from the numbered passages only, in our"
    " own voice, in two to four short sentences. After each sentence put the number of the passage"
    " it comes from, like [1]. If the passages do not answer the question, say: {refusal}"
)
DEFAULT_REFUSAL = "We have not written about that."

# Scheme, host and port, as a browser names a site; no character that a policy's list could end at.
_ORIGIN = re.compile(r"https?://[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?")

SOURCE_KINDS = ("folder", "feed", "site", "wordpress", "ghost", "substack", "medium", "table")


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


class IngestSettings(Section):
    """How articles become passages and pairs. Lengths are in tokens of the encoder."""

    max_tokens: int = Field(default=200, ge=40)  # a passage with its "title > heading" prefix
    min_words: int = Field(default=20, ge=1)  # an article with fewer is dropped and counted
    keep_generations: int = Field(default=3, ge=3)  # the current one and at least two before it
    pairs: PairSettings = PairSettings()


class DecodingSettings(Section):
    """How the model chooses its next word; each sentence is checked whatever it writes."""

    temperature: float = Field(default=0.0, ge=0, le=2)  # 0: always the likeliest, each time alike
    top_p: float = Field(default=1.0, gt=0, le=1)  # only the likeliest that make up this share
    seed: int = Field(default=7, ge=0, lt=2**31)  # of the dice, where there is a temperature


GREEDY = DecodingSettings()


class ModelSettings(Section):
    """Which models; `starter` is the one that comes with the install."""

    base: str = "starter"
    revision: str = ""  # commit hash of a hub model
    encoder: str = "starter"
    encoder_revision: str = ""
    reranker: str = ""  # a cross-encoder that orders what was found; costs a read of 20 passages
    reranker_revision: str = ""
    nli: str = ""  # a model of three classes that must find each sentence entailed by its passage
    nli_revision: str = ""
    engine: Literal["auto", "transformers", "llamacpp", "openai"] = "auto"
    gguf: str = ""  # lets a hub base run on llama.cpp
    url: str = ""  # of an OpenAI-compatible server, for `engine: openai`; ends in /v1 as a rule
    api_key: SecretStr = SecretStr("")  # that server's, best as ${NAME} from the environment
    served_as: str = ""  # the base model's name on that server; adapters go by their own
    timeout_s: float = Field(default=60, gt=0)  # for that server's next piece of text
    decoding: DecodingSettings = DecodingSettings()

    @field_validator("api_key", mode="before")
    @classmethod
    def _from_environment(cls, value: object) -> object:
        return expand_variable(value)

    @model_validator(mode="after")
    def _hub_models_are_pinned(self) -> Self:
        for key, pin, value in (
            ("base", "revision", self.base),
            ("encoder", "encoder_revision", self.encoder),
            ("reranker", "reranker_revision", self.reranker),
            ("nli", "nli_revision", self.nli),
        ):
            is_hub = value not in ("", "starter") and not Path(value).expanduser().is_absolute()
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
    keep_approved_days: int = Field(default=730, ge=1)  # of rows that an editor approved

    @field_validator("url", mode="before")
    @classmethod
    def _from_environment(cls, value: object) -> object:
        return expand_variable(value)


class AdminSettings(Section):
    """Who may open /admin: nobody while no editor is named."""

    # Name -> what `masthead password` printed, best as ${NAME} from the environment.
    editors: dict[str, SecretStr] = Field(default_factory=dict)

    @field_validator("editors", mode="before")
    @classmethod
    def _from_environment(cls, value: object) -> object:
        if not isinstance(value, dict):
            return value
        return {name: expand_variable(hashed) for name, hashed in value.items()}

    @field_validator("editors")
    @classmethod
    def _are_hashes(cls, value: dict[str, SecretStr]) -> dict[str, SecretStr]:
        for name, hashed in value.items():
            if not is_hash(hashed.get_secret_value()):
                raise ValueError(
                    f"what stands for {name} is not a password's hash; run `masthead password` and"
                    " write the line that it prints"
                )
        return value


class WidgetSettings(Section):
    """Which sites may show the assistant in a frame: none while none is listed."""

    sites: tuple[str, ...] = ()  # like https://www.example.org, without a path

    @field_validator("sites")
    @classmethod
    def _are_origins(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for site in value:
            if not _ORIGIN.fullmatch(site):
                raise ValueError(
                    f"{site!r} is not a site; write it as https://www.example.org, without a path"
                )
        return value


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
    admin: AdminSettings = AdminSettings()
    widget: WidgetSettings = WidgetSettings()

    @model_validator(mode="after")
    def _sources_are_different(self) -> Self:
        names = [source.name for source in self.sources]
        if twice := [name for name in names if names.count(name) > 1]:
            raise ValueError(f"sources: {twice[0]} stands there twice; delete one of the two")
        return self
