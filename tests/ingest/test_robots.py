"""robots.txt as RFC 9309 reads it; values from its text and Google's examples."""

import pytest

from ingest.robots import Robots, parse_robots

SITE = "https://example.org"


def allows(rules, path):
    return parse_robots(f"User-agent: *\n{rules}".encode()).allows(SITE + path)


@pytest.mark.parametrize(
    ("rules", "path", "expected"),
    [
        ("Disallow:", "/a", True),
        ("Disallow: /", "/a", False),
        ("Disallow: /fish", "/fish.html", False),
        ("Disallow: /fish", "/Fish.asp", True),
        ("Disallow: /fish/", "/fish", True),
        ("Disallow: /*.php", "/folder/any.php.file.html", False),
        ("Disallow: /*.php$", "/filename.php?parameters", True),
        ("Disallow: /*.php$", "/folder/filename.php", False),
        ("Disallow: /fish*.php", "/fishheads/catfish.php?p", False),
        ("Allow: /p\nDisallow: /", "/page", True),
        ("Allow: /folder\nDisallow: /folder", "/folder/page", True),
        ("Allow: /page\nDisallow: /*.htm", "/page.htm", False),
        ("Allow: /$\nDisallow: /", "/", True),
        ("Allow: /$\nDisallow: /", "/page.htm", False),
        ("Disallow: /*?", "/a?b=c", False),
        ("Disallow: /~joe", "/%7Ejoe/index.html", False),
        ("Disallow: /bücher", "/b%C3%BCcher/", False),
        ("Disallow: /a # not the rest", "/a", False),
        ("disallow : /a", "/a", False),
        ("Disallow: /a$b", "/a$b", False),
    ],
)
def test_the_longest_rule_that_fits_decides(rules, path, expected):
    assert allows(rules, path) is expected


def test_the_group_that_names_us_counts_alone():
    robots = parse_robots(
        b"User-agent: *\nDisallow: /\n\nUser-agent: Other\nUser-agent: Masthead\nAllow: /\n"
        b"Disallow: /drafts\nCrawl-delay: 2.5\n"
    )

    assert robots.allows(SITE + "/a")
    assert not robots.allows(SITE + "/drafts/a")
    assert robots.delay_s == 2.5


def test_sitemaps_are_named_outside_of_groups():
    robots = parse_robots(
        b"\xef\xbb\xbfSitemap: https://example.org/a.xml\r\nUser-agent: x\r\nDisallow: /\r\n"
        b"sitemap:https://example.org/b.xml\r\nSitemap: https://example.org/a.xml"
    )

    assert robots.sitemaps == ("https://example.org/a.xml", "https://example.org/b.xml")
    assert robots.rules == ()


@pytest.mark.parametrize(
    "data", [b"", b"\x00\xff" * 999, b"<html><body>Not found</body></html>", b"Disallow: /", b":::"]
)
def test_what_is_no_robots_txt_forbids_nothing(data):
    assert parse_robots(data) == Robots()


def test_many_wildcards_cost_no_time():
    robots = parse_robots(b"User-agent: *\nDisallow: /" + b"a*" * 20_000 + b"b")

    assert robots.allows(SITE + "/" + "a" * 30_000)
