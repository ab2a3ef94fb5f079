"""What people decided about pairs: written, read back, and never lost silently."""

import pytest

from assistant.errors import AssistantError
from assistant.pair_review import REVIEW_FILE, add_decision, decide, read_decisions, row_key
from assistant.records import Message, Pair, PairKind


def pair(question="Why?", system="S", answer="Because it holds."):
    turns = (Message("system", system), Message("user", question), Message("assistant", answer))
    return Pair("id", PairKind.ANSWER, "qa", "a", (), turns, "t", "r", "w", "")


def test_the_newest_decision_of_a_row_counts(tmp_path):
    add_decision(tmp_path, decide(pair(), "keep", "Ann"))
    add_decision(tmp_path, decide(pair(), "edit", "Ben", "It holds."))

    (decision,) = read_decisions(tmp_path).values()

    assert (decision.verdict, decision.reviewer, decision.target) == ("edit", "Ben", "It holds.")
    assert decision.date


def test_a_row_is_known_again_with_another_prompt_and_answer():
    assert row_key(pair()) == row_key(pair(system="other", answer="Other."))
    assert row_key(pair()) != row_key(pair(question="How?"))


def test_no_file_means_no_decisions(tmp_path):
    assert read_decisions(tmp_path) == {}


@pytest.mark.parametrize(
    "line",
    [b'{"key": "k"', b'{"key": "k", "verdict": "maybe"}', b"[1]", b'{"verdict": "\xff"}'],
    ids=["cut", "unknown verdict", "no object", "bad UTF-8"],
)
def test_a_broken_line_is_named(tmp_path, line):
    (tmp_path / REVIEW_FILE).write_bytes(b"\n" + line + b"\n")

    with pytest.raises(AssistantError, match="line 2 is not a decision"):
        read_decisions(tmp_path)


def test_a_decision_needs_a_name_and_an_edit_its_text():
    with pytest.raises(AssistantError, match="needs its reviewer"):
        decide(pair(), "keep", " ")
    with pytest.raises(AssistantError, match="needs the new answer"):
        decide(pair(), "edit", "Ann", "")
