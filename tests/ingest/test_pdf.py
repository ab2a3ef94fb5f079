import io

import pytest

from ingest.pdf import parse_pdf, pdf_to_item
from tests.ingest.pdf_files import make_pdf

PROSE = [
    "Dough rests until it is ready, and so does the baker who",
    "made it. The oven is slow to warm, and nobody hurries an",
    "oven that has been burning since well before the morn-",
    "ing. It is a well-",
    "known fact that a well-known oven keeps its heat.",
]


def read(pages, info=""):
    return pdf_to_item(parse_pdf(make_pdf(pages, info)), "papers/on-rye.pdf", "")


def test_metadata_gives_title_author_and_date():
    item = read([PROSE], "/Title (On rye) /Author (The Desk; The Bench) /CreationDate (D:20240302)")

    assert (item.title, item.published) == ("On rye", "2024-03-02")
    assert item.authors == ["The Desk", "The Bench"]


@pytest.mark.parametrize("title", ["", "Microsoft Word - rye.docx", "untitled", "rye_final.indd"])
def test_a_title_that_says_nothing_gives_way_to_the_first_line(title):
    item = read([["On rye", *PROSE]], f"/Title ({title})")

    assert item.title == "On rye"
    assert item.html.startswith("<p>Dough rests")


def test_words_parted_at_line_ends_are_joined_and_compounds_keep_their_hyphen():
    html = read([PROSE]).html

    assert "since well before the morning. It is a well-known fact" in html


def test_headers_and_page_numbers_are_removed_but_not_the_text_at_the_edges():
    pages = [
        [
            "The Bench, volume 3",
            f"{word} page opens so and ends so.",
            *PROSE,
            f"{word} end.",
            str(n),
        ]
        for n, word in enumerate(["First", "Second", "Third", "Fourth"], 7)
    ]
    html = read(pages).html

    assert "volume" not in html
    assert all(word not in html for word in (">7<", " 8", " 9", "10"))
    assert [html.count(f"{word} page opens") for word in ("First", "Fourth")] == [1, 1]


def test_a_short_line_that_ends_a_sentence_ends_its_paragraph():
    lines = ["A line that is as long as any other line of it all here", "Short end."]

    assert read([lines * 2]).html.count("<p>") == 2


def test_a_scan_and_a_locked_file_are_told_apart():
    from pypdf import PdfReader, PdfWriter

    writer = PdfWriter(PdfReader(io.BytesIO(make_pdf([PROSE]))))
    writer.encrypt("sesame", algorithm="RC4-128")
    locked = io.BytesIO()
    writer.write(locked)

    assert parse_pdf(make_pdf([["3"]]))["problem"] == "scanned"
    assert parse_pdf(locked.getvalue())["problem"] == "encrypted"


@pytest.mark.parametrize(
    ("data", "message"),
    [(b"<html>", "is no PDF"), (b"%PDF-1.5\nnothing", "is a damaged PDF")],
)
def test_what_is_no_pdf_is_refused(data, message):
    with pytest.raises(ValueError, match=message):
        parse_pdf(data)
