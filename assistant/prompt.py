"""The one prompt: the same messages for pairs, training, evaluation and serving.

Takes wording, passages, history and a question; gives messages within a token budget. Two hashes
name what was rendered: `render` (layout and base model) and `wording` (what an editor may change).
Pure, but for the tokenizer it is handed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from assistant.commit import hash_json
from assistant.errors import ConfigError
from assistant.records import Article, Message, Passage
from assistant.rewrite import rewrite_question
from assistant.seams import Tokenizer
from assistant.settings import BrandSettings
from assistant.text import content_stems, split_units

TEMPLATE_VERSION = 1
_HISTORY_SHARE = 0.25  # of the budget; the newest turns are kept
_NO_PASSAGES = "Passages: none."
# Text that a chat template would read as a change of speaker; never let through from outside.
_ROLE_MARKS = re.compile(
    r"<\|[^|<>]{1,40}\|>|</?s>|\[/?INST\]|<</?SYS>>|^#{2,3} (?=Instruction:|Response:|Input:)",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Wording:
    """What the editor may change at any time."""

    system: str
    refusal: str

    @property
    def hash(self) -> str:
        """Name of this wording in manifests and answers."""
        return hash_json([self.system, self.refusal])[:16]

    def with_hint(self, hint: str) -> Wording:
        """Return the wording with what the model is told of one reader."""
        return replace(self, system=self.system + hint)


@dataclass(frozen=True, slots=True)
class PromptPassage:
    """A passage as the prompt shows it."""

    article: Article
    passage: Passage


@dataclass(frozen=True, slots=True)
class _Kept:
    """A unit of a passage's text with what it is worth to the question and what it costs."""

    passage: int
    position: int
    text: str
    joiner: str
    value: float
    tokens: int


def make_wording(brand: BrandSettings) -> Wording:
    """Fill the brand's name and refusal into its system prompt."""
    system = brand.system_prompt.replace("{name}", brand.name).replace("{refusal}", brand.refusal)
    return Wording(system, brand.refusal)


def render_identity(template: str, base_id: str, revision: str, special: Sequence[str]) -> str:
    """Return the `render` hash: layout, chat template, special tokens, base model and revision."""
    return hash_json(describe_render(template, base_id, revision, special))[:16]


def describe_render(
    template: str, base_id: str, revision: str, special: Sequence[str]
) -> dict[str, object]:
    """Return what the `render` hash is made of, so that a difference can be named."""
    return {
        "template_version": TEMPLATE_VERSION,
        "layout": _layout_example(),
        "chat_template": template,
        "special_tokens": sorted(special),
        "base": base_id,
        "revision": revision,
    }


def render_messages(
    wording: Wording,
    passages: Sequence[PromptPassage],
    history: Sequence[Message],
    question: str,
    *,
    tokenizer: Tokenizer,
    max_tokens: int,
) -> list[Message]:
    """Return system, history and question, at most `max_tokens` long once templated.

    Passages are numbered in the order given and cut to the sentences nearest the question when
    they do not fit; the best sentence of each is kept longest. History loses its oldest turns, a
    very long question its end. ConfigError where not even a question fits.
    """
    asked = _fit_question(wording, passages, question, tokenizer, max_tokens)
    room = max_tokens - len(tokenizer.render(_assemble(wording, passages, {}, (), asked)))
    recent = _fit_history(history, tokenizer, min(room, int(max_tokens * _HISTORY_SHARE)))
    bare = _assemble(wording, passages, {}, recent, asked)
    room = max_tokens - len(tokenizer.render(bare))
    # A follow-up ("and its cost?") names nothing to look for; cut to what it stands for.
    kept = _choose_units(passages, rewrite_question(question, history), tokenizer, room)
    while True:
        messages = _assemble(wording, passages, _texts(kept), recent, asked)
        if not kept or len(tokenizer.render(messages)) <= max_tokens:
            return messages
        kept.remove(min(kept, key=lambda unit: unit.value))


def neutralise(text: str) -> str:
    """Take out marks that would change the speaker, wherever a visitor or an article put them."""
    return _ROLE_MARKS.sub(" ", text)


def _assemble(
    wording: Wording,
    passages: Sequence[PromptPassage],
    texts: dict[int, str],
    history: Sequence[Message],
    question: str,
) -> list[Message]:
    blocks = [
        f"[{number}] {_label(item)}\n{texts.get(number - 1, '')}".rstrip()
        for number, item in enumerate(passages, 1)
    ]
    shown = "\n\n".join(["Passages:", *blocks]) if blocks else _NO_PASSAGES
    system = Message("system", f"{wording.system}\n\n{shown}")
    return [system, *history, Message("user", neutralise(question).strip())]


def _label(item: PromptPassage) -> str:
    path = " > ".join([item.article.title, *item.passage.headings])
    date = f" ({item.article.date})" if item.article.date else ""
    return neutralise(f"{path}{date}")


def _choose_units(
    passages: Sequence[PromptPassage], question: str, tokenizer: Tokenizer, room: int
) -> list[_Kept]:
    units = [
        unit
        for number, item in enumerate(passages)
        for unit in _score_units(number, item, question, tokenizer)
    ]
    kept: list[_Kept] = []
    used = 0
    for unit in sorted(units, key=lambda u: -u.value):
        if used + unit.tokens <= room:
            kept.append(unit)
            used += unit.tokens
    return kept


def _score_units(
    number: int, item: PromptPassage, question: str, tokenizer: Tokenizer
) -> list[_Kept]:
    asked = set(content_stems(question))
    scored = []
    for position, unit in enumerate(split_units(item.passage.text)):
        shown = neutralise(unit.text)
        overlap = len(asked & set(content_stems(shown))) / (len(asked) or 1)
        # Earlier sentences carry the subject of the later ones, better passages before worse.
        value = overlap - 0.02 * position - 0.001 * number
        scored.append((position, shown, "\n" if unit.opens else " ", value))
    best = max((value for *_, value in scored), default=0.0)
    return [
        _Kept(
            passage=number,
            position=position,
            text=text,
            joiner=joiner,
            value=value + (1.0 if value == best else 0.0),
            tokens=tokenizer.count(text) + 1,
        )
        for position, text, joiner, value in scored
    ]


def _texts(units: Sequence[_Kept]) -> dict[int, str]:
    texts: dict[int, str] = {}
    for unit in sorted(units, key=lambda u: (u.passage, u.position)):
        before = texts.get(unit.passage)
        texts[unit.passage] = unit.text if before is None else f"{before}{unit.joiner}{unit.text}"
    return texts


def _fit_question(
    wording: Wording,
    passages: Sequence[PromptPassage],
    question: str,
    tokenizer: Tokenizer,
    max_tokens: int,
) -> str:
    text = question
    while len(tokenizer.render(_assemble(wording, passages, {}, (), text))) > max_tokens:
        if not text:
            raise ConfigError(
                f"brand.system_prompt leaves no room for a question in retrieval.prompt_tokens:"
                f" {max_tokens}; shorten the one or raise the other"
            )
        text = text[: len(text) * 9 // 10]
    return text


def _fit_history(
    history: Sequence[Message], tokenizer: Tokenizer, max_tokens: int
) -> list[Message]:
    kept: list[Message] = []
    used = 0
    for message in reversed(history):
        text = neutralise(message.content)
        used += tokenizer.count(text) + 5
        if used > max_tokens:
            break
        kept.insert(0, Message(message.role, text))
    while kept and kept[0].role != "user":
        kept.pop(0)
    return kept


def _layout_example() -> str:
    article = Article(id="a", title="Title", body="", published="2026-01-02")
    passage = Passage(id="p", article_id="a", text="One sentence.", headings=("Heading",))
    messages = _assemble(
        Wording("SYSTEM", "REFUSAL"),
        [PromptPassage(article, passage)],
        {0: passage.text},
        [Message("user", "EARLIER"), Message("assistant", "REPLY")],
        "QUESTION",
    )
    return "\x1e".join(f"{m.role}\x1f{m.content}" for m in messages)
