"""The desk under the review page: filters, decisions, and what is shown of a row."""

from dataclasses import replace

import pytest

from assistant.errors import AssistantError
from assistant.pair_review import ReviewRow
from assistant.records import Message, Pair, PairKind
from serve.review_desk import ALL, IN_USE, Desk
from serve.review_page import render_about, render_side


def row(name, kind=PairKind.ANSWER, reason="", question="What is <b>it</b>?"):
    turns = (
        Message("system", "S"),
        Message("user", question),
        Message("assistant", "The press prints both sides. [1]"),
    )
    pair = Pair(name, kind, "qa", name, (), turns, "t", "r", "w", "")
    place = "dropped" if reason else "train"
    passages = (("Title <i>", "The press prints both sides of a sheet. Ink is black."),)
    return ReviewRow(pair, place, reason, "why" if reason else "", "Title", passages)


@pytest.fixture
def saved():
    return []


@pytest.fixture
def desk(saved):
    rows = [row("1"), row("2", PairKind.VOICE), row("3", reason="contradiction")]
    return Desk(rows, {}, saved.append)


@pytest.mark.parametrize(
    ("kind", "reason", "expected"),
    [
        (ALL, ALL, [0, 1, 2]),
        ("voice", ALL, [1]),
        (ALL, IN_USE, [0, 1]),
        (ALL, "contradiction", [2]),
    ],
)
def test_filters_leave_the_rows_they_name(desk, kind, reason, expected):
    assert desk.select(kind, reason, False) == expected


def test_a_decided_row_leaves_the_undecided_and_is_written_at_once(desk, saved):
    desk.decide(1, "drop", "Ann", "")

    assert desk.select(ALL, ALL, True) == [0, 2]
    assert [(one.verdict, one.reviewer) for one in saved] == [("drop", "Ann")]


def test_nothing_is_written_without_a_name(desk, saved):
    with pytest.raises(AssistantError, match="needs its reviewer"):
        desk.decide(0, "keep", "", "")
    assert saved == []


def test_the_other_side_of_a_contradiction_stands_beside_it():
    other = replace(row("2", question="What <i>is</i> it?"), title="The later <b>word</b>")

    shown = render_side(replace(row("1", reason="contradiction"), against=other))

    assert shown.index("The other side: The later &lt;b&gt;word") < shown.index("[1] Title")
    assert "What &lt;i&gt;is&lt;/i&gt; it?" in shown
    assert "The other side" not in render_side(row("1"))


def test_supporting_words_are_marked_and_nothing_of_a_row_is_html():
    shown = render_side(row("1"))

    assert "<mark>press prints both sides</mark>" in shown
    assert "<i>" not in shown
    assert "What is &lt;b&gt;it&lt;/b&gt;?" in render_about(row("1"), None)
