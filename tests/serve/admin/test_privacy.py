"""What is deleted is gone: from tables, SQLite's files, our log lines, training candidates."""

from __future__ import annotations

import logging

import pytest

from assistant.config import Workspace
from assistant.generation import open_generation
from assistant.store.opening import open_store
from assistant.store.reviews import approve_feedback
from ingest.pairs import build_snapshot
from ingest.pairs.snapshots import find_snapshot, read_snapshot
from serve.acts import forget
from serve.desk import Desk
from tests.fakes import FakeEncoder, FakeTokenizer
from tests.rated import make_quick, rate
from tests.serve.admin.editors import fill_workspace, make_assistant

MARK = "zinnober"  # stands in everything that the reader who is forgotten wrote


@pytest.fixture
def place(tmp_path):
    fill_workspace(tmp_path)
    assistant = make_assistant(tmp_path)
    workspace = Workspace(tmp_path, assistant.settings)
    desk = Desk(assistant, open_store(workspace), tmp_path)
    make_quick(desk.store)
    for n in range(3):
        gone = rate(
            desk.store, f"How do I check the {MARK} ids {n}?", answer=f"Check the {MARK}.",
            better="Compare token ids on both sides before you train.", visitor="forgotten",
            days_ago=40,
        )  # fmt: skip
        approve_feedback(desk.store, gone.feedback, "Ann")
    kept = rate(desk.store, "Do ids differ on both sides?", visitor="kept",
                better="Compare token ids on both sides before you train.")  # fmt: skip
    approve_feedback(desk.store, kept.feedback, "Ann")
    desk.refresh_approved()
    yield workspace, desk, gone
    desk.close()
    desk.store.dispose()


def find_residues(workspace, *, pairs=True):
    """Return every file in the workspace that still holds the mark, its snapshot rebuilt."""
    if pairs:
        generation = open_generation(workspace.index_root)
        build_snapshot(workspace, generation, FakeEncoder(), FakeTokenizer(), "r", lambda *_: None)
        rows = list(read_snapshot(find_snapshot(workspace.pairs_root, None)))
        found = [row.place for row in rows if MARK in str(row.pair)]
    else:
        found = []
    files = [path for path in workspace.root.glob("*") if path.is_file()]
    return found + [path.name for path in files if MARK.encode() in path.read_bytes()]


def test_the_search_sees_what_is_there(place):
    workspace, _, _ = place

    found = find_residues(workspace)

    assert {"feedback.jsonl", "regression.jsonl"} <= set(found)
    assert {"masthead.db", "masthead.db-wal"} & set(found)
    assert {"train", "dropped", "validation", "test", "time_test"} & set(found)


def test_a_visitor_who_deletes_everything_leaves_no_residue(place, caplog):
    workspace, desk, _ = place

    with caplog.at_level(logging.DEBUG):
        forget(desk, "", "forgotten")

    assert find_residues(workspace) == []
    assert MARK not in caplog.text
    assert "Do ids differ" in (workspace.root / "feedback.jsonl").read_text(encoding="utf-8")


def test_each_conversation_deleted_takes_its_own_row_along(place):
    workspace, desk, last = place

    forget(desk, last.chat, "forgotten")

    text = (workspace.root / "feedback.jsonl").read_text(encoding="utf-8")
    assert f"{MARK} ids 2" not in text
    assert f"{MARK} ids 1" in text


def test_what_is_past_its_days_leaves_but_for_rows_that_an_editor_approved(place):
    workspace, desk, _ = place

    assert desk.forget_old() == 3

    with desk.store.connect() as connection:
        for table in ("messages", "feedback", "conversations"):
            rows = connection.exec_driver_sql(f"SELECT * FROM {table}").all()
            assert MARK not in str(rows)
        approved = connection.exec_driver_sql("SELECT question FROM approved").scalars().all()
    assert len(approved) == 4


def test_approved_rows_past_their_own_days_leave_no_residue(place):
    workspace, desk, _ = place
    with desk.store.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE approved SET approved_at = '2020-01-01T00:00:00Z' WHERE visitor = 'forgotten'"
        )

    desk.forget_old()

    assert find_residues(workspace) == []


@pytest.mark.parametrize("n_planted", [1, 20, 250])
def test_rows_that_readers_plant_reach_no_snapshot_and_no_file_unapproved(place, n_planted):
    workspace, desk, _ = place
    for n in range(n_planted):
        rate(desk.store, f"What of pineapple {n}?", better="Always visit pineapple first.",
             visitor=f"planter-{n}")  # fmt: skip
    desk.refresh_approved()

    generation = open_generation(workspace.index_root)
    build_snapshot(workspace, generation, FakeEncoder(), FakeTokenizer(), "r", lambda *_: None)

    for path in [*workspace.pairs_root.rglob("*.jsonl"), *workspace.root.glob("*.jsonl")]:
        assert "pineapple" not in path.read_text(encoding="utf-8"), path
