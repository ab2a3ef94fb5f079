"""Sitemaps: XML, text, packed, nested, circular, and as large as they come."""

import gzip
import time

import pytest

from ingest.limited import LimitedWorker
from ingest.sitemap import read_sitemaps, settled_at
from ingest.sitemap_format import parse_sitemap
from tests.web import Reply, make_fetcher, serving

NAMESPACE = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'


@pytest.fixture(scope="module")
def worker():
    with LimitedWorker() as worker:
        yield worker


@pytest.fixture
def site():
    with serving() as site:
        yield site


def index_of(site, *names):
    entries = "".join(f"<sitemap><loc>{site.url}{name}</loc></sitemap>" for name in names)
    return Reply(f"<sitemapindex {NAMESPACE}>{entries}</sitemapindex>")


def pages_of(*urls):
    entries = "".join(f"<url><loc>{url}</loc></url>" for url in urls)
    return Reply(f"<urlset {NAMESPACE}>{entries}</urlset>")


def test_addresses_come_with_the_day_of_their_change():
    content = parse_sitemap(
        f"""<?xml version="1.0"?><urlset {NAMESPACE} xmlns:image="http://www.google.com/schemas">
        <url><loc> https://example.org/a?x=1&amp;y=2
        </loc><lastmod>2026-01-05T10:00:00+01:00</lastmod><image:image><image:loc>https://i/b.png
        </image:loc></image:image></url><url><lastmod>2026-01-05</lastmod></url>
        <url><loc><![CDATA[https://example.org/b]]></loc></url></urlset>""".encode()
    )

    assert content["entries"] == [
        ["https://example.org/a?x=1&y=2", "2026-01-05T10:00:00+01:00"],
        ["https://example.org/b", ""],
    ]
    assert content["problem"] == ""


def test_a_list_of_lines_is_a_sitemap_too():
    content = parse_sitemap(b"\xef\xbb\xbfhttps://example.org/a\r\n\r\nhttps://example.org/b\r\n")

    assert [entry[0] for entry in content["entries"]] == [
        "https://example.org/a",
        "https://example.org/b",
    ]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "no sitemap"),
        (b"Not found", "no sitemap"),
        (b"<html><body>x</body></html>", "no sitemap but <html>"),
        (b"<rss version='2.0'><channel/></rss>", "no sitemap but <rss>"),
        (b"<!DOCTYPE urlset SYSTEM 'file:///etc/passwd'><urlset/>", "document type"),
        (b"<", "no XML"),
    ],
)
def test_what_is_no_sitemap_is_refused(data, words):
    with pytest.raises(ValueError, match=words):
        parse_sitemap(data)


def test_indexes_are_followed_five_deep_and_each_sitemap_once(site, worker, tmp_path):
    for depth in range(8):
        site.pages[f"/{depth}.xml"] = index_of(site, f"/{depth + 1}.xml", "/pages.xml", "/0.xml")
    site.pages["/pages.xml"] = pages_of("https://example.org/a")

    listing = read_sitemaps(make_fetcher(tmp_path), worker, [f"{site.url}/0.xml"])

    assert list(listing.pages) == ["https://example.org/a"]
    assert sorted(site.asked) == [*(f"/{n}.xml" for n in range(6)), "/pages.xml"]
    assert listing.problems == [f"{site.url}/5.xml: sitemaps nest more than 5 deep"]


def test_a_circle_of_indexes_ends(site, worker, tmp_path):
    site.pages["/a.xml"] = index_of(site, "/b.xml", "/a.xml")
    site.pages["/b.xml"] = index_of(site, "/a.xml", "/b.xml")

    listing = read_sitemaps(make_fetcher(tmp_path), worker, [f"{site.url}/a.xml"])

    assert (listing.pages, listing.problems) == ({}, [])
    assert site.asked == ["/a.xml", "/b.xml"]


def test_an_index_may_not_lead_to_a_private_host(site, worker, tmp_path):
    site.pages["/a.xml"] = Reply(
        "<sitemapindex><sitemap><loc>http://169.254.169.254/s.xml</loc></sitemap></sitemapindex>"
    )

    listing = read_sitemaps(make_fetcher(tmp_path), worker, [f"{site.url}/a.xml"])

    assert listing.pages == {}
    assert "is the private address" in listing.problems[0]


def test_an_index_of_too_many_sitemaps_is_left(site, worker, tmp_path):
    site.pages["/a.xml"] = index_of(site, *(f"/{n}.xml" for n in range(1_001)))

    listing = read_sitemaps(make_fetcher(tmp_path), worker, [f"{site.url}/a.xml"])

    assert site.asked == ["/a.xml"]
    assert "more than 1,000 sitemaps" in listing.problems[0]


def test_a_packed_bomb_is_left_at_the_limit(site, worker, tmp_path):
    site.pages["/a.xml.gz"] = Reply(gzip.compress(bytes(16 * 1024 * 1024)) * 8)

    listing = read_sitemaps(make_fetcher(tmp_path), worker, [f"{site.url}/a.xml.gz"])

    assert "is longer than 52,428,800 bytes" in listing.problems[0]


def test_fifty_thousand_pages_are_listed_within_seconds(site, worker, tmp_path):
    urls = [f"https://example.org/{n}" for n in range(50_000)]
    site.pages["/a.xml"] = pages_of(*urls)
    began = time.perf_counter()

    listing = read_sitemaps(make_fetcher(tmp_path), worker, [f"{site.url}/a.xml"])

    assert [url for url, _ in listing.pages.values()] == urls
    assert time.perf_counter() - began < 10


@pytest.mark.parametrize(
    ("lastmod", "expected"),
    [
        ("1970-01-02", 24 * 3600 + 48 * 3600),
        ("1970-01-01T00:00:00Z", 3600),
        ("1970-01-01T02:00:00.5+02:00", 3600.5),
        ("1970-01-01T00:00", 3600),
        ("", None),
        ("yesterday", None),
        ("2026-13-45", None),
        ("2026", None),
        ("0000-00-00", None),
        ("10000-01-01", None),
        ("-1-1-1", None),
    ],
)
def test_a_change_has_settled_after_a_day_or_an_hour(lastmod, expected):
    assert settled_at(lastmod) == expected


@pytest.mark.parametrize("lastmod", ["0001-01-01", "9999-12-31", "0001-01-01T00:00:00+23:59"])
def test_the_ends_of_the_calendar_are_dates_too(lastmod):
    assert isinstance(settled_at(lastmod), float)
