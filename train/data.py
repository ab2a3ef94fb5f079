"""The current snapshot as rows to learn from and rows to check on, with the facts about them."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from assistant.base import Base, base_render, describe_base_render, find_base, load_base_tokenizer
from assistant.commit import MANIFEST, hash_file, read_current, verify_folder
from assistant.config import Workspace
from assistant.errors import ArticleError, AssistantError, IndexMismatch
from assistant.pairs_io import read_pairs
from assistant.prompt import make_wording
from assistant.tokenizer import ChatTokenizer
from train.examples import Example, check_examples, choose_validation, encode_pairs, mark_novel

log = logging.getLogger(__name__)

_VALIDATION_TOKENS = 4_000  # 13 s on two cores; the same rows for the base and every check


@dataclass(frozen=True, slots=True)
class TrainingData:
    """The rows of one run. `wordings` are those of the rows, `wording` the one in masthead.yaml."""

    base: Base
    tokenizer: ChatTokenizer
    render: str
    render_parts: dict[str, object]
    wording: str
    snapshot: int
    snapshot_sha256: str
    max_tokens: int
    train: tuple[Example, ...]
    validation: tuple[Example, ...]
    n_too_long: int

    @property
    def wordings(self) -> list[str]:
        """The wordings that the training rows were rendered with."""
        return sorted({example.pair.wording for example in self.train})

    @property
    def articles(self) -> list[str]:
        """The articles that the training rows were made from."""
        return sorted({e.pair.article for e in self.train if e.pair.article})


def read_training_data(workspace: Workspace) -> TrainingData:
    """Read and check the current snapshot for the workspace's base.

    Raises ArticleError without a snapshot, IndexMismatch where it is damaged or was rendered for
    another base, AssistantError where it has too few rows or a row would teach the wrong text.
    """
    settings = workspace.settings
    folder = _find_snapshot(workspace.pairs_root)
    base = find_base(settings.models)
    tokenizer = load_base_tokenizer(base)
    render = base_render(base, tokenizer)
    budget = settings.retrieval.prompt_tokens + settings.retrieval.answer_tokens
    max_tokens = settings.train.max_tokens or budget
    train, n_too_long = encode_pairs(read_pairs(folder / "train.jsonl"), tokenizer, max_tokens)
    held_out, _ = encode_pairs(read_pairs(folder / "validation.jsonl"), tokenizer, max_tokens)
    chosen = choose_validation(held_out, _VALIDATION_TOKENS)
    _check_render([*train, *held_out], render, folder)
    check_examples(train, tokenizer)
    if not chosen:
        raise AssistantError(
            f"snapshot {folder.name} has no validation rows, so a gain could not be measured; add"
            " articles and run `masthead ingest`"
        )
    log.info("snapshot %s: %d rows, %d to check on", folder.name, len(train), len(chosen))
    return TrainingData(
        base=base,
        tokenizer=tokenizer,
        render=render,
        render_parts=describe_base_render(base, tokenizer),
        wording=make_wording(settings.brand).hash,
        snapshot=int(folder.name),
        snapshot_sha256=hash_file(folder / MANIFEST),
        max_tokens=max_tokens,
        train=tuple(train),
        validation=tuple(mark_novel(example) for example in chosen),
        n_too_long=n_too_long,
    )


def _find_snapshot(root: Path) -> Path:
    name = read_current(root)
    if name is None:
        raise ArticleError(f"there are no pairs in {root}; run `masthead ingest` first")
    verify_folder(root / name)
    return root / name


def _check_render(examples: Sequence[Example], render: str, folder: Path) -> None:
    other = next((e.pair.render for e in examples if e.pair.render != render), None)
    if other is not None:
        raise IndexMismatch(
            f"the pairs in {folder} were rendered as {other} and this base renders {render}; run"
            " `masthead ingest --only pairs` to make them again"
        )
