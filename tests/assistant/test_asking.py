import json

import pytest

from assistant.asking import answer_file, format_answer, parse_until
from assistant.errors import AssistantError
from tests.fakes import make_assistant

QUESTION = "How many parameters does a rank of 16 train?"
SAID = "On the starter model a rank of 16 trains 4.9 million parameters."


def write_questions(tmp_path):
    path = tmp_path / "questions.jsonl"
    lines = [{"id": "a", "question": QUESTION}, {"id": "b", "question": "Why compare token ids?"}]
    path.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    return path


def test_every_question_of_a_file_gets_a_line_in_its_order(tmp_path):
    out = tmp_path / "out.jsonl"
    assistant = make_assistant(tmp_path / "index", [SAID])

    report = answer_file(assistant, write_questions(tmp_path), out, adapter="base", until="answer")

    rows = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert [row["id"] for row in rows] == ["a", "b"]
    assert rows[0]["answer"] == f"{SAID} [1]"
    assert report["answered"] == 2
    assert sum(report["modes"].values()) == 2


def test_a_bad_questions_file_writes_no_answers(tmp_path):
    (tmp_path / "questions.jsonl").write_text("{", encoding="utf-8")
    out = tmp_path / "out.jsonl"

    with pytest.raises(AssistantError, match="line 1 is not a question"):
        answer_file(
            make_assistant(tmp_path / "index"),
            tmp_path / "questions.jsonl",
            out,
            adapter="base",
            until="answer",
        )
    assert not out.exists()


def test_an_out_that_cannot_be_written_is_named(tmp_path):
    out = tmp_path / "nowhere" / "out.jsonl"
    with pytest.raises(AssistantError, match=r"out\.jsonl cannot be written .*correct --out"):
        answer_file(
            make_assistant(tmp_path / "index"),
            write_questions(tmp_path),
            out,
            adapter="base",
            until="decide",
        )


def test_a_terminal_shows_the_answer_and_its_sources(tmp_path):
    shown = format_answer(make_assistant(tmp_path, [SAID]).answer(QUESTION), "answer")

    assert shown.splitlines() == [
        f"{SAID} [1]",
        "",
        "[1] Pick your rank (2026-01-10) https://bench.example/rank#what-the-rank-costs",
    ]


@pytest.mark.parametrize(("until", "decided"), [("retrieve", False), ("decide", True)])
def test_stopping_early_shows_what_was_found(tmp_path, until, decided):
    answer = make_assistant(tmp_path).answer(QUESTION, until=until)

    shown = format_answer(answer, until)

    assert "Pick your rank" in shown.splitlines()[0]
    assert ("answerable: 0.90, refused: False" in shown) == decided


def test_a_step_is_known_by_its_name():
    assert parse_until("decide") == "decide"
    with pytest.raises(AssistantError, match="--until soon is not a step; use retrieve, decide,"):
        parse_until("soon")
