"""All the way: articles -> generation -> snapshot -> answer, once with fakes and once for real."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from assistant.answer import Assistant
from assistant.commit import number_name, verify_folder
from assistant.generation import open_generation
from assistant.lines import answer_row
from assistant.pairs_io import read_pairs
from ingest.pairs import build_snapshot
from ingest.run import ingest_workspace
from tests.fakes import (
    ARTICLES,
    FakeEncoder,
    FakeTokenizer,
    ScriptedGenerator,
    make_workspace,
)

ROOT = Path(__file__).parents[1]
DEMO = ROOT / "data" / "demo"
SAID = "On the starter model a rank of 16 trains 4.9 million parameters."


def write_articles(root):
    (root / "articles").mkdir()
    for article in ARTICLES:
        text = f"---\ntitle: {article.title}\ndate: {article.published}\n---\n\n{article.body}\n"
        (root / "articles" / article.file).write_text(text, encoding="utf-8")


def test_three_articles_become_an_index_pairs_and_an_answer(tmp_path):
    write_articles(tmp_path)
    workspace = make_workspace(
        tmp_path,
        ingest={"min_words": 5},
        sources=[{"folder": "articles", "base_url": "https://bench.example/"}],
        retrieval={"caution": "rather answer"},
    )
    encoder = FakeEncoder()

    report = ingest_workspace(workspace, only="index", encoder=encoder)
    generation = open_generation(workspace.index_root, encoder.identity)
    counts = build_snapshot(
        workspace, generation, encoder, FakeTokenizer(), "render", lambda done, total: None
    )
    assistant = Assistant(
        settings=workspace.settings,
        generation=generation,
        encoder=encoder,
        tokenizer=FakeTokenizer(),
        engine=ScriptedGenerator([f"{SAID[:-1]} [1]. ", "It doubles on Fridays."]),
        render="render",
    )
    row = answer_row("q1", assistant.answer("How many parameters does a rank of 16 train?"))

    assert (report["articles"]["kept"], report["generation"]) == (3, 1)
    snapshot = workspace.pairs_root / number_name(counts["snapshot"])
    assert verify_folder(snapshot)["generation"] == 1
    pairs = [p for split in ("train", "validation", "test", "time_test")
             for p in read_pairs(snapshot / f"{split}.jsonl")]  # fmt: skip
    assert pairs
    assert row["retrieved"][0]["file"] == "rank.md"
    assert row["sentences"][0]["text"] == SAID
    assert row["citations"][0]["url"] == "https://bench.example/rank"
    assert [dropped["text"] for dropped in row["dropped_sentences"]] == ["It doubles on Fridays."]


STEMS = (
    "what-a-low-rank-is",
    "rank-revisited",
    "pick-your-rank",
    "merge-or-carry",
    "the-template-is-the-contract",
    "the-learning-rate-first",
    "flat-is-fine",
    "index-swaps-at-noon",
)


def call(*arguments):
    """Run a command as a person would."""
    code = "from assistant.cli import main; main()"
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments), "--json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def masthead(*arguments):
    """Return the JSON document of a command that must succeed."""
    ended = call(*arguments)
    assert ended.returncode == 0, ended.stderr[-2000:]
    return json.loads(ended.stdout)


def train(root):
    """Train for a minute, or for as long as the command says that a slow machine needs."""
    ended = call("train", root, "--budget", "60s")
    if ended.returncode == 2:
        least = int(re.search(r"give at least (\d+) s", ended.stderr)[1])
        ended = call("train", root, "--budget", f"{least * 6 // 5}s")
    assert ended.returncode == 0, ended.stderr[-2000:]
    return json.loads(ended.stdout)


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """Eight articles of the demo, ingested."""
    root = tmp_path_factory.mktemp("workspace")
    settings = (DEMO / "masthead.yaml").read_text(encoding="utf-8")
    # Short prompts make a step of training a third as long.
    short = "retrieval: {prompt_tokens: 260, answer_tokens: 80}"
    (root / "masthead.yaml").write_text(f"{settings}\n{short}\n", encoding="utf-8")
    (root / "articles").mkdir()
    for stem in STEMS:
        shutil.copy(DEMO / "articles" / f"{stem}.md", root / "articles")
    return root, masthead("ingest", root)


@pytest.mark.slow
def test_a_real_ingest_accounts_for_everything(demo):
    root, report = demo

    assert report["articles"] == {
        "read": 8, "kept": 8, "unchanged": 0, "changed": 0, "added": 8, "removed": 0,
    }  # fmt: skip
    assert (report["generation"], report["snapshot"]) == (1, 1)
    assert report["embedded"] >= report["passages"] > 20
    assert report["pairs"].keys() == {"train", "validation", "test", "time_test", "dropped"}
    assert report["pairs"]["train"] > 0
    again = masthead("ingest", root)
    assert (again["generation"], again["snapshot"], again["embedded"]) == (1, 1, 0)


@pytest.mark.slow
def test_a_real_question_is_answered_with_its_source_and_another_refused(demo):
    root, _ = demo

    answered = masthead("ask", root, "Why does B start at zero in LoRA?")
    refused = masthead("ask", root, "Which pasta shape holds a tomato sauce best?")

    assert not answered["refused"]
    assert answered["retrieved"][0]["file"] == "what-a-low-rank-is.md"
    assert answered["citations"][0]["url"].startswith("https://thelowrank.example/")
    facts = [s for s in answered["sentences"] if not s["frame"]]
    assert facts
    assert all(sentence["supported"] and sentence["citations"] for sentence in facts)
    assert {"adapter": "base", "engine": "llamacpp", "generation": 1}.items() <= answered.items()
    assert (refused["refused"], refused["mode"]) == (True, "refused")
    assert refused["sentences"][0]["text"] == "We have not printed anything on that."
    assert answered.keys() == refused.keys()


@pytest.mark.slow
def test_a_real_adapter_is_trained_promoted_asked_and_rolled_back(demo):
    root, _ = demo

    trained = train(root)
    name = trained["adapter"]
    promoted = masthead("adapters", "promote", root, name, "--yes", "--count", "2")
    answered = masthead("ask", root, "Why does B start at zero in LoRA?")
    back = masthead("adapters", "rollback", root)

    assert {
        "adapter", "steps", "tokens", "tokens_per_second", "train_loss", "validation_loss",
        "validation_loss_novel", "trainable_parameters", "peak_memory_bytes", "seconds",
        "precision", "stopped",
    } <= trained.keys()  # fmt: skip
    assert trained["steps"] >= 1
    assert promoted
    assert answered["adapter"] == name
    assert back == {"before": name, "now": "base"}
    (entry,) = masthead("adapters", "list", root)["adapters"]
    assert (entry["name"], entry["state"]) == (name, "retired")
