"""The files that approved rows leave the database by."""

import json

import pytest

from assistant.approved_files import (
    FEEDBACK_FILE,
    REGRESSION_FILE,
    refresh_approved,
    refresh_before_ingest,
)
from assistant.errors import AssistantError
from assistant.lines import read_questions
from assistant.store.chats import delete_chat
from assistant.store.opening import open_store
from assistant.store.reviews import approve_feedback
from tests.fakes import make_workspace
from tests.rated import rate


@pytest.fixture
def store(tmp_path):
    opened = open_store(make_workspace(tmp_path))
    yield opened
    opened.dispose()


def rows_of(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_a_row_is_written_for_training_and_its_question_for_regression(tmp_path, store):
    row = approve_feedback(store, rate(store, thumb="up").feedback, "Ann")

    assert refresh_approved(store, tmp_path) == 1

    (fed,) = rows_of(tmp_path / FEEDBACK_FILE)
    assert fed == {
        "id": "feedback-1",
        "question": "What does a rank of 16 train?",
        "answer": "A rank of 16 trains 4.9 million parameters.",
        "approved": True,
        "reviewer": "Ann",
        "date": row.approved_at[:10],
        "source": "visitor-1",
    }
    (line,) = read_questions(tmp_path / REGRESSION_FILE)
    assert (line.question, line.gold) == ("What does a rank of 16 train?", ("rank",))


def test_lines_of_others_stay_as_they_were(tmp_path, store):
    theirs = b'{"id":"7", "question": "Why?",  "answer": "So."}'
    (tmp_path / FEEDBACK_FILE).write_bytes(theirs)
    rated = rate(store, better="One.")
    approve_feedback(store, rated.feedback, "Ann")
    refresh_approved(store, tmp_path)
    assert (tmp_path / FEEDBACK_FILE).read_bytes().startswith(theirs + b"\n")
    assert len(rows_of(tmp_path / FEEDBACK_FILE)) == 2

    delete_chat(store, rated.chat, rated.visitor)
    refresh_approved(store, tmp_path)

    assert (tmp_path / FEEDBACK_FILE).read_bytes() == theirs + b"\n"
    assert rows_of(tmp_path / REGRESSION_FILE) == []


def test_a_workspace_without_approvals_gets_no_files(tmp_path, store):
    refresh_approved(store, tmp_path)

    assert not (tmp_path / FEEDBACK_FILE).exists()


def test_a_file_that_cannot_be_kept_whole_is_left_alone(tmp_path, store):
    (tmp_path / FEEDBACK_FILE).write_bytes(b"\xff\n")
    approve_feedback(store, rate(store, better="One.").feedback, "Ann")

    with pytest.raises(AssistantError, match="is not UTF-8"):
        refresh_approved(store, tmp_path)
    assert (tmp_path / FEEDBACK_FILE).read_bytes() == b"\xff\n"


def test_an_ingest_without_a_database_makes_none(tmp_path):
    refresh_before_ingest(make_workspace(tmp_path))

    assert list(tmp_path.iterdir()) == []
