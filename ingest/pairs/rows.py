"""From passages, question and target to one Pair: the prompt is the one that the server sends.

What every maker shares: the tools, the rendered prompt with the text that stayed in it, and the
record of a row that was not kept.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from assistant.commit import hash_json
from assistant.evidence import Evidence, read_evidence
from assistant.generation import Generation
from assistant.length import Length, drop_length, say_length
from assistant.prompt import PromptPassage, Wording, neutralise, render_messages
from assistant.reader import with_hint
from assistant.reading import label_of
from assistant.records import Article, Found, Message, Pair, PairKind
from assistant.retrieve import choose_for_prompt, find_passages, score_passages
from assistant.seams import Encoder, Tokenizer
from assistant.settings import Settings
from ingest.pairs.pick import draw
from ingest.pairs.wordings import choose_wording, write_wordings

_DEPTH = 10  # articles looked at, as the server does
# Of questions: as from a reader who chose short answers, or detailed ones.
_SHORT_SHARE, _DETAILED_SHARE = 0.1, 0.1


@dataclass(frozen=True, slots=True)
class Origin:
    """What a row is made from. `about` is the passage or place, for the row's id."""

    kind: PairKind
    task: str
    article: Article | None
    about: str
    question_by: str


@dataclass(frozen=True, slots=True)
class Tools:
    """What the makers work with; `articles` in the generation's order, `render` as in prompt.py."""

    settings: Settings
    generation: Generation
    articles: tuple[Article, ...]
    encoder: Encoder
    tokenizer: Tokenizer
    render: str

    @property
    def seed(self) -> int:
        """The seed of every choice."""
        return self.settings.train.seed

    @property
    def many_authors(self) -> bool:
        """Whether the publication's "I" is not one person's."""
        return len({author for article in self.articles for author in article.authors}) > 1

    def wording_for(self, question: str) -> Wording:
        """Return the wording that a question's rows are rendered with."""
        return choose_wording(write_wordings(self.settings.brand), self.seed, question)

    def length_for(self, question: str) -> Length:
        """Return the length that the reader of a question has chosen."""
        drawn = draw(self.seed, "length", question)
        if drawn < _SHORT_SHARE:
            return Length.SHORT
        return Length.DETAILED if drawn < _SHORT_SHARE + _DETAILED_SHARE else Length.NORMAL

    def find(self, question: str, *, without: str = "") -> list[Found]:
        """Return what the server finds, as if the article `without` had never been written."""
        vector = self.encoder.encode([question])[0]
        scores = score_passages(self.generation, question, vector)
        return find_passages(
            self.generation, scores, _DEPTH, without=self._rows_of(without) if without else ()
        )

    def _rows_of(self, article_id: str) -> list[int]:
        row = [article.id for article in self.articles].index(article_id)
        rows: list[int] = np.flatnonzero(self.generation.passage_article == row).tolist()
        return rows


@dataclass(frozen=True, slots=True)
class Prompt:
    """A rendered prompt: its passages in order, and the text of each that stayed in it."""

    wording: Wording
    messages: tuple[Message, ...]
    items: tuple[Found, ...]
    texts: tuple[str, ...]
    length: Length = Length.NORMAL

    def number_of(self, item: Found) -> int:
        """Return the [n] of a passage."""
        return 1 + [one.passage.id for one in self.items].index(item.passage.id)

    def evidence(self, number: int) -> Evidence:
        """Return what passage [number] says in this prompt, after cutting."""
        return read_evidence(label_of(self.items[number - 1]), self.texts[number - 1])


@dataclass(frozen=True, slots=True)
class DroppedPair:
    """A row that was made, or begun, and not kept: a countable reason and the detail."""

    pair: Pair
    reason: str
    detail: str


def render_prompt(
    tools: Tools,
    wording: Wording,
    items: Sequence[Found],
    history: Sequence[Message],
    question: str,
    length: Length = Length.NORMAL,
) -> Prompt:
    """Render what the server would send for these passages to a reader who chose a length."""
    messages = render_messages(
        wording,
        [PromptPassage(item.article, item.passage) for item in items],
        history,
        question,
        tokenizer=tools.tokenizer,
        max_tokens=tools.settings.retrieval.prompt_tokens,
    )
    texts = _shown_texts(messages[0].content, items)
    return Prompt(wording, with_hint(messages, say_length(length)), tuple(items), texts, length)


def choose_items(tools: Tools, found: Sequence[Found], most: int) -> list[Found]:
    """Return at most `most` passages in the server's order, the first of `found` among them."""
    settings = tools.settings.retrieval
    per_article = min(settings.per_article, most)
    return choose_for_prompt(
        found, settings.model_copy(update={"passages": most, "per_article": per_article})
    )


def make_pair(tools: Tools, prompt: Prompt, target: str, origin: Origin) -> Pair:
    """Return the row that a prompt and its target make."""
    name = origin.article.id if origin.article else ""
    question = prompt.messages[-1].content
    key = [origin.kind, origin.task, name, origin.about, question, prompt.wording.hash]
    return Pair(
        id=hash_json(key)[:16],
        kind=origin.kind,
        task=origin.task,
        article=name,
        passages=tuple(item.passage.id for item in prompt.items),
        messages=(*prompt.messages, Message("assistant", target)),
        question_by=origin.question_by,
        render=tools.render,
        wording=prompt.wording.hash,
        date=origin.article.date if origin.article else "",
    )


def drop_begun(
    tools: Tools, question: str, origin: Origin, reason: str, detail: str
) -> DroppedPair:
    """Return the account of a row that was given up before it had a prompt or a target."""
    wording = tools.wording_for(question)
    prompt = Prompt(wording, (Message("user", question),), (), ())
    begun = make_pair(tools, prompt, "", origin)
    return DroppedPair(replace(begun, passages=(origin.about,)), reason, detail)


def _shown_texts(system: str, items: Sequence[Found]) -> tuple[str, ...]:
    """Return each passage's text as it stands in the prompt, its label line left out."""
    starts = []
    position = 0
    for number, item in enumerate(items, 1):
        opening = f"\n\n[{number}] {neutralise(item.article.title)}"
        position = system.index(opening, position)
        starts.append(position)
    ends = [*starts[1:], len(system)]
    blocks = [system[start:end].strip() for start, end in zip(starts, ends, strict=False)]
    return tuple(block.partition("\n")[2] for block in blocks)


def read_shown(pair: Pair) -> list[tuple[str, str]]:
    """Return (label, text) of each passage that stands in a row's own system message."""
    _, *blocks = re.split(r"\n\n\[\d+\] ", drop_length(pair.messages[0].content))
    return [(label, text) for label, _, text in (block.partition("\n") for block in blocks)]
