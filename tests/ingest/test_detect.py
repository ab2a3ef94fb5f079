import json

import pytest

from ingest.detect import detect_bytes, detect_folder, detect_zip
from tests import feeds
from tests.demo import demo_articles
from tests.ingest import writers
from tests.pages import classic_page

THREE = demo_articles()[:3]
SITEMAP = b'<?xml version="1.0"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"/>'
TITLE = {"id": "1", "key": "title", "value": "The \u201cRank\u201d"}
GHOST = {"meta": {"exported_on": 1}, "data": {"posts": [], "settings": [TITLE]}}
GHOST_TITLE = json.dumps({"db": [GHOST]}).encode()


@pytest.mark.parametrize(
    ("data", "kind", "name"),
    [
        (writers.write_wxr(THREE), "wordpress", "A publication"),
        (writers.write_ghost(THREE), "ghost", ""),
        (GHOST_TITLE, "ghost", "The \u201cRank\u201d"),
        (writers.write_table(THREE), "table", ""),
        (writers.write_table(THREE, "jsonl"), "table", ""),
        (feeds.rss_feed(THREE), "feed", "The Low Rank"),
        (feeds.rdf_feed(THREE), "feed", "The Low Rank"),
        (feeds.atom_feed(THREE), "feed", "The Low Rank"),
        (SITEMAP, "site", ""),
        (classic_page(THREE[0], THREE[0].url).encode(), "site", "The Low Rank"),
    ],
    ids=["wxr", "ghost", "ghost with a title", "csv", "jsonl", "rss", "rdf", "atom", "sitemap",
         "page"],
)  # fmt: skip
def test_a_file_is_known_by_its_first_bytes(data, kind, name):
    found = detect_bytes(data)

    assert (found.kind, found.name) == (kind, name)


def test_a_json_feed_is_known_by_its_version():
    text = json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": "Rank", "items": []})

    assert detect_bytes(text.encode()) == detect_bytes(b"\xef\xbb\xbf" + text.encode())
    assert (detect_bytes(text.encode()).kind, detect_bytes(text.encode()).name) == ("feed", "Rank")


@pytest.mark.parametrize(
    "data",
    [b"", b"plain words", b"{}", b"[1, 2", b"<svg></svg>", b"name,age\n", b"\x00\x01", b"%PDF-1.7"],
)
def test_anything_else_is_nothing(data):
    assert detect_bytes(data) is None


@pytest.mark.parametrize(
    ("names", "kind"),
    [
        (["posts.csv", "posts/1.bread.html"], "substack"),
        (["export/posts/2024-01-02_Bread-1.html", "export/README.html"], "medium"),
        (["photos/a.jpg"], None),
    ],
)
def test_a_zip_is_known_by_its_entries(names, kind):
    found = detect_zip(names)

    assert (found.kind if found else None) == kind


@pytest.mark.parametrize(
    ("names", "seen_as", "folder"),
    [
        (["hugo.toml", "content/posts/a.md", "content/about.md"], "a Hugo site", "content/posts"),
        (["_config.yml", "_posts/2024-01-02-a.md", "README.md"], "a Jekyll site", "_posts"),
        ([".eleventy.js", "src/a.md"], "an Eleventy site", "src"),
        (["astro.config.mjs", "src/content/blog/a.mdx"], "an Astro site", "src/content/blog"),
        (["a.md", "b.html", "c.png"], "a folder of html, md files", ""),
        (["_config.yml", "notes/a.md"], "a folder of md files", ""),
    ],
)
def test_a_folder_is_known_by_its_generator(names, seen_as, folder):
    found = detect_folder(names, {})

    assert (found.kind, found.seen_as, found.folder) == ("folder", seen_as, folder)


@pytest.mark.parametrize(
    ("name", "text", "url"),
    [
        ("hugo.toml", "title = 'Rank'\nbaseURL = 'https://example.org/'", "https://example.org/"),
        (
            "_config.yml",
            "title: Rank\nurl: https://example.org\nbaseurl: /blog",
            "https://example.org",
        ),
        ("hugo.yaml", "title: Rank\nbaseURL: /", ""),
    ],
)
def test_settings_of_a_generator_give_name_and_address(name, text, url):
    found = detect_folder([name, "content/a.md", "_posts/a.md"], {name: text})

    assert (found.name, found.base_url) == ("Rank", url)


def test_settings_that_cannot_be_read_give_nothing():
    found = detect_folder(["hugo.toml", "content/a.md"], {"hugo.toml": "title = ["})

    assert (found.name, found.base_url) == ("", "")


def test_a_folder_without_a_text_is_nothing():
    assert detect_folder(["a.png", "b.css"], {}) is None
