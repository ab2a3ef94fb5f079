"""When to ingest and when to train, in words."""

import os
import time
from dataclasses import replace
from datetime import date, timedelta

import pytest

from assistant.advice import give_advice
from assistant.registry import Registry
from assistant.store.looking import look_into_store
from assistant.store.opening import open_store
from assistant.store.reviews import approve_feedback
from tests.fakes import RANK, make_generation, make_workspace
from tests.rated import rate
from tests.serve.admin.editors import add_adapter

TODAY = date.today()
LATER = (TODAY + timedelta(days=3)).isoformat()


@pytest.fixture
def workspace(tmp_path):
    (tmp_path / "articles").mkdir()
    made = make_workspace(tmp_path)
    make_generation(made.index_root)
    return made


@pytest.fixture
def store(workspace):
    opened = open_store(workspace)
    yield opened
    opened.dispose()


def says(workspace, store=None, today=TODAY):
    return [one.says for one in give_advice(workspace, store, today)]


def in_service(workspace, name="2026-11-01"):
    add_adapter(workspace.adapters_root, name, {})
    Registry(workspace.adapters_root).promote(name, "Ann", "")


def test_an_empty_workspace_is_told_to_begin(tmp_path):
    first, second = give_advice(make_workspace(tmp_path), None, TODAY)

    assert (first.says, first.do) == ("There is no index yet.", f"masthead ingest {tmp_path.name}")
    assert second.says == "No adapter has been trained: the voice is the base's own."


def test_what_is_up_to_date_needs_nothing(workspace, store):
    in_service(workspace)

    assert says(workspace, store) == ["Index and adapter are up to date; nothing needs doing."]


def test_files_that_changed_are_counted(workspace):
    in_service(workspace)
    new = workspace.root / "articles" / "new.md"
    new.write_text("# New")
    os.utime(new, (time.time() + 60, time.time() + 60))

    assert says(workspace)[0].startswith("1 file of your sources newer than the index of")


def test_a_feed_is_read_again_after_a_week(tmp_path):
    workspace = make_workspace(tmp_path, sources=[{"feed": "https://bench.example/feed"}])
    make_generation(workspace.index_root)
    in_service(workspace)

    assert says(workspace, today=TODAY + timedelta(days=5))[0].startswith("Index and adapter")
    assert "was last read" in says(workspace, today=TODAY + timedelta(days=8))[0]


def test_approved_rows_wait_for_a_snapshot_and_for_training(workspace, store):
    in_service(workspace)
    approve_feedback(store, rate(store, better="One.").feedback, "Ann")
    with store.begin() as connection:
        connection.exec_driver_sql("UPDATE approved SET approved_at = '2999-01-01T00:00:00Z'")

    found = give_advice(workspace, store, TODAY)

    assert [one.about for one in found] == ["ingest", "train"]
    assert found[0].do.endswith("--only pairs")
    assert "not seen by it: 1 row" in found[1].says


def test_new_articles_ask_for_training(workspace):
    in_service(workspace)
    newer = replace(RANK, id="newer", published=LATER)
    make_generation(workspace.index_root, [RANK, newer])

    assert says(workspace)[0].startswith("1 article came out since 2026-11-01 was trained")


def test_a_candidate_waits_to_be_looked_at(workspace):
    add_adapter(workspace.adapters_root, "2026-11-01", {})

    assert says(workspace) == ["The base alone is in service; 2026-11-01 waits to be looked at."]


def test_a_question_that_keeps_failing_is_named(workspace, store):
    in_service(workspace)
    for _ in range(3):
        rate(store, "What does a GPU hour cost?", mode="refused", thumb="")

    assert says(workspace, store) == ["“What does a GPU hour cost?” fell short 3 times in 30 days."]


def test_looking_makes_no_database(workspace):
    assert look_into_store(workspace) is None
    assert not (workspace.root / "masthead.db").exists()
