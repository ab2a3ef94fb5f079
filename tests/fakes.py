"""Fakes of the seams, and the helpers that build a small real generation and an assistant on it.

Deterministic and fast: no model is loaded and nothing is patched.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from assistant.answer import Assistant
from assistant.commit import building, list_numbers, number_name, point_current, publish, write_text
from assistant.config import Workspace, parse_settings
from assistant.decide import FEATURES, DecisionModel, load_prior
from assistant.generation import FITS, Fits, Generation, fits_to_json, open_generation
from assistant.passage_text import prefixed_text
from assistant.records import Article, Heading, Message, OwnQuestion, Passage
from assistant.seams import Encoder, Floats
from assistant.settings import Settings
from assistant.text import content_stems
from ingest.index import IndexParts, write_index

CAUTIONS = ("balanced", "rather refuse", "rather answer")


class FakeEncoder:
    """A vector counts a text's stems in hashed buckets, so texts that share words are near."""

    def __init__(self, identity: str = "fake-encoder@1", dim: int = 256) -> None:
        self.identity = identity
        self.dim = dim
        self.max_tokens = 256
        self.encoded: list[str] = []

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(text.split()) for text in texts]

    def encode(self, texts: Sequence[str]) -> Floats:
        self.encoded += texts
        vectors = np.full((len(texts), self.dim), 1e-3, dtype=np.float32)
        for row, text in enumerate(texts):
            for stem in content_stems(text):
                bucket = int(hashlib.sha256(stem.encode()).hexdigest()[:8], 16) % self.dim
                vectors[row, bucket] += 1
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


class FakeTokenizer:
    """A word is a token; a turn costs two more, and the assistant's opening one."""

    def render(self, messages: Sequence[Message]) -> list[int]:
        words = [
            word
            for message in messages
            for word in (f"<{message.role}>", *message.content.split(), "<end>")
        ]
        return [int(hashlib.sha256(w.encode()).hexdigest()[:6], 16) for w in [*words, "<open>"]]

    def count(self, text: str) -> int:
        return len(text.split())


@dataclass
class ScriptedGenerator:
    """Yields the pieces it was given and keeps what it was asked."""

    pieces: Sequence[str] = ()
    name: str = "scripted"
    prompts: list[tuple[Message, ...]] = field(default_factory=list)
    adapters: list[str | None] = field(default_factory=list)
    most_tokens: list[int] = field(default_factory=list)
    yielded: int = 0
    closed: bool = False

    def stream(
        self, messages: Sequence[Message], *, adapter: str | None, max_tokens: int
    ) -> Iterator[str]:
        self.prompts.append(tuple(messages))
        self.adapters.append(adapter)
        self.most_tokens.append(max_tokens)
        try:
            for piece in self.pieces:
                self.yielded += 1
                yield piece
        finally:
            self.closed = True


RANK = Article(
    id="rank",
    title="Pick your rank",
    url="https://bench.example/rank",
    file="rank.md",
    published="2026-01-10",
    headings=(Heading(2, "What the rank costs", "what-the-rank-costs"),),
    body=(
        "## What the rank costs\n\n"
        "A rank of 16 trains 4.9 million parameters on the starter model."
        " Raising the rank makes training slower.\n\n"
        "A merged adapter does not slow the answers at all."
    ),
)
TEMPLATES = Article(
    id="templates",
    title="The template is the contract",
    url="https://bench.example/templates",
    file="templates.md",
    published="2026-02-10",
    headings=(Heading(2, "One wrong flag", "one-wrong-flag"),),
    body=(
        "## One wrong flag\n\n"
        "One wrong flag in the chat template cut the accuracy from 57 % to 26 %."
        " Compare token ids on both sides before you train.\n\n"
        "Jinja renders the chat template for Llama and Qwen."
    ),
)
GALLEY = Article(
    id="galley",
    title="Reading the galley",
    file="galley.md",
    published="2026-03-10",
    headings=(Heading(2, "Thirty answers aloud", "thirty-answers-aloud"),),
    body=(
        "## Thirty answers aloud\n\n"
        "Read thirty answers aloud before you promote an adapter."
        " The Evaluation Desk keeps the sheet for a year.\n\n"
        "Nobody should promote an adapter on a Friday."
    ),
)
ARTICLES = (RANK, TEMPLATES, GALLEY)


def cut_paragraphs(article: Article) -> list[Passage]:
    """Return one passage a paragraph, under the heading above it."""
    anchors = {heading.text: heading.anchor for heading in article.headings}
    passages: list[Passage] = []
    heading = ""
    for block in article.body.split("\n\n"):
        if block.startswith("#"):
            heading = block.lstrip("# ")
            continue
        path = (heading,) if heading else ()
        place = f"{article.id}#{len(passages)}"
        passages.append(Passage(place, article.id, block, path, anchors.get(heading, "")))
    return passages


def fixed_decision(score: float) -> DecisionModel:
    """Return a decision that gives every question the same score (0..1)."""
    n = len(FEATURES)
    bias = float(np.log(score / (1 - score)))
    return DecisionModel((0.0,) * n, bias, (0.0,) * n, (1.0,) * n, dict.fromkeys(CAUTIONS, 0.5))


def make_generation(
    tmp_path: Path,
    articles: Sequence[Article] = ARTICLES,
    *,
    encoder: Encoder | None = None,
    decision: DecisionModel | None = None,
    questions: Sequence[OwnQuestion] = (),
) -> Generation:
    """Build and open the next generation under `tmp_path`; the prior decides unless told."""
    encoder = encoder or FakeEncoder()
    passages = [passage for article in articles for passage in cut_paragraphs(article)]
    titles = {article.id: article.title for article in articles}
    texts = [prefixed_text(titles[p.article_id], p.headings, p.text) for p in passages]
    owner = np.arange(len(passages), dtype=np.int32)
    fits = Fits(0.5, decision or load_prior()[0], {"questions": len(questions), "fitted": False})
    number = max(list_numbers(tmp_path), default=0) + 1
    with building(tmp_path, number_name(number)) as folder:
        parts = IndexParts(articles, passages, encoder.encode(texts), owner, questions)
        write_index(folder, parts)
        write_text(folder / FITS, fits_to_json(fits))
        about = {"kind": "index", "generation": number, "encoder": encoder.identity}
        publish(folder, number_name(number), about)
    point_current(tmp_path, number_name(number))
    return open_generation(tmp_path)


def make_settings(**sections: dict[str, object]) -> Settings:
    """Return the settings of a small workspace; keywords replace whole sections."""
    raw = {"brand": {"name": "The Bench"}, "sources": [{"folder": "articles"}], **sections}
    return parse_settings(raw, "masthead.yaml")


def make_workspace(root: Path, **sections: dict[str, object]) -> Workspace:
    """Return a workspace in a folder that need not hold anything yet."""
    return Workspace(root, make_settings(**sections))


def make_assistant(
    tmp_path: Path,
    pieces: Sequence[str] = (),
    *,
    articles: Sequence[Article] = ARTICLES,
    answerable: float = 0.9,
    engine: ScriptedGenerator | None = None,
    promoted: str | None = None,
    **sections: dict[str, object],
) -> Assistant:
    """Return an assistant on a small real index whose model says `pieces`."""
    encoder = FakeEncoder()
    return Assistant(
        settings=make_settings(**sections),
        generation=make_generation(
            tmp_path, articles, encoder=encoder, decision=fixed_decision(answerable)
        ),
        encoder=encoder,
        tokenizer=FakeTokenizer(),
        engine=engine or ScriptedGenerator(pieces),
        render="render",
        promoted=promoted,
    )
