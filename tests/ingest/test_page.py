"""Pages of three templates against the Markdown they were made from; broken and empty pages."""

import re
from collections import Counter
from functools import cache

import pytest

from ingest.item import Item, to_article
from ingest.markdown import read_headings
from ingest.page import charset_of, parse_page
from tests.ingest.test_folder import SETTINGS
from tests.pages import TEMPLATES, demo_articles

URL = "https://example.org/a"
WORDS = "Dough rests until it is ready, and so does the baker who made it. " * 3
SOME = f"<p>{WORDS}</p><p>{WORDS[::-1]}</p><p>Again: {WORDS}</p>"


@cache
def demo_pages(template):
    """Return (article, what its page in the template gives) by name."""
    return {
        name: (article, parse_page(TEMPLATES[template](article, article.url).encode(), article.url))
        for name, article in demo_articles().items()
    }


def token_f1(expected, found):
    """Return the F1 of two texts' words, with their counts; targets of links are left out."""
    a, b = (
        Counter(re.findall(r"\w+", re.sub(r"\]\([^()\s]*\)", "]", text.lower())))
        for text in (expected, found)
    )
    return 2 * sum((a & b).values()) / (sum(a.values()) + sum(b.values()))


def code_blocks(markdown):
    return re.findall(r"^```\w*\n(.*?)^```$", markdown, re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("template", TEMPLATES)
def test_the_article_comes_back_from_among_menus_boxes_and_banners(template):
    for name, (article, page) in demo_pages(template).items():
        assert token_f1(article.body, page["markdown"]) >= 0.97, name
        assert code_blocks(page["markdown"]) == code_blocks(article.body), name
        assert read_headings(page["markdown"]) == article.headings, name
        assert page["markdown"].count("\n|") == article.body.count("\n|"), name  # rows of tables
        assert (page["title"], page["canonical"]) == (article.title, article.url), name
        assert page["published"][:10] == article.published, name
        assert page["not_article"] == "", name


@pytest.mark.parametrize("template", ["classic", "generated"])
def test_what_a_page_says_of_itself_is_kept(template):
    for article, page in demo_pages(template).values():
        assert tuple(page["authors"]) == article.authors
        assert tuple(page["tags"]) == article.tags
        assert page["language"] == "en"


def test_no_word_of_what_stands_around_is_kept():
    around = ("cookies", "kettle", "weather desk", "4,000 readers", "Reader two", "Subscribe",
              "Share this", "All rights reserved", "min read", "Copy")  # fmt: skip
    for template in TEMPLATES:
        for article, page in demo_pages(template).values():
            body = page["markdown"]
            kept = [words for words in around if words in body and words not in article.body]
            assert kept == []


def test_the_first_of_schema_opengraph_and_meta_is_taken():
    page = parse_page(
        f"""<html lang="de-CH"><head><title>T | Site</title>
        <meta property="og:title" content="From OpenGraph">
        <meta property="article:published_time" content="2026-02-02">
        <meta name="author" content="Meta"><meta name="keywords" content="x, y">
        <script type="application/ld+json">{{"@type": "NewsArticle", "headline": "From schema",
        "datePublished": "2026-01-01", "author": {{"name": "Schema"}}, "keywords": "a, b"}}</script>
        <script type="application/ld+json">not json</script></head><body>{SOME}</body></html>
        """.encode(),
        URL,
    )

    assert (page["title"], page["published"], page["authors"], page["tags"], page["language"]) == (
        "From schema", "2026-01-01", ["Schema"], ["a", "b"], "de",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("head", "body", "words"),
    [
        ("", SOME, "names no date"),
        ('<meta name="date" content="2026-01-01">',
         f"<article><a href=/1>1</a>{SOME}</article>" * 3, "holds several articles"),
        ('<script type="application/ld+json">{"@type":"CollectionPage"}</script>', SOME,
         "a list of pages"),
        ('<meta http-equiv=Refresh content="0; url=/b"><meta name=date content=2026-01-01>',
         "<p>Moved.</p>", "sends its reader"),
    ],
)  # fmt: skip
def test_what_is_no_article_says_why(head, body, words):
    page = parse_page(f"<html><head>{head}</head><body>{body}</body></html>".encode(), URL)

    assert words in page["not_article"]


@pytest.mark.parametrize("path", ["/tag/rank", "/tags/", "/category/a/page/2", "/author/desk/"])
def test_lists_are_known_by_their_address(path):
    page = f'<meta name="date" content="2026-01-01"><body>{SOME}</body>'.encode()

    assert "list of pages" in parse_page(page, "https://example.org" + path)["not_article"]


def test_numbered_and_coloured_code_comes_back_as_it_was_typed():
    page = f"""<body><article>{SOME}<figure class="highlight python"><table><tr>
        <td class="gutter"><pre>1\n2</pre></td><td class="code"><pre><code class="language-python"
><span class="k">def</span> f(x):<br>    <span class="k">return</span> x &lt; 1</code></pre></td>
        </table></figure>{SOME}</article></body>""".encode()

    markdown = parse_page(page, URL)["markdown"]

    assert "\ndef f(x):\n    return x < 1\n```" in markdown
    assert "|" not in markdown


def test_links_are_absolute_and_scripts_are_gone():
    page = f"""<body><article>{SOME}<p>{WORDS}<a href="../b?x=1#y">b</a>
        <a href="javascript:alert(1)">c</a> <a href="http://[bad">d</a></p>
        <script>alert(2)</script></article></body>""".encode()

    markdown = parse_page(page, "https://example.org/blog/a")["markdown"]

    assert "[b](https://example.org/b?x=1#y)" in markdown
    assert "alert" not in markdown


EMPTY = {
    "nothing": b"",
    "spaces": b" \n ",
    "a comment": b"<!-- a -->",
    "no body": b"<html><head><title>T</title></head></html>",
    "a frameset": b"<html><frameset><frame src='http://10.0.0.1/'></frameset></html>",
    "only scripts": b"<html><body><script>var words = 'many words';</script></body></html>",
    "only a menu": b"<html><body><nav><ul><li><a href=/a>A</a></ul></nav></body></html>",
    "a paywall": b"<body><div class=paywall><p>Subscribe to read on.</p></div></body>",
    "an app": b"<html><body><div id=a></div><noscript>Turn on JavaScript</noscript></body></html>",
    "2,000 nested tables": b"<table><tr><td>" * 2000 + WORDS.encode(),
    "100,000 nested elements": b"<div>" * 100_000 + WORDS.encode() + b"</div>" * 100_000,
    "100,000 nested inline": b"<b><i>" * 50_000 + WORDS.encode(),
    "100,000 open lists": b"<ul><li>" * 50_000 + WORDS.encode(),
    "an attribute of 10 MB": b"<p title='" + b"a" * 10_000_000 + b"'>A word.</p>",
    "100,000 attributes": b"<p " + b" ".join(b"a%d=1" % n for n in range(100_000)) + b">Word.</p>",
    "binary": bytes(range(256)) * 999,
}


@pytest.mark.parametrize("name", EMPTY)
def test_a_page_without_text_is_dropped_or_gives_the_little_it_has(name):
    try:
        page = parse_page(EMPTY[name], URL)
    except ValueError as error:
        assert re.search("is no page|over 1,000 attributes", str(error))  # noqa: PT017  # or this
    else:
        item = Item(file=URL, url=URL, title="T", markdown=page["markdown"])
        assert to_article(item, SETTINGS).reason in ("no_text", "too_short")


@pytest.mark.parametrize(
    "markup",
    [f"<p>{WORDS}<p>{WORDS}<div>{WORDS}", f"<article>{SOME}", f"</div></p>{SOME}</table>",
     f"<table><tr><td>{SOME}", f"<b><i>{SOME}</b></i>", f"<h1>T<p>{SOME}", f"<body><body>{SOME}"],
)  # fmt: skip
def test_unclosed_and_misplaced_tags_lose_no_text(markup):
    assert WORDS.strip()[:60] in parse_page(markup.encode(), URL)["markdown"]


@pytest.mark.parametrize(
    ("content_type", "data"),
    [
        ("text/html; charset=ISO-8859-1", "<p>Café {}</p>".encode("latin-1")),
        ("text/html", "<meta charset=windows-1251><p>Café {}</p>".encode("cp1252")
         .replace(b"windows-1251", b"windows-1252")),
        ("text/html; charset=utf-8", "<p>Café {}</p>".encode()),
        ("text/html", "\ufeff<p>Café {}</p>".encode()),
        ("text/html; charset=no-such", "<meta charset=utf-8><p>Café {}</p>".encode()),
    ],
)  # fmt: skip
def test_the_encoding_is_the_servers_else_the_pages(content_type, data):
    data = data.replace(b"{}", WORDS.encode()) + SOME.encode()

    assert "Café Dough" in parse_page(data, URL, content_type)["markdown"]


@pytest.mark.parametrize(
    ("content_type", "expected"),
    [("text/html; charset=UTF-8", "utf-8"), ('text/html;charset="latin1"', "latin1"),
     ("text/html", ""), ("text/html; charset=nonsense", ""), ("text/html; charset=base64", "")],
)  # fmt: skip
def test_only_encodings_of_text_are_taken(content_type, expected):
    assert charset_of(content_type) == expected


@pytest.mark.parametrize(
    "date", ["0000-00-00", "9999-99-99", "yesterday", "2026-02-30", "1", "", "\U0001f4a9", "-1"]
)
def test_an_impossible_date_leaves_the_article_undated(date):
    page = parse_page(f'<meta name="date" content="{date}"><article>{SOME}'.encode(), URL)
    item = Item(
        file=URL, url=URL, title="T", markdown=page["markdown"], published=page["published"]
    )

    assert to_article(item, SETTINGS).published == ""
