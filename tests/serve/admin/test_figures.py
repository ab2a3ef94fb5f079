"""The numbers and drawings of the editors' pages, worked out by hand."""

import re
from dataclasses import replace
from datetime import date

import pytest

from assistant.records import Article
from assistant.store.answers import StoredAnswer
from serve.admin.charts import draw_bars, draw_lines, nice_top
from serve.admin.sourcing import weigh_articles
from serve.admin.usage import count_usage

TODAY = date(2026, 11, 22)
ONE = StoredAnswer("a", "page", "2026-11-22T10:00:00Z", "whole", "Q?", "generated",
                   ("generated", "quoted", "frame"), 2, 1000, 0,
                   ({"article": "rank"}, {"article": "rank"}), (), "up")  # fmt: skip


def test_use_is_counted_by_day():
    answers = [
        ONE,
        replace(ONE, mode="refused", origins=("frame",), n_dropped=0, total_ms=3000, thumb=""),
        replace(ONE, chat="b", at="2026-11-21T10:00:00Z", mode="", origins=(), n_dropped=0),
        replace(ONE, at="2026-11-01T10:00:00Z"),
    ]

    usage = count_usage(answers, TODAY, 3)

    assert usage.days == ["2026-11-20", "2026-11-21", "2026-11-22"]
    assert usage.chats == [0, 1, 1]
    assert usage.modes["written"] == [0, 0, 1]
    assert usage.modes["unfinished"] == [0, 1, 0]
    assert usage.support == [None, None, 50.0]  # two sentences shown, two dropped
    assert usage.typical_s == [None, None, 2.0]
    assert usage.slow_s == [None, None, 2.9]  # 1 + 0.95 * 2 s
    assert usage.thumbs["helpful"] == [0, 1, 1]
    assert usage.n_answers == 3


def test_articles_are_weighed_by_the_answers_that_rest_on_them():
    old = Article("rank", "Rank", "", published="2024-11-21", superseded_by="new")
    new = Article("new", "New rank", "", published="2024-11-22")
    answers = [ONE, ONE, replace(ONE, mode="refused", citations=({"article": "new"},))]

    first, second = weigh_articles(answers, [new, old], TODAY)

    assert (first.article.id, first.count, first.is_old, first.newer) == (
        "rank",
        2,
        True,
        "New rank",
    )
    assert (second.article.id, second.count, second.is_old) == ("new", 0, False)


@pytest.mark.parametrize(
    ("highest", "top"), [(0, 1), (1, 1), (3, 4), (7, 8), (11, 20), (100, 100), (0.3, 0.4)]
)
def test_an_axis_ends_at_a_round_number(highest, top):
    assert nice_top(highest) == pytest.approx(top)


def test_bars_stand_on_each_other_and_say_what_they_are():
    svg = draw_bars("T", ["2026-11-21", "2026-11-22"], {"a": [1, 0], "b": [3, 2]})

    assert svg.count('class="s1"') == 1
    assert svg.count('class="s2"') == 2
    assert "<title>2026-11-21: a 1, b 3</title>" in svg
    heights = [float(h) for h in re.findall(r'class="s\d" .*? height="([\d.]+)"', svg)]
    assert heights == [30.0, 90.0, 60.0]  # of 120 for a top of 4


def test_a_line_breaks_where_a_day_has_no_value():
    svg = draw_lines("T", ["2026-11-20", "2026-11-21", "2026-11-22"], {"a": [1, None, 2]})

    assert re.search(r'd="M[\d. ]+ M[\d. ]+"', svg)


def test_nothing_that_is_drawn_is_markup():
    assert "<b>" not in draw_bars("<b>", ["2026-11-22"], {"<b>": [1]}, "<b>")
