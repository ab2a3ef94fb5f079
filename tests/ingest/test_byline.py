import pytest
from lxml import html

from ingest.byline import find_byline

TEXT = "<p>" + "Dough rests until it is ready, and so does the baker who made it. " * 4 + "</p>"


def names_below_title(markup):
    return find_byline(html.document_fromstring(f"<h1>On bread</h1>{markup}{TEXT}"))


@pytest.mark.parametrize(
    ("markup", "names"),
    [
        ("<div>2026-10-03 by The Desk</div>", ["The Desk"]),
        ("<p>By Guest Desk: Municipal Records</p>", ["Guest Desk: Municipal Records"]),
        ("<p>By Ada Ames on <time>3 October 2026</time></p>", ["Ada Ames"]),
        ("<p>By Ada Ames<br>May 3, 2026</p>", ["Ada Ames"]),
        ("<p>Oct 3, 2026 | by Ada Ames and Bo de Vries</p>", ["Ada Ames", "Bo de Vries"]),
        ("<p>BY Ada Ames, Bo Berg, and Ça Öz</p>", ["Ada Ames", "Bo Berg", "Ça Öz"]),
        ("<p>By Ada Ames, Staff Writer</p>", ["Ada Ames"]),
        ("<p>Written by J. R. O'Neil · 6 min read</p>", ["J. R. O'Neil"]),
        ("<div><span>6 min read</span> <span>by Ada Ames</span></div>", ["Ada Ames"]),
        ("<p>A subtitle</p><a rel='author' href='/ada'>Ada Ames</a>", ["Ada Ames"]),
        ("<span class='post-author'>Ada Ames &amp; Bo Berg</span>", ["Ada Ames", "Bo Berg"]),
    ],
)
def test_a_line_below_the_title_names_who_wrote_it(markup, names):
    assert names_below_title(markup) == names


@pytest.mark.parametrize(
    "markup",
    [
        "<p>By the time the oven was hot, the dough was not.</p>",
        "<p>By April we had finished.</p>",
        "<p>2026-10-03</p>",
        "<p>Baked by hand</p>",
        f"{TEXT}<p>By A Reader</p>",
        "<nav>By Name</nav>",
        "<p class='author'>6 min read</p>",
        "<p class='authority'>Bread Board</p>",
        "<p>By " + "Ada " * 40 + "</p>",
    ],
)
def test_what_is_no_byline_names_nobody(markup):
    assert names_below_title(markup) == []


def test_a_page_without_a_title_names_nobody():
    assert find_byline(html.document_fromstring("<p>By Ada Ames</p>")) == []


def test_a_long_row_of_capitals_is_read_in_no_time():
    assert names_below_title("<p>By " + "A" * 100 + " b</p>") == []
    assert names_below_title("<p>By " + "A, " * 36 + "b</p>") == []
