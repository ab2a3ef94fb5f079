"""Naughty words as title, author, tag and body: what comes back of them, and that it is inert."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from html import escape

import pytest
from lxml import html

from assistant.records import Article, Dropped
from ingest.account import count_run
from ingest.changes import Changes
from ingest.decode import printable
from ingest.report_page import render_report_page
from ingest.sources import Reading, SourceReading
from tests.fakes import make_workspace
from tests.ingest.reading import WORDS, article, read_file
from tests.ingest.writers import write_ghost, write_table
from tests.naughty import CLASSES, NAUGHTY

INVISIBLE = re.compile(
    "[\u0000-\u0008\u000b\u000e-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5"
    "\u180b-\u180f\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb"
    "\ud800-\udfff\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e007f]"
)


def test_the_collection_is_as_large_as_promised():
    assert len(NAUGHTY) >= 515
    assert all(CLASSES.values())


def seen(words):
    """Return what a reader sees of the words, worked out sign by sign; see docs/reading.md."""
    shown = unicodedata.normalize("NFC", "".join(map(seen_sign, words)))
    shown = re.sub(r"([\u0300-\u036f]{4})[\u0300-\u036f]+", r"\1", INVISIBLE.sub("", shown))
    return " ".join(shown.split())


def seen_sign(sign):
    code = ord(sign)
    if 0x80 <= code < 0xA0 and sign != "\x85":  # what Windows-1252 has there
        return bytes([code]).decode("cp1252", "ignore") or sign
    if 0xFB00 <= code < 0xFB07:  # ligatures
        return unicodedata.normalize("NFKC", sign)
    if sign.isspace():
        return " "
    return "\ufffd" if 0xD800 <= code < 0xE000 else sign


# Joiners and selectors stay where scripts and emoji need them; the others are mended.
AS_NEEDED = re.compile("[\u200c\u200d\ufe00-\ufe0f\U000e0100-\U000e01ef]|Â£|cafÃ©")


@pytest.fixture(scope="module")
def read_back(tmp_path_factory):
    """Each form with its article: written as title, author, tag, words and code of an export."""
    given = [
        article(f"n{n}", title=f"On {form} here", authors=(form,), tags=(f"x{form}",),
                body=f"<p>{WORDS} {as_html(form)}</p><pre><code>{as_html(form)}|</code></pre>")
        for n, form in enumerate(NAUGHTY)
    ]  # fmt: skip
    root = tmp_path_factory.mktemp("export")
    found, dropped = read_file(root, "ghost", "export.json", write_ghost(given))
    assert dropped == {}
    by_url = {one.url.rsplit("/", 1)[-1]: one for one in found.values()}
    return [(form, by_url[f"n{n}"]) for n, form in enumerate(NAUGHTY)]


def as_html(form):
    """Escape a form, its line ends too: a blank line would end the export's paragraph."""
    return escape(form).replace("\n", "&#10;").replace("\r", "&#13;")


def plain_forms(read_back):
    return [(form, one) for form, one in read_back if not AS_NEEDED.search(form)]


def test_an_author_and_a_tag_come_back_as_a_reader_sees_them(read_back):
    for form, one in plain_forms(read_back):
        authors = (seen(form),) if seen(form) else ()
        assert (one.authors, one.tags) == (authors, (seen(f"x{form}"),)), ascii(form)


def test_a_title_comes_back_unless_it_holds_markup_whose_words_then_stay(read_back):
    for form, one in plain_forms(read_back):
        if re.search(r"[\[\]<>&*_`~\\{}]", form):
            assert re.match(r"On\b.*\bhere$", one.title), ascii(form)
        else:
            assert one.title == seen(f"On {form} here"), ascii(form)


def bare(code):
    """Return the signs that are seen, and no space; the joiners that stay count for nothing."""
    signs = INVISIBLE.sub("", re.sub("[\u200c\u200d\ufe00-\ufe0f\U000e0100-\U000e01ef]", "", code))
    return "".join(signs.replace("\ufffd", "").split())  # HTML has no NUL: it stands for one


def test_code_comes_back_sign_by_sign_but_for_what_is_invisible(read_back):
    for form, one in read_back:
        code = re.search(r"^(`{3,})\n(.*)\|\n\1$", one.body, re.DOTALL | re.MULTILINE)
        assert code, ascii(form)
        assert bare(code[2]) == bare(form), ascii(form)


def test_nothing_invisible_stays_in_any_field(read_back):
    for form, one in read_back:
        shown = " ".join([one.title, *one.authors, *one.tags, one.body])
        assert not INVISIBLE.search(re.sub(r"\s", " ", shown)), ascii(form)
        shown.encode()


def test_what_was_read_is_the_same_when_it_is_written_out_and_read_again(read_back, tmp_path):
    once = [one for _, one in read_back]
    table = write_table([replace(one, authors=(), tags=()) for one in once], "jsonl")
    found, _ = read_file(tmp_path, "table", "articles.jsonl", table)
    again = {one.url: one.title for one in found.values()}

    markup = re.compile(r"[\[\]<>&*_`~\\{}]")
    assert len(again) == len(once)
    assert [again[a.url] for a in once if not markup.search(a.title)] == [
        a.title for a in once if not markup.search(a.title)
    ]


def test_the_report_page_shows_all_of_them_as_words_alone(tmp_path):
    page = report_of(tmp_path, [printable(form) for form in NAUGHTY])

    assert elements(page) == elements(report_of(tmp_path, ["x"] * len(NAUGHTY)))


def report_of(root, forms):
    """Return the page of a run whose articles, drops and source are called by these forms."""
    articles = tuple(
        Article(f"id{n}", form, WORDS, file=form, url=f"https://example.org/{n}?{form}")
        for n, form in enumerate(forms)
    )
    drops = tuple(Dropped(str(n), "draft", form) for n, form in enumerate(forms[:5]))
    sources = tuple(SourceReading(form, 1, form, 0) for form in forms)
    reading = Reading(articles, drops, sources)
    report = count_run(reading, Changes(articles, articles, articles, ()), None)
    fit = {"generation": 1, "redone": True, "changed": 0.0}
    counts = dict.fromkeys(("articles", "passages", "added", "changed", "removed", "recall"), 1)
    history = [{"generation": 2, "made_at": "2026-11-22T08:00:00+00:00", **counts}]
    report |= {"before": 1, "history": history, "encoder": "e", "fit": fit}
    return render_report_page(make_workspace(root), reading, report, ())


def elements(page):
    """Return every element with the names of its attributes, in order."""
    return [(e.tag, sorted(e.attrib)) for e in html.document_fromstring(page.encode()).iter()]
