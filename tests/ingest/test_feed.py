"""Feeds of each format give the articles they were made from; odd, broken and hostile ones."""

import json

import pytest

from assistant.config import Workspace, parse_settings
from assistant.errors import ArticleError, SourceIncomplete
from assistant.records import Article
from ingest.feed import MAX_SECONDS, read_feed
from ingest.feed_format import parse_feed
from ingest.identity import article_id
from ingest.limited import LimitedWorker
from tests.feeds import FEEDS, atom_feed, rss_feed
from tests.ingest.test_page import SOME, WORDS, code_blocks, token_f1
from tests.pages import classic_page, demo_articles
from tests.web import Reply, make_fetcher, serving

URL = "https://example.org/feed"


@pytest.fixture
def site():
    with serving() as site:
        yield site


def read(tmp_path, place):
    """Return articles, drops, and the words of SourceIncomplete or None."""
    settings = parse_settings({"brand": {"name": "x"}, "sources": [{"feed": place}]}, "yaml")
    articles, dropped, problem = [], [], None
    workspace = Workspace(tmp_path, settings)
    try:
        for item in read_feed(workspace, settings.sources[0], make_fetcher(tmp_path)):
            (articles if isinstance(item, Article) else dropped).append(item)
    except SourceIncomplete as error:
        problem = str(error)
    return articles, dropped, problem


def rss(*items, head=""):
    return (
        '<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>'
        f"<title>T</title>{head}{''.join(f'<item>{item}</item>' for item in items)}</channel></rss>"
    ).encode()


def only_entry(data):
    (entry,) = parse_feed(data, URL)["entries"]
    return entry


@pytest.mark.parametrize("name", FEEDS)
def test_a_feed_gives_the_articles_that_it_was_made_from(tmp_path, name):
    (tmp_path / "feed").write_bytes(FEEDS[name](demo_articles().values()))

    articles, dropped, problem = read(tmp_path, "feed")

    assert (dropped, problem) == ([], None)
    found = {article.id: article for article in articles}
    for expected in demo_articles().values():
        article = found[expected.id]
        assert token_f1(expected.body, article.body) >= 0.99
        assert code_blocks(article.body) == code_blocks(expected.body)
        assert (article.title, article.url, article.authors, article.published) == (
            expected.title, expected.url, expected.authors, expected.published,
        )  # fmt: skip
        assert article.headings == expected.headings


def test_a_feed_that_did_not_change_is_not_sent_again(site, tmp_path):
    site.pages["/feed"] = Reply(
        atom_feed(list(demo_articles().values())[:3]), headers={"ETag": '"v1"'}
    )
    first = read(tmp_path, f"{site.url}/feed")

    second = read(tmp_path, f"{site.url}/feed")

    assert first == second
    assert site.asked == ["/feed", "/feed"]
    assert site.sent_headers[1]["if-none-match"] == '"v1"'


def test_a_teaser_is_read_from_its_page(site, tmp_path):
    article = next(iter(demo_articles().values()))
    site.pages["/a?utm_source=rss"] = Reply(
        classic_page(article, f"{site.url}/a"), headers={"Content-Type": "text/html"}
    )
    site.pages["/feed"] = Reply(
        rss(
            f"<title>In the feed</title><link>{site.url}/a?utm_source=rss</link>"
            "<description>The first words of it […]</description>"
        )
    )

    (found,), _, _ = read(tmp_path, f"{site.url}/feed")

    assert site.asked == ["/feed", "/robots.txt", "/a?utm_source=rss"]
    assert found.title == "In the feed"
    assert found.url == f"{site.url}/a".replace("http:", "https:")
    assert token_f1(article.body, found.body) >= 0.97
    assert found.published == article.published


def test_a_teaser_whose_page_is_down_keeps_the_id_of_the_article(site, tmp_path):
    site.pages["/a"] = Reply("oops", 500)
    site.pages["/feed"] = Reply(
        rss(f"<link>{site.url}/a</link><description>x</description>",
            f"<link>{site.url}/b</link><description>x</description>")
    )  # fmt: skip

    articles, dropped, problem = read(tmp_path, f"{site.url}/feed")

    assert (articles, problem) == ([], None)
    assert [(drop.id, drop.reason) for drop in dropped] == [
        (article_id(f"{site.url}/a", ""), "unreachable"),
        (article_id(f"{site.url}/b", ""), "gone"),
    ]


FAILURES = {
    "500": Reply("oops", 500),
    "404": Reply("no", 404),
    "304 for ever": Reply(status=304),
    "empty": Reply(b""),
    "spaces": Reply(" \n"),
    "no entries": Reply(rss()),
    "a web page": Reply("<!doctype html><html><body><p>Sign in</p></body></html>"),
    "other JSON": Reply('{"error": "busy"}'),
    "cut JSON": Reply('{"version": "https://jsonfeed.org/version/1", "items": [{"id": '),
    "JSON 100,000 deep": Reply('{"version":' + "[" * 100_000),
    "cut by the server": Reply("<rss>", headers={"Content-Length": "5000"}),
    "a private host": Reply(status=302, headers={"Location": "http://[::1]/feed"}),
    "binary": Reply(bytes(range(256)) * 99),
}


@pytest.mark.parametrize("name", FAILURES)
def test_a_feed_that_cannot_be_had_is_incomplete(site, tmp_path, name):
    site.pages["/feed"] = FAILURES[name]

    articles, dropped, problem = read(tmp_path, f"{site.url}/feed")

    assert (articles, dropped) == ([], [])
    assert problem is not None
    assert f"{site.url}/feed" in problem or "private address" in problem
    assert "\n" not in problem


def test_half_a_feed_gives_its_entries_and_is_incomplete(tmp_path):
    whole = rss_feed(demo_articles().values())
    (tmp_path / "feed").write_bytes(whole[: len(whole) // 2])

    articles, _, problem = read(tmp_path, "feed")

    assert 10 < len(articles) < len(demo_articles())
    assert "is damaged" in problem


def test_a_file_that_is_missing_is_named(tmp_path):
    with pytest.raises(ArticleError, match=r"no-such.xml: No such file.*correct the path"):
        read(tmp_path, "no-such.xml")


def test_code_in_an_entry_keeps_every_character():
    code = "if a < b && c:\n    print('&amp;', \"<b>\")\n"
    escaped = code.replace("&", "&amp;").replace("<", "&lt;")
    entry = only_entry(
        rss(f"<content:encoded><![CDATA[{SOME}<pre><code>{escaped}</code></pre>]]>"
            "</content:encoded>")
    )  # fmt: skip

    assert f"```\n{code}```" in entry["markdown"]


@pytest.mark.parametrize(
    ("item", "is_whole"),
    [
        (f"<content:encoded><![CDATA[{SOME}]]></content:encoded>", True),
        (f"<content:encoded><![CDATA[{SOME}<a href='/a'>Continue reading</a>]]></content:encoded>",
         False),
        ("<description>One line.</description>", False),
        (f"<description><![CDATA[{SOME * 3}]]></description>", True),
        (f"<description><![CDATA[{SOME * 2} [&#8230;]]]></description>", False),
        ("<title>T</title>", False),
    ],
)  # fmt: skip
def test_a_teaser_is_told_from_a_whole_text(item, is_whole):
    assert only_entry(rss(item))["is_whole"] is is_whole


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("Mon, 05 Jan 2026 23:30:00 -0800", "2026-01-05"),
        ("Mon, 5 Jan 2026 10:00 GMT", "2026-01-05"),
        ("2026-01-05T10:00:00Z", "2026-01-05"),
        ("yesterday", ""),
        ("Mon, 45 Jan 2026 10:00:00 GMT", ""),
        ("", ""),
        ("0000-00-00", ""),
        ("Fri, 31 Dec 9999 10:00:00 GMT", "9999-12-31"),
    ],
)
def test_dates_are_read_as_they_were_written_or_left_out(tmp_path, written, expected):
    (tmp_path / "feed").write_bytes(
        rss(f"<link>https://example.org/a</link><pubDate>{written}</pubDate>"
            f"<content:encoded><![CDATA[{SOME}]]></content:encoded>")
    )  # fmt: skip

    (article,), _, _ = read(tmp_path, "feed")

    assert article.published == expected


def test_links_are_joined_to_the_entry_and_scripts_are_gone():
    entry = only_entry(
        rss("<link>/blog/a</link><content:encoded><![CDATA[<p>" + WORDS + "<a href='../b'>b</a>"
            "<script>alert(1)</script><img src=x onerror=alert(2)></p>]]></content:encoded>")
    )  # fmt: skip

    assert entry["url"] == "https://example.org/blog/a"
    assert "[b](https://example.org/b)" in entry["markdown"]
    assert "alert" not in entry["markdown"]


def test_a_json_feed_may_hold_anything_where_words_are_expected():
    strange = [None, 5, [], {}, "x", True, ["x", None, {"name": 3}], {"name": None}]
    keys = ("id", "url", "title", "content_html", "content_text", "summary", "date_published",
            "authors", "author", "tags", "language", "external_url")  # fmt: skip
    for value in strange:
        items = [dict.fromkeys(keys, value), value]
        data = {"version": "https://jsonfeed.org/version/1", "items": items, "authors": value}

        entries = parse_feed(json.dumps(data).encode(), URL)["entries"]

        assert len(entries) == (2 if isinstance(value, dict) else 1)


@pytest.mark.parametrize("n", [500, pytest.param(10_000, marks=pytest.mark.slow)])
def test_a_long_feed_is_read_within_the_limits_of_the_child(n):
    items = [
        f"<title>Entry {i}</title><link>https://example.org/{i}</link><guid>{i}</guid>"
        f"<content:encoded><![CDATA[<p>{WORDS}</p>]]></content:encoded>"
        for i in range(n)
    ]
    with LimitedWorker(max_seconds=MAX_SECONDS) as worker:
        feed = worker.run(parse_feed, rss(*items), url=URL)

    assert [entry["title"] for entry in feed["entries"]] == [f"Entry {i}" for i in range(n)]
