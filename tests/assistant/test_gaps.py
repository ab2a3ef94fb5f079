"""Near-equal questions that fell short, as one gap."""

from datetime import date

import pytest

from assistant.gaps import find_gaps, is_near
from assistant.store.answers import StoredAnswer
from assistant.text import content_stems

TODAY = date(2026, 11, 22)


def asked(question, day="2026-11-20", mode="refused", thumb="", found=()):
    named = tuple({"article": name, "title": name.title(), "url": ""} for name in found)
    return StoredAnswer("c", "page", f"{day}T10:00:00Z", "whole", question, mode, (), 0, 0, 0,
                        (), named, thumb)  # fmt: skip


@pytest.mark.parametrize(
    ("one", "other", "near"),
    [
        ("What does a GPU hour cost?", "The cost of a GPU hour?", True),
        ("How do I merge adapters?", "How to merge an adapter", True),
        ("What does a GPU hour cost?", "What does a paper cost?", False),
        ("How do I merge adapters?", "Who reads the galley?", False),
        ("What?", "Who?", True),
        ("What?", "Who reads?", False),
    ],
)
def test_questions_are_near_by_the_words_that_carry_their_sense(one, other, near):
    assert is_near(frozenset(content_stems(one)), frozenset(content_stems(other))) is near


def test_questions_that_ask_the_same_are_one_gap_with_its_counts():
    gaps = find_gaps(
        [
            asked("The cost of a GPU hour?", "2026-10-30"),
            asked("What does a GPU hour cost?", "2026-11-19", found=("a", "a", "b", "c", "d")),
            asked("What does a GPU hour cost?", "2026-11-20", mode="generated", thumb="down"),
            asked("Who reads the galley?", mode="quoted"),
            asked("What is answered?", mode="generated"),
        ],
        TODAY,
        30,
    )

    assert [(gap.question, gap.count) for gap in gaps] == [
        ("What does a GPU hour cost?", 3),
        ("Who reads the galley?", 1),
    ]
    first = gaps[0]
    assert first.why == {"refused": 2, "down": 1}
    assert (first.last_day, first.trend) == ("2026-11-20", "more")
    assert [one["article"] for one in first.nearest] == ["a", "b", "c"]


def test_what_was_only_quoted_comes_after_what_was_refused_or_not_helpful():
    quoted = [asked("Who reads the galley?", mode="quoted")] * 3
    unserved = [asked("What is a slug?"), asked("Who cuts?", mode="quoted", thumb="down")]

    gaps = find_gaps([*quoted, *unserved], TODAY, 30)

    assert [gap.question for gap in gaps] == [
        "What is a slug?",
        "Who cuts?",
        "Who reads the galley?",
    ]


@pytest.mark.parametrize(
    ("days", "trend"),
    [
        (["2026-11-20"], "new"),
        (["2026-10-25", "2026-11-20"], "steady"),
        (["2026-10-25", "2026-10-26", "2026-11-20"], "fewer"),
        (["2026-10-25"], "fewer"),
    ],
)
def test_a_trend_holds_the_newer_half_against_the_older(days, trend):
    (gap,) = find_gaps([asked("Who reads?", day) for day in days], TODAY, 30)

    assert gap.trend == trend
