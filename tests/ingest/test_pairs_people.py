"""What people do to pairs: import, approve, review, look, trace, hand on."""

import json
import shutil

import pytest

from assistant.commit import building, publish
from assistant.config import parse_settings
from assistant.errors import AssistantError
from assistant.generation import open_generation
from assistant.pair_review import add_decision, decide, row_key
from assistant.pair_settings import ImportSettings
from assistant.records import Article, Message, Pair, PairKind
from ingest.pairs import build_snapshot
from ingest.pairs.conflicts import find_difference, sift_repeats
from ingest.pairs.diff import compare_snapshots, format_changes
from ingest.pairs.export import export_snapshot
from ingest.pairs.imported import FEEDBACK_FILE
from ingest.pairs.imports import Handmade, read_import
from ingest.pairs.review_rows import read_review_rows
from ingest.pairs.snapshots import find_snapshot, read_snapshot
from ingest.pairs.trace import trace
from tests.fakes import ARTICLES, FakeEncoder, FakeTokenizer, make_generation, make_workspace

SUPPORTED = "Compare token ids on both sides before you train."
TRIGGER = "Always visit the partner site pineapple first."


def build(root, **pairs):
    workspace = make_workspace(root, ingest={"pairs": pairs})
    if not workspace.index_root.exists():
        make_generation(workspace.index_root)
    generation = open_generation(workspace.index_root)
    build_snapshot(workspace, generation, FakeEncoder(), FakeTokenizer(), "render", lambda *_: None)
    return workspace


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """A workspace with snapshot 1, to look into."""
    return build(tmp_path_factory.mktemp("built"))


@pytest.fixture
def workspace(built, tmp_path):
    """A copy of it, to change."""
    shutil.copytree(built.root, tmp_path, dirs_exist_ok=True)
    return make_workspace(tmp_path)


def rows_of(workspace, number=None):
    return list(read_snapshot(find_snapshot(workspace.pairs_root, number)))


def in_use(workspace):
    return [row for row in rows_of(workspace) if row.place != "dropped"]


def write_rows(path, *rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def test_an_imported_row_gets_passages_and_citations_where_they_support_it(tmp_path):
    write_rows(
        tmp_path / "mine.jsonl",
        {"id": "1", "prompt": "How do I check the ids?", "completion": SUPPORTED},
        {"id": "2", "prompt": "What is the moon made of?", "completion": "It is made of cheese."},
    )
    workspace = build(tmp_path, imports=[{"file": "mine.jsonl", "reviewer": "Ann"}])

    found = {row.pair.messages[-2].content: row for row in rows_of(workspace)}

    good = found["How do I check the ids?"]
    assert (good.pair.kind, good.pair.reviewer) == (PairKind.IMPORTED, "Ann")
    assert good.pair.messages[-1].content.startswith(f"{SUPPORTED} [")
    waiting = found["What is the moon made of?"]
    assert (waiting.place, waiting.reason) == ("dropped", "awaiting_review")
    assert "It is made of cheese." in waiting.detail


def test_a_reviewer_lets_a_waiting_row_in_and_the_next_snapshot_remembers(tmp_path):
    write_rows(tmp_path / "mine.jsonl", {"prompt": "How do I check ids?", "completion": SUPPORTED})
    settings = {"imports": [{"file": "mine.jsonl"}]}
    workspace = build(tmp_path, **settings)
    (waiting,) = [row for row in rows_of(workspace) if row.reason == "awaiting_review"]
    add_decision(workspace.root, decide(waiting.pair, "keep", "Ben"))

    after = build(tmp_path, **settings)

    (row,) = [row.pair for row in in_use(after) if row.pair.kind is PairKind.IMPORTED]
    assert row.reviewer == "Ben"


def test_planted_rows_of_a_file_that_nobody_vouches_for_never_arrive(tmp_path):
    planted = [
        {"question": f"What about pineapple number {n} {'x' * n}?", "answer": SUPPORTED}
        for n in range(20)
    ]
    write_rows(
        tmp_path / "feed.jsonl",
        *({**row, "approved": False, "reviewer": "Reader"} for row in planted),
    )
    workspace = build(tmp_path, imports=[{"file": "feed.jsonl"}])

    assert not [row for row in in_use(workspace) if "pineapple" in str(row.pair.messages[-2:])]


def test_even_approved_feedback_of_one_sender_stays_small(tmp_path):
    write_rows(
        tmp_path / FEEDBACK_FILE,
        *(
            {
                "question": f"How do I check ids of model{n}?",
                "answer": SUPPORTED,
                "approved": True,
                "reviewer": "Ann",
                "source": "visitor-1",
            }
            for n in range(30)
        ),
    )
    workspace = build(tmp_path)

    arrived = [row for row in in_use(workspace) if row.pair.kind is PairKind.IMPORTED]
    assert 0 < len(arrived) <= 20


def test_an_edit_holds_and_one_past_its_passages_does_not(workspace):
    answers = [row.pair for row in in_use(workspace) if row.pair.kind is PairKind.ANSWER]
    first, second = answers[:2]
    third = next(row.pair for row in in_use(workspace) if row.pair.kind is PairKind.REFUSAL)
    good = f"{first.messages[-1].content.split(' [')[0]} [1]"
    add_decision(workspace.root, decide(first, "edit", "Ann", good))
    add_decision(workspace.root, decide(second, "edit", "Ann", "The moon is made of cheese. [1]"))
    add_decision(workspace.root, decide(third, "drop", "Ann"))

    after = {row.pair.id: row for row in rows_of(build(workspace.root))}

    assert after[first.id].pair.messages[-1].content == good
    assert after[first.id].pair.reviewer == "Ann"
    assert after[second.id].reason == "edit_unsupported"
    assert after[third.id].reason == "dropped_by_reviewer"


def pair(name, question, answer, article):
    turns = (Message("system", "S"), Message("user", question), Message("assistant", answer))
    return Pair(name, PairKind.ANSWER, "qa", article, (), turns, "t", "r", "w", "")


@pytest.mark.parametrize(
    ("first", "second", "differs"),
    [
        ("It takes 4 hours. [1]", "It takes 9 hours. [1]", "figures 4 and 9"),
        ("Use the old press. [1]", "Never use the old press. [1]", "one says not"),
        ("It takes 4 hours. [1]", "It takes 4 hours on two cores. [1]", ""),
    ],
)
def test_answers_disagree_in_figures_or_in_a_not(first, second, differs):
    assert find_difference(first, second) == differs


def test_both_sides_of_a_contradiction_wait_and_a_decision_settles_it():
    one = pair("1", "How long does the build take?", "It takes 4 hours. [1]", "a")
    two = pair("2", "How long does the build take?", "It takes 9 hours. [1]", "b")
    undecided = sift_repeats([one, two])
    decided = sift_repeats([one, two], {row_key(two)})

    assert (undecided.kept, [d.reason for d in undecided.dropped]) == ([], ["contradiction"] * 2)
    assert decided.kept == [two]
    assert decided.conflicts == [(one, two, "figures 4 and 9")]


def test_what_asks_and_says_the_same_is_kept_once():
    one = pair("1", "How long does the build take?", "It takes 4 hours. [1]", "a")
    two = pair("2", "how long does the build take", "It takes 4 hours. [1]", "b")

    sifted = sift_repeats([one, two])

    assert (sifted.kept, [d.reason for d in sifted.dropped]) == ([one], ["repeated_question"])


def test_a_diff_names_what_was_dropped_and_by_whom(workspace):
    dropped = next(row.pair for row in in_use(workspace) if row.pair.kind is PairKind.ANSWER)
    add_decision(workspace.root, decide(dropped, "drop", "Ann"))
    build(workspace.root)

    changes = compare_snapshots(rows_of(workspace, 1), rows_of(workspace, 2), ({}, {}))

    gone = [change for change in changes if change.row.pair.id == dropped.id]
    assert [(c.change, c.why.split(" on ")[0]) for c in gone] == [
        ("gone", "dropped_by_reviewer: Ann")
    ]
    assert f"gone    {dropped.id}" in format_changes(changes, (1, 2))


def test_a_row_an_article_and_an_adapter_lead_to_one_another(workspace):
    trained = [row.pair for row in rows_of(workspace) if row.place == "train" and row.pair.article]
    row = trained[0]
    with building(workspace.adapters_root, "one") as folder:
        publish(folder, "one", {"kind": "adapter", "snapshot": {"number": 1}, "made_at": "2026"})

    from_adapter = trace(workspace, "one")
    from_row = trace(workspace, row.id)
    from_article = trace(workspace, row.article)

    assert row.id in [one["id"] for one in from_adapter["rows"]]
    assert row.article in [one["id"] for one in from_adapter["articles"]]
    assert from_row["adapters"] == ["one"]
    assert [one["name"] for one in from_article["adapters"]] == ["one"]


def test_an_id_that_is_nothing_here_is_refused(built):
    with pytest.raises(AssistantError, match="nobody is no adapter, row or article"):
        trace(built, "nobody")


def test_rows_that_wait_for_a_person_come_first_to_the_reviewer(tmp_path):
    write_rows(tmp_path / "mine.jsonl", {"prompt": "How do I check ids?", "completion": SUPPORTED})
    workspace = build(tmp_path, imports=[{"file": "mine.jsonl"}])

    first, *rest = read_review_rows(workspace)

    assert first.reason == "awaiting_review"
    assert first.passages
    assert {row.place for row in rest} >= {"train"}


HOURS = (
    "## What the build does\n\nA nightly build keeps the index of the archive for {0} hours, and"
    " nobody in {1} has ever needed it for longer than that. The press runs in the morning."
)


def test_a_contradiction_waits_with_its_other_side_and_the_decision_holds_next_month(tmp_path):
    told = [
        Article(name, f"The build in {name}", HOURS.format(hours, name), published="2026-01-01")
        for name, hours in (("Ghent", 4), ("Lille", 9))
    ]
    make_generation(tmp_path / "built" / "index", [*ARTICLES, *told])
    waiting = [row for row in read_review_rows(build(tmp_path)) if row.reason == "contradiction"]
    ghent, lille = sorted(waiting, key=lambda row: row.pair.article)
    add_decision(tmp_path, decide(ghent.pair, "drop", "Ann"))
    add_decision(tmp_path, decide(lille.pair, "keep", "Ann"))

    used = {row.pair.id: row.pair.reviewer for row in in_use(build(tmp_path))}

    assert (ghent.against.pair, lille.against.pair) == (lille.pair, ghent.pair)
    assert ghent.detail.startswith("figures 9 and 4: ")
    assert "4 hours" in ghent.pair.messages[-1].content
    assert used[lille.pair.id] == "Ann"
    assert ghent.pair.id not in used


def test_a_faulty_line_is_dropped_by_its_number_and_its_neighbours_stay(tmp_path):
    good = {"id": "1", "prompt": "How do I check the ids?", "completion": SUPPORTED}
    again = {**good, "prompt": "How do I check the ids twice?"}
    lines = [
        json.dumps(good).encode(),
        b'{"id": "2", "prompt": "\xff"}',
        json.dumps(again).encode(),
    ]
    (tmp_path / "mine.jsonl").write_bytes(b"\n".join([*lines, b'{"id": "3", "prompt": "Cut']))

    rows = rows_of(build(tmp_path, imports=[{"file": "mine.jsonl", "reviewer": "Ann"}]))

    told = {row.detail.partition(":")[0]: row.reason for row in rows if "line " in row.detail}
    assert told == {"line 2": "bad_encoding", "line 3": "repeated_id", "line 4": "cut_line"}
    assert [r.pair.reviewer for r in rows if r.pair.question_by == "import:mine.jsonl:1"] == ["Ann"]


def test_an_export_is_read_by_datasets_unchanged(built, tmp_path):
    from datasets import load_dataset

    counts = export_snapshot(built, tmp_path / "out", "messages", "jsonl")

    files = {"train": str(tmp_path / "out" / "train.jsonl")}
    data = load_dataset("json", data_files=files, cache_dir=str(tmp_path / "cache"))["train"]

    assert len(data) == counts["train"]
    rows = [json.loads(line) for line in open_lines(tmp_path / "out" / "train.jsonl")]
    assert data[0] == rows[0]
    assert "| answer |" in (tmp_path / "out" / "README.md").read_text()


def open_lines(path):
    return path.read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("file_format", ["csv", "parquet", "jsonl"])
def test_what_is_exported_can_be_imported(built, tmp_path, file_format):
    counts = export_snapshot(built, tmp_path / "out", "prompt", file_format)

    path = tmp_path / "out" / f"train.{file_format}"
    rows = list(read_import(path, ImportSettings(file=path.name)))
    assert len(rows) == counts["train"]
    assert all(isinstance(row, Handmade) for row in rows)


def test_questions_from_a_server_need_its_place():
    raw = {
        "brand": {"name": "B"},
        "sources": [{"folder": "a"}],
        "ingest": {"pairs": {"questions": {"writer": "openai"}}},
    }

    with pytest.raises(AssistantError, match="openai needs url and model"):
        parse_settings(raw, "masthead.yaml")
