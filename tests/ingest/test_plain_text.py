import pytest

from ingest.plain_text import paragraphs_to_html, split_paragraphs, text_to_item


@pytest.mark.parametrize(
    ("text", "title", "paragraphs"),
    [
        ("On rye\n\nOne\nline.\n\nTwo.", "On rye", ["One line.", "Two."]),
        ("\n\nOn rye\n======\nOne.", "On rye", ["One."]),
        ("A line\nthat runs on.\n\nTwo.", "Notes on rye", ["A line that runs on.", "Two."]),
        ("Only this", "Notes on rye", ["Only this"]),
        (f"{'long ' * 40}\n\nTwo.", "Notes on rye", [("long " * 40).strip(), "Two."]),
    ],
)  # fmt: skip
def test_the_title_is_a_short_first_line_on_its_own(text, title, paragraphs):
    item = text_to_item(text, "2024-03-02-notes-on-rye.txt", "")

    assert item.title == title
    assert item.html == paragraphs_to_html(paragraphs)


def test_bullets_and_lines_that_were_never_wrapped_stay_apart():
    assert split_paragraphs(["Buy:", "- rye", "- salt", "and water"]) == [
        "Buy:",
        "- rye",
        "- salt and water",
    ]
    assert len(split_paragraphs(["word " * 30] * 3)) == 3


def test_no_sign_of_the_text_means_anything():
    assert paragraphs_to_html(["a <b> & {{ c }}"]) == "<p>a &lt;b&gt; &amp; {{ c }}</p>"
