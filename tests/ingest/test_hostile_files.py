"""Files that attack or are broken: each is read or dropped with a reason, and the next is read."""

from __future__ import annotations

import itertools
import os
import time

import pytest

from ingest.html_text import html_to_markdown
from ingest.identity import article_id
from ingest.item import Item, to_article
from ingest.markdown import clean_markdown, repair_line
from ingest.wordpress_body import post_to_html
from tests.ingest.pdf_files import make_pdf
from tests.ingest.reading import WORDS
from tests.ingest.test_folder import SETTINGS, read  # noqa: F401  # a fixture

MAX_EXPONENT = 1.2  # of the time over the size, from four sizes


# Empty, unreadable or of another kind than its name says


NOTHING = [b"", b"\xef\xbb\xbf", b" \n\t\n", b"\xff\xfe", b"\xfe\xff", b"\n" * 10_000]
OTHERS = {
    "elf": b"\x7fELF\x02\x01\x01\x00\x00\x00",
    "png": b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR",
    "zip": b"PK\x03\x04\x14\x00\x00\x00",
    "gzip": b"\x1f\x8b\x08\x00\x00\x00\x00\x00",
    "noise": bytes(range(256)) * 4,
    "pdf": make_pdf([["A line."]]),
}


@pytest.mark.parametrize("ending", ["md", "mdx", "html", "txt", "pdf"])
def test_a_file_without_a_word_is_dropped_and_says_so(read, ending):  # noqa: F811
    _, dropped = read({f"{n}.{ending}": content for n, content in enumerate(NOTHING)})

    assert len(dropped) == len(NOTHING)
    assert {d.reason for d in dropped.values()} <= {"no_text", "malformed"}


@pytest.mark.parametrize("ending", ["md", "html", "txt", "pdf"])
def test_bytes_of_another_kind_are_dropped_and_the_next_file_is_read(read, ending):  # noqa: F811
    files = {f"{kind}.{ending}": content for kind, content in OTHERS.items()}
    files |= {"page.pdf": b"<html><body>x</body></html>", "z.md": WORDS}
    articles, dropped = read(files)

    assert list(articles) == ["z.md"]
    reasons = {"not_text", "unreadable", "malformed", "scanned"}
    assert {d.reason for d in dropped.values()} <= reasons


def test_text_is_decoded_by_one_rule_whatever_a_page_says_of_itself(read):  # noqa: F811
    words = f"<p>Käse für “alle”: {WORDS}</p>"
    encodings = ["utf-8", "utf-8-sig", "utf-16", "cp1252"]
    page = '<html><head><meta charset="iso-8859-7"></head><body><article>{}</article></body></html>'
    files = {f"{e}.html": page.format(words).encode(e) for e in encodings}
    files |= {f"text-{e}.txt": f"Käse\n\nKäse für “alle”: {WORDS}".encode(e) for e in encodings}
    articles, dropped = read(files)

    assert dropped == {}
    assert {"Käse für “alle”" in a.body for a in articles.values()} == {True}


def test_a_deep_folder_is_walked_without_a_hang(read, tmp_path):  # noqa: F811
    here = tmp_path / "articles"
    for _ in range(400):  # as deep as a path may be long
        here = here / "down"
    here.mkdir(parents=True)
    os.mkfifo(here / "pipe.md")
    articles, dropped = read({"a.md": WORDS})

    assert list(articles) == ["a.md"]
    assert [d.reason for d in dropped.values()] == ["unreadable"]


def test_names_that_lead_elsewhere_become_ids_and_nothing_else():
    parts = ("..", "/etc/passwd", "a/b", "CON", "nul.md", "x" * 300, "\x00", "Ａ", "a\u202eb",
             "%2e%2e", "..\\..", "~root", "$HOME", "{{7*7}}", "<b>", "'", '"', ";", "\n", "ﬁ",
             "а", "a")  # fmt: skip
    names = {"/".join(pair) for n in (1, 2, 3) for pair in itertools.product(parts, repeat=n)}
    sample = sorted(names)[:: max(1, len(names) // 1027)]
    ids = {article_id("", name) for name in sample}

    assert len(ids) == len(sample) >= 1027
    assert all(len(name) == 16 and name.isalnum() for name in ids)


# HTML that is broken or endless


@pytest.mark.parametrize(
    "markup",
    [
        "<html><head><title>x</title></head></html>",
        '<html><frameset><frame src="a.html"></frameset></html>',
        "<html><body><script>var a = 'words words words';</script></body></html>",
        "<html><body><p>Subscribe to read this article.</p></body></html>",
        "<html><body>" + "<div>" * 100_000 + "</body></html>",
        "<html><!--",
        "<html><body><p>" + "&#0;&#x110000;" * 1000,
        "<html><body>" + "<table><tr><td>" * 2000 + f"<p>{WORDS}</p>",
    ],
    ids=[
        "no body",
        "frames",
        "scripts",
        "paywall",
        "deep",
        "open comment",
        "no characters",
        "2,000 tables",
    ],
)
def test_a_page_without_an_article_is_dropped(read, markup):  # noqa: F811
    articles, dropped = read({"a.html": markup, "b.md": WORDS})

    assert list(articles) == ["b.md"]
    assert dropped["a.html"].reason in ("no_text", "too_short", "malformed", "timed_out")


@pytest.mark.parametrize(
    "markup",
    [
        f"<html><body><article><p>{WORDS}<p>{WORDS}<b>",
        f"<p>{WORDS}</p>",
        "<html><body>" + "<div>" * 200 + f"<p>{WORDS}</p>",
    ],
    ids=["unclosed", "fragment", "200 deep"],
)
def test_a_page_that_is_badly_built_gives_its_text(read, markup):  # noqa: F811
    articles, dropped = read({"a.html": markup})

    assert "Dough rests until it is ready" in (
        articles["a.html"].body if articles else repr(dropped)
    )


def test_a_page_of_fifty_megabytes_is_refused_by_its_size(read, tmp_path):  # noqa: F811
    (tmp_path / "articles").mkdir()
    with (tmp_path / "articles" / "big.html").open("wb") as file:
        file.truncate(50 * 1024 * 1024)
    articles, dropped = read({"b.md": WORDS})

    assert list(articles) == ["b.md"]
    assert dropped["big.html"].reason == "too_large"


# Time grows with the size, not with its square


ENDLESS = {
    "one line": "Dough rests until ready. ",
    "no space": "x",
    "underscores": "_",
    "brackets": "[",
    "open links": "[a](",
    "stars": "*a ",
    "backticks": "` ",
    "braces": "{{",
    "tags": "<a ",
    "quotes": "> ",
    "dashes": "- a\n",
    "table": "| a ",
    "angle": "<",
    "entities": "&amp;",
    "bang": "![",
    "paragraphs": "a\n\n",
}


@pytest.mark.parametrize("unit", ENDLESS.values(), ids=ENDLESS)
@pytest.mark.parametrize("clean", [clean_markdown, html_to_markdown, post_to_html])
def test_cleaning_takes_time_in_proportion(unit, clean):
    largest = 16_000
    sizes = [largest // 8, largest // 4, largest // 2, largest]
    seconds = [min(timed(clean, unit * (size // len(unit))) for _ in range(2)) for size in sizes]

    # A quarter of a second for 16 KB is fast enough however it grows; beyond, the exponent counts.
    assert seconds[-1] < 0.25 or growth(sizes, seconds) <= MAX_EXPONENT


def timed(function, argument):
    start = time.process_time()
    function(argument)
    return time.process_time() - start


def growth(sizes, seconds):
    """Return the exponent between the smallest and the largest."""
    import math

    return math.log(seconds[-1] / seconds[0]) / math.log(sizes[-1] / sizes[0])


@pytest.mark.parametrize("tag", ["div", "blockquote", "ul><li", "b", "table><tr><td", "span"])
def test_elements_nested_beyond_the_stack_give_their_words(tag):
    body = f"<{tag}>" * 4_000 + WORDS

    assert "Dough rests" in html_to_markdown(body)


# Words that break things


NAUGHTY = (
    "'; DROP TABLE articles;--",
    "<script>alert(1)</script>",
    "{{7*7}}",
    "${jndi:ldap://x}",
    "%s%n%x",
    "../../etc/passwd",
    "\u202eevil",
    "ﷺ",
    "田中さん",
    "👾 🙇 💁",
    "Ｔｈｅ",
    "Ω≈ç√∫",
    "\u202atest\u202a",
    "true",
    "NaN",
    "undefined",
    "1e1000",
    "0x0",
    "-1/2",
    "\\",
    "\"'`",
    "<b",
    "a\x00b",
    "\ufeff",
    "اختبار",
    "ᚠᛇᚻ",
    "🏳️‍🌈",
    "__proto__",
    "constructor",
    "CON",
    "=1+1",
    "@SUM(1)",
    "\r\nX: y",
    "--",
    "---",
    "+++",
    "[x](javascript:1)",
    "![x](http://x)",
    "&lt;b&gt;",
    "&#x202e;",
    "%00",
    "\x1b[31m",
    "Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A",
    "ก็็็็็็",
    "𝕿𝖍𝖊",
    "null",
    "~",
    "*a*",
    "`a`",
    "#",
    "|",
)
FIELDS = ("title", "subtitle", "series", "authors", "tags", "markdown", "html", "published", "url")


@pytest.mark.parametrize("field", FIELDS)
def test_naughty_words_in_any_field_give_an_article_that_is_inert(field):
    for words in NAUGHTY:
        given = {"file": "a", "markdown": WORDS, "title": "x"}
        value = [words] if field in ("authors", "tags") else words
        if field in ("markdown", "html"):
            value = f"<p>{words}</p><p>{WORDS}</p>" if field == "html" else f"{words} {WORDS}"
        found = to_article(Item(**(given | {field: value})), SETTINGS)
        names = (found.title, found.subtitle, found.series, *found.authors, *found.tags)
        shown = " ".join([*names, found.body, found.published])
        assert "<script" not in found.body
        assert not {*shown} & {*map(chr, range(9)), "\x1b", "\x7f", "\u202e", "\u202a", "\ufeff"}


@pytest.mark.parametrize("words", NAUGHTY)
def test_a_name_is_what_a_reader_sees_of_it(words):
    shown = repair_line(words)

    assert shown == repair_line(shown)  # nothing is repaired twice
    assert all(ord(character) >= 32 for character in shown)


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2024-03-02T09:30:00+13:00", "2024-03-02"),
        ("Sat, 02 Mar 2024 09:30:00 GMT", "2024-03-02"),
        ("March 2nd, 2024", "2024-03-02"),
        ("2024/3/2", "2024-03-02"),
        *[(words, "") for words in ("", "yesterday", "0000-00-00", "0000-00-00 00:00:00", "9999",
          "2024-13-01", "2024-02-30", "-1", "1e9", "02.03.04", "T", "2024", "soon")],
    ],
)  # fmt: skip
def test_a_date_is_read_or_left_out(written, day):
    found = to_article(Item(file="a", markdown=WORDS, published=written, updated=written), SETTINGS)

    assert (found.published, found.updated) == (day, "")
