"""A snapshot from a small generation: the makers together, on disk."""

import dataclasses
import json
import re

import numpy as np
import pytest

from assistant.commit import building, number_name, point_current, publish, verify_folder
from assistant.config import Workspace, parse_settings
from assistant.decide import load_prior
from assistant.evidence import read_evidence
from assistant.generation import FITS, Fits, fits_to_json, open_generation
from assistant.length import Length, drop_length, say_length
from assistant.pairs_io import read_pairs
from assistant.passage_text import prefixed_text
from assistant.reader import with_hint
from assistant.records import Article, Message, PairKind, Passage
from assistant.text import content_stems
from assistant.verify import check_support
from ingest.index import IndexParts, write_index
from ingest.pairs import build_snapshot, current_counts
from ingest.pairs.notes import longest_shared_run
from ingest.pairs.split import SPLITS

SUBJECTS = (
    ("Flat is fine", "flat index", "FAISS", "cells"),
    ("Pick the rate", "learning rate", "AdamW", "steps"),
    ("Say no", "house refusal", "RAFT", "decoys"),
    ("Keep the mask", "label mask", "TRL", "padding"),
    ("Merge or carry", "merged adapter", "PEFT", "weights"),
    ("Cut at headings", "heading path", "Markdown", "fences"),
    ("Old words", "word stems", "BM25", "stopwords"),
    ("Four bits", "quantised base", "NF4", "outliers"),
)


class WordTokenizer:
    """A word is a token."""

    def render(self, messages):
        return [0] * sum(self.count(m.content) for m in messages)

    def count(self, text):
        return len(text.split())


class StemEncoder:
    """A vector counts stems in 64 buckets."""

    identity, dim, max_tokens = "stems", 64, 10_000

    def count_tokens(self, texts):
        return [len(text.split()) for text in texts]

    def encode(self, texts):
        vectors = np.full((len(texts), self.dim), 1e-3, dtype=np.float32)
        for row, text in enumerate(texts):
            for stem in content_stems(text):
                vectors[row, sum(stem.encode()) % self.dim] += 1
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def write_article(number):
    title, thing, tool, part = SUBJECTS[number]
    body = (
        f"## What a {thing} does\n\n"
        f"A {thing} keeps the {part} of {tool} in one place. It costs half of the memory that the"
        f" {part} would take by themselves, and nobody on the bench has ever missed the other half"
        f" of them. If you drop the {part}, the {thing} has nothing left to keep.\n\n"
        f"Print the {part} of {tool} before you trust a {thing}. That takes two minutes."
    )
    return Article(
        f"article-{number}", title, body, published=f"2025-0{number + 1}-01", voice=number != 3
    )


@pytest.fixture(scope="module")
def generation(tmp_path_factory):
    root = tmp_path_factory.mktemp("index")
    articles = [write_article(number) for number in range(len(SUBJECTS))]
    passages = []
    for article in articles:
        heading, *paragraphs = article.body.split("\n\n")
        for number, text in enumerate(paragraphs):
            place = f"{article.id}#{number}"
            passages.append(Passage(place, article.id, text, (heading.lstrip("# "),)))
    titles = {article.id: article.title for article in articles}
    texts = [prefixed_text(titles[p.article_id], p.headings, p.text) for p in passages]
    rows = np.arange(len(passages), dtype=np.int32)
    decision, _ = load_prior()
    with building(root, number_name(1)) as folder:
        write_index(folder, IndexParts(articles, passages, StemEncoder().encode(texts), rows, []))
        (folder / FITS).write_text(fits_to_json(Fits(0.5, decision, {})), encoding="utf-8")
        publish(folder, number_name(1), {"generation": 1, "encoder": "stems"})
    point_current(root, number_name(1))
    return open_generation(root)


def make_workspace(root, **brand):
    raw = {"brand": {"name": "The Bench", **brand}, "sources": [{"folder": "articles"}]}
    return Workspace(root, parse_settings(raw, "test"))


def build(workspace, generation):
    shown = []
    counts = build_snapshot(
        workspace, generation, StemEncoder(), WordTokenizer(), "render", lambda *p: shown.append(p)
    )
    return counts, shown


@pytest.fixture(scope="module")
def built(generation, tmp_path_factory):
    workspace = make_workspace(tmp_path_factory.mktemp("workspace"))
    counts, shown = build(workspace, generation)
    folder = workspace.pairs_root / number_name(counts["snapshot"])
    return workspace, counts, shown, folder


@pytest.fixture(scope="module")
def rows(built):
    return [pair for split in SPLITS for pair in read_pairs(built[3] / f"{split}.jsonl")]


def of_kind(rows, kind):
    return [row for row in rows if row.kind is kind]


def shown_passages(row):
    blocks = re.split(r"\n\n\[(\d+)\] ", row.messages[0].content)
    shown = {}
    for number, block in zip(blocks[1::2], blocks[2::2], strict=True):
        label, _, text = block.partition("\n")
        shown[int(number)] = read_evidence(label, text)
    return shown


def test_all_four_kinds_are_made(rows):
    assert {row.kind for row in rows} == {
        PairKind.ANSWER,
        PairKind.VOICE,
        PairKind.REFUSAL,
        PairKind.CONVERSATION,
    }


def test_counts_are_those_of_the_files(built, rows):
    _, counts, shown, folder = built

    assert sum(counts[split] for split in SPLITS) == len(rows)
    lines = (folder / "dropped.jsonl").read_text(encoding="utf-8").splitlines()
    lost = [json.loads(line) for line in lines]
    assert sum(counts["dropped"].values()) == len(lost)
    assert all(row["reason"] and row["detail"] for row in lost)
    assert verify_folder(folder)["generation"] == 1
    assert shown[-1][0] == shown[-1][1] > 0


def test_every_sentence_of_an_answer_is_supported_by_the_passage_it_cites(rows):
    for row in of_kind(rows, PairKind.ANSWER):
        passages = shown_passages(row)
        cited = re.findall(r"(.+?) \[(\d+)\](?: |$)", row.messages[-1].content)
        assert cited
        for sentence, number in cited:
            assert check_support(sentence, passages[int(number)]).ok, sentence


def test_lengths_are_asked_for_as_the_server_does_and_kept_to(rows):
    asked = {Length.SHORT: [], Length.NORMAL: [], Length.DETAILED: []}
    for row in of_kind(rows, PairKind.ANSWER):
        plain = (Message("system", drop_length(row.messages[0].content)), *row.messages[1:])
        length = next(one for one in Length if with_hint(plain, say_length(one)) == row.messages)
        asked[length].append(row.messages[-1].content.count(" ["))

    assert max(asked[Length.SHORT], default=1) <= 2
    assert len(asked[Length.NORMAL]) > len(asked[Length.SHORT] + asked[Length.DETAILED]) > 0


def test_a_refusal_is_the_same_question_without_its_article(rows):
    answers = {
        (row.article, row.messages[-2].content): row for row in of_kind(rows, PairKind.ANSWER)
    }
    twins = [
        (row, answers[row.article, row.messages[-2].content])
        for row in of_kind(rows, PairKind.REFUSAL)
        if (row.article, row.messages[-2].content) in answers
    ]

    assert twins
    for row, twin in twins:
        assert row.wording == twin.wording
        assert not any(place.startswith(row.article + "#") for place in row.passages)
        assert any(place.startswith(row.article + "#") for place in twin.passages)


def test_a_refusal_names_only_articles_in_its_prompt_and_cites_nothing(rows):
    for row in of_kind(rows, PairKind.REFUSAL):
        target = row.messages[-1].content
        assert target.startswith("We have not written about that.")
        assert "[" not in target
        named = re.findall("\u201c(.+?)\u201d", target)
        assert all(title in row.messages[0].content for title in named)


def test_a_voice_target_never_stands_in_its_prompt(rows):
    for row in of_kind(rows, PairKind.VOICE):
        prompt = "\n".join(message.content for message in row.messages[:-1])
        assert longest_shared_run(row.messages[-1].content, prompt) < 6
        assert row.passages == ()


def test_a_guest_teaches_no_voice_and_is_still_cited(rows):
    kinds = {row.kind for row in rows if row.article == "article-3"}

    assert PairKind.VOICE not in kinds
    assert kinds & {PairKind.ANSWER, PairKind.CONVERSATION}


def test_an_article_stays_in_one_split(built):
    homes = {}
    for split in SPLITS:
        for row in read_pairs(built[3] / f"{split}.jsonl"):
            if row.article:
                homes.setdefault(row.article, set()).add(split)
    assert all(len(splits) == 1 for splits in homes.values())
    assert homes["article-7"] == {"time_test"}


def test_the_same_generation_and_settings_give_the_same_rows(built, rows, generation, tmp_path):
    counts, _ = build(make_workspace(tmp_path), generation)

    folder = tmp_path / "built" / "pairs" / number_name(counts["snapshot"])
    assert [p for split in SPLITS for p in read_pairs(folder / f"{split}.jsonl")] == rows


def test_nothing_is_written_where_nothing_changed(built, generation):
    workspace, counts, _, _ = built

    assert current_counts(workspace, generation, "render") == counts
    assert build(workspace, generation) == (counts, [])


def test_an_edited_prompt_makes_a_new_snapshot_that_names_the_one_before(built, generation):
    workspace, counts, _, _ = built
    brand = workspace.settings.brand.model_copy(update={"refusal": "That is not in our pages."})
    edited = dataclasses.replace(
        workspace, settings=workspace.settings.model_copy(update={"brand": brand})
    )

    after, _ = build(edited, generation)

    folder = workspace.pairs_root / number_name(after["snapshot"])
    assert after["snapshot"] == counts["snapshot"] + 1
    assert verify_folder(folder)["before"] == counts["snapshot"]
