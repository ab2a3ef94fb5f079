"""A site on a real server: what is asked for, what is kept, and what a site that is down costs."""

import gzip
import time
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from assistant.config import Workspace, parse_settings
from assistant.errors import SourceIncomplete
from assistant.records import Article, Dropped
from ingest.fetch.transport import Limits
from ingest.identity import article_id
from ingest.site import read_site
from tests.pages import TEMPLATES, demo_articles
from tests.web import Reply, make_fetcher, serving

NAMES = list(demo_articles())[:9]
HTML = {"Content-Type": "text/html; charset=utf-8"}


@pytest.fixture
def site():
    with serving() as site:
        yield site


def page_of(site, name, template="classic"):
    """Return a demo article as a page that lives on the site, whatever its Markdown says."""
    article = demo_articles()[name]
    return TEMPLATES[template](article, f"{site.url}/{name}")


def sitemap(site, pages, kind="urlset"):
    item = {"urlset": "url", "sitemapindex": "sitemap"}[kind]
    entries = "".join(
        f"<{item}><loc>{site.url}{path}</loc>{f'<lastmod>{day}</lastmod>' if day else ''}</{item}>"
        for path, day in pages.items()
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<{kind} xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{entries}</{kind}>'
    )


def read(site, tmp_path, place="/sitemap.xml", fetcher=None):
    """Return articles by path, drops by reason, and the words of SourceIncomplete or None."""
    settings = parse_settings(
        {"brand": {"name": "x"}, "sources": [{"site": site.url + place}]}, "masthead.yaml"
    )
    articles, dropped, problem = [], [], None
    fetcher = fetcher or make_fetcher(tmp_path)
    try:
        for item in read_site(Workspace(tmp_path, settings), settings.sources[0], fetcher):
            (articles if isinstance(item, Article) else dropped).append(item)
    except SourceIncomplete as error:
        problem = str(error)
    return {a.file.removeprefix(site.url): a for a in articles}, dropped, problem


def put_pages(site, names=NAMES, **headers):
    for name in names:
        site.pages[f"/{name}"] = Reply(page_of(site, name), headers={**HTML, **headers})


def reasons(dropped):
    return Counter(drop.reason for drop in dropped)


def test_a_whole_site_is_read_from_its_root_and_every_request_is_known(site, tmp_path):
    one, two, three, moved, packed, slow, down, gone, tag = NAMES
    put_pages(site, [one, two, three])
    site.pages |= {
        "/robots.txt": Reply(f"User-agent: *\nDisallow: /private\nSitemap: {site.url}/index.xml\n"),
        "/index.xml": Reply(sitemap(site, {"/a.xml": "", "/b.xml.gz": ""}, "sitemapindex")),
        "/a.xml": Reply(sitemap(site, {f"/{n}": "" for n in (one, two, three, moved, packed)})),
        "/b.xml.gz": Reply(gzip.compress(sitemap(site, {
            f"/{slow}": "", f"/{down}": "", f"/{gone}": "", f"/tag/{tag}": "", "/about": "",
            "/paper.pdf": "", "/private/x": "", f"/{one}?utm_source=mail": "",
        }).encode()), headers={"Content-Type": "application/gzip"}),
        f"/{moved}": Reply(status=301, headers={"Location": f"/new/{moved}"}),
        f"/new/{moved}": Reply(page_of(site, moved), headers=HTML),
        f"/{packed}": Reply(gzip.compress(page_of(site, packed, "generated").encode()),
                            headers={**HTML, "Content-Encoding": "gzip"}),
        f"/{slow}": Reply(raw=lambda out: time.sleep(0.8)),
        f"/{down}": Reply("busy", 500),
        f"/tag/{tag}": Reply(page_of(site, tag), headers=HTML),
        "/about": Reply("<html><title>About</title><body><p>We are a desk.</p></body></html>",
                        headers=HTML),
        "/paper.pdf": Reply(b"%PDF-1.7", headers={"Content-Type": "application/pdf"}),
    }  # fmt: skip

    fetcher = make_fetcher(tmp_path, Limits(total_s=0.5))
    articles, dropped, problem = read(site, tmp_path, "/", fetcher)

    assert list(articles) == [f"/{name}" for name in (one, two, three, moved, packed)]
    assert site.asked == [
        "/robots.txt", "/index.xml", "/a.xml", "/b.xml.gz",
        f"/{one}", f"/{two}", f"/{three}", f"/{moved}", f"/new/{moved}", f"/{packed}",
        f"/{slow}", f"/{down}", f"/{gone}", f"/tag/{tag}", "/about", "/paper.pdf",
    ]  # fmt: skip
    assert {d.id: d.reason for d in dropped} == {
        article_id(f"{site.url}/{path}", ""): reason
        for path, reason in (
            (slow, "unreachable"), (down, "unreachable"), (gone, "gone"),
            (f"tag/{tag}", "not_article"), ("about", "not_article"),
            ("paper.pdf", "not_html"), ("private/x", "robots"),
        )
    }  # fmt: skip
    assert problem is None


def test_an_article_has_what_its_page_says(site, tmp_path):
    put_pages(site, NAMES[:1])
    site.pages["/sitemap.xml"] = Reply(sitemap(site, {f"/{NAMES[0]}": ""}))

    articles, _, _ = read(site, tmp_path)

    (found,), expected = articles.values(), demo_articles()[NAMES[0]]
    assert (found.title, found.authors, found.published, found.tags, found.headings) == (
        expected.title,
        expected.authors,
        expected.published,
        expected.tags,
        expected.headings,
    )
    assert found.url == f"{site.url}/{NAMES[0]}".replace("http:", "https:")


def test_a_second_reading_sends_no_page_again(site, tmp_path):
    put_pages(site, ETag='"v1"')
    site.pages["/sitemap.xml"] = Reply(sitemap(site, {f"/{name}": "" for name in NAMES}))
    first, _, _ = read(site, tmp_path)
    site.sent_headers.clear()

    second, _, _ = read(site, tmp_path)

    assert second == first
    pages = site.sent_headers[2:]  # after the sitemap and robots.txt
    assert [headers.get("if-none-match") for headers in pages] == ['"v1"'] * len(NAMES)


def test_pages_whose_lastmod_is_old_cost_no_request_at_all(site, tmp_path):
    today = datetime.now(UTC).date()
    put_pages(site)
    days = {f"/{name}": (today - timedelta(days=30)).isoformat() for name in NAMES}
    site.pages["/sitemap.xml"] = Reply(sitemap(site, days))
    first, _, _ = read(site, tmp_path)
    site.take_requests()

    days[f"/{NAMES[3]}"] = today.isoformat()
    site.pages["/sitemap.xml"] = Reply(sitemap(site, days))
    site.pages[f"/{NAMES[3]}"].body = page_of(site, NAMES[3]).replace(" the ", " THE ")
    second, _, _ = read(site, tmp_path)

    assert site.asked == ["/sitemap.xml", "/robots.txt", f"/{NAMES[3]}"]
    changed = [path for path in first if first[path] != second[path]]
    assert changed == [f"/{NAMES[3]}"]


SITE_FAILURES = {
    "500": Reply("oops", 500),
    "503": Reply("oops", 503),
    "403": Reply("oops", 403),
    "404": Reply("oops", 404),
    "304 for ever": Reply(status=304),
    "empty": Reply(b""),
    "only spaces": Reply("   \n"),
    "a web page": Reply("<!doctype html><html><body><p>Please sign in</p></body></html>"),
    "JSON": Reply('{"error": "busy"}'),
    "no entries": Reply("<urlset></urlset>"),
    "cut off by the server": Reply("<urlset><url>", headers={"Content-Length": "5000"}),
    "silence": Reply(raw=lambda out: time.sleep(0.6)),
    "a circle of redirects": Reply(status=302, headers={"Location": "/sitemap.xml"}),
    "a redirect to a private host": Reply(status=302, headers={"Location": "http://10.0.0.1/"}),
    "packed and cut": Reply(gzip.compress(b"<urlset>" * 999)[:-9]),
    "a document type": Reply('<!DOCTYPE a [<!ENTITY b "c">]><urlset>&b;</urlset>'),
    "binary": Reply(bytes(range(256))),
}


@pytest.mark.parametrize("name", SITE_FAILURES)
def test_a_listing_that_cannot_be_had_is_incomplete_and_takes_nothing_away(site, tmp_path, name):
    site.pages["/sitemap.xml"] = SITE_FAILURES[name]

    fetcher = make_fetcher(tmp_path, Limits(total_s=0.4))
    articles, dropped, problem = read(site, tmp_path, fetcher=fetcher)

    assert (articles, dropped) == ({}, [])
    assert problem is not None
    assert "/sitemap.xml" in problem
    assert "\n" not in problem


def test_half_a_sitemap_gives_its_pages_and_is_incomplete(site, tmp_path):
    put_pages(site)
    whole = sitemap(site, {f"/{name}": "" for name in NAMES})
    site.pages["/sitemap.xml"] = Reply(whole[: whole.index(NAMES[3])])

    articles, _, problem = read(site, tmp_path)

    assert list(articles) == [f"/{name}" for name in NAMES[:3]]
    assert "could not be read whole" in problem


def test_one_missing_part_of_an_index_makes_the_listing_incomplete(site, tmp_path):
    put_pages(site, NAMES[:2])
    site.pages["/sitemap.xml"] = Reply(sitemap(site, {"/a.xml": "", "/b.xml": ""}, "sitemapindex"))
    site.pages["/a.xml"] = Reply(sitemap(site, {f"/{name}": "" for name in NAMES[:2]}))
    site.pages["/b.xml"] = Reply("later", 503)

    articles, _, problem = read(site, tmp_path)

    assert len(articles) == 2
    assert "b.xml: answers 503" in problem


def test_a_site_that_goes_down_amid_the_reading_is_left_after_ten_pages(site, tmp_path):
    paths = {f"/page-{n}": "" for n in range(50)}
    site.pages["/sitemap.xml"] = Reply(sitemap(site, paths))
    site.pages |= {path: Reply("down", 502) for path in paths}

    articles, dropped, problem = read(site, tmp_path)

    assert (articles, reasons(dropped)) == ({}, {"unreachable": 10})
    assert "10 pages in a row could not be had" in problem


@pytest.mark.parametrize("status", [500, 503])
def test_robots_txt_that_cannot_be_had_closes_the_site_for_now(site, tmp_path, status):
    put_pages(site, NAMES[:2])
    site.pages["/robots.txt"] = Reply("oops", status)

    articles, _, problem = read(site, tmp_path, "/")

    assert articles == {}
    assert f"robots.txt: answers {status}" in problem


def test_a_site_without_sitemap_is_told_what_to_do(site, tmp_path):
    _, _, problem = read(site, tmp_path, "/")

    assert "names no sitemap" in problem
    assert "use `feed:`" in problem


def test_a_folder_of_a_site_gives_the_pages_below_it(site, tmp_path):
    put_pages(site, NAMES[:1])
    site.pages[f"/blog/{NAMES[1]}"] = Reply(page_of(site, NAMES[1]), headers=HTML)
    site.pages["/sitemap.xml"] = Reply(
        sitemap(site, {f"/{NAMES[0]}": "", f"/blog/{NAMES[1]}": "", "/blogroll": ""})
    )

    articles, dropped, problem = read(site, tmp_path, "/blog")

    assert list(articles) == [f"/blog/{NAMES[1]}"]
    assert (reasons(dropped), problem) == ({"other_site": 2}, None)


def test_pages_of_another_host_are_not_asked_for(site, tmp_path):
    site.pages["/sitemap.xml"] = Reply(
        "<urlset><url><loc>http://169.254.169.254/latest</loc></url>"
        "<url><loc>file:///etc/passwd</loc></url></urlset>"
    )

    _, dropped, _ = read(site, tmp_path)

    assert reasons(dropped) == {"other_site": 2}


def test_one_article_under_many_addresses_has_one_id_and_knows_the_others(site, tmp_path):
    name = NAMES[0]
    body = page_of(site, name)
    spellings = [f"/{name}", f"/{name}/", f"/{name}?utm_medium=x", f"/{name}/amp", f"/p/{name}"]
    site.pages |= {path: Reply(body, headers=HTML) for path in spellings}
    site.pages["/sitemap.xml"] = Reply(sitemap(site, dict.fromkeys(spellings, "")))

    articles, _, _ = read(site, tmp_path)

    assert len({article.id for article in articles.values()}) == 1
    # The first four are one address already; the last says itself where its article lives.
    assert [article.aliases for article in articles.values()] == [
        (),
        (f"{site.url}/p/{name}".replace("http:", "https:"),),
    ]


def test_two_pages_that_name_each_other_as_the_article_are_one(site, tmp_path):
    article = demo_articles()[NAMES[0]]
    for here, there in (("/a", "/b"), ("/b", "/a")):
        page = TEMPLATES["classic"](article, site.url + there)
        site.pages[here] = Reply(page, headers=HTML)
    site.pages["/sitemap.xml"] = Reply(sitemap(site, {"/a": "", "/b": ""}))

    articles, _, _ = read(site, tmp_path)

    assert len({found.id for found in articles.values()}) == 1


def test_a_page_that_only_sends_its_reader_on_is_dropped_and_not_followed(site, tmp_path):
    site.pages["/a"] = Reply(
        '<html><head><meta http-equiv="refresh" content="0; url=http://10.0.0.1/"></head>'
        "<body><p>Moved.</p></body></html>",
        headers=HTML,
    )
    site.pages["/sitemap.xml"] = Reply(sitemap(site, {"/a": ""}))

    _, dropped, _ = read(site, tmp_path)

    assert reasons(dropped) == {"not_article": 1}
    assert site.asked == ["/sitemap.xml", "/robots.txt", "/a"]


def test_a_page_beyond_the_limit_is_dropped_and_the_run_goes_on(site, tmp_path):
    put_pages(site, NAMES[:1])
    site.pages["/huge"] = Reply(b"<p>words</p>" * 5_000_000, headers=HTML)  # 57 MB
    site.pages["/sitemap.xml"] = Reply(sitemap(site, {"/huge": "", f"/{NAMES[0]}": ""}))

    articles, dropped, problem = read(site, tmp_path)

    assert (len(articles), reasons(dropped), problem) == (1, {"too_large": 1}, None)


def test_dropped_pages_name_the_page(site, tmp_path):
    site.pages["/sitemap.xml"] = Reply(sitemap(site, {"/gone": ""}))

    _, dropped, _ = read(site, tmp_path)

    url = f"{site.url}/gone"
    assert dropped == [Dropped(article_id(url, ""), "gone", f"{url}: answers 404")]
