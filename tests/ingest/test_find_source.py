import httpx
import pytest

from assistant.errors import ConfigError
from ingest.fetch import Fetcher
from ingest.fetch.cache import ResponseCache
from ingest.find_source import find_source, look_at_source
from tests import feeds
from tests.demo import demo_articles
from tests.fakes import make_workspace
from tests.ingest import writers

THREE = demo_articles()[:3]


def fetcher(tmp_path, status, body):
    transport = httpx.MockTransport(
        lambda request: httpx.Response(status, stream=httpx.ByteStream(body))
    )
    return Fetcher(transport, ResponseCache(tmp_path / "http"), delay_s=0)


def test_a_generators_folder_becomes_a_source_with_its_posts(tmp_path):
    (tmp_path / "_posts").mkdir()
    (tmp_path / "_posts" / "2024-01-02-rye.md").write_text("Rye.", encoding="utf-8")
    (tmp_path / "_config.yml").write_text("title: Rye\nurl: https://rye.example", encoding="utf-8")

    detected, source = find_source(str(tmp_path))

    assert (detected.seen_as, detected.name) == ("a Jekyll site", "Rye")
    assert (source.folder, source.base_url) == (str(tmp_path / "_posts"), "https://rye.example")


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("export.xml", writers.write_wxr(THREE), "wordpress"),
        ("export.json", writers.write_ghost(demo_articles()), "ghost"),
        ("substack.zip", writers.write_substack(THREE), "substack"),
        ("medium.zip", writers.write_medium(THREE), "medium"),
        ("table.csv", writers.write_table(THREE), "table"),
        ("feed.xml", feeds.atom_feed(THREE), "feed"),
    ],
)
def test_a_file_becomes_a_source(tmp_path, name, content, kind):
    (tmp_path / name).write_bytes(content)

    detected, source = find_source(str(tmp_path / name))

    assert detected.kind == kind
    assert (source.kind, source.place) == (kind, str(tmp_path / name))


def test_an_address_is_fetched_and_becomes_a_source(tmp_path):
    url = "https://example.org/feed.xml"

    detected, source = find_source(url, fetcher(tmp_path, 200, feeds.rss_feed(THREE)))

    assert (detected.name, source.name) == ("The Low Rank", f"feed: {url}")


@pytest.mark.parametrize(
    ("status", "body", "says"),
    [
        (500, b"", "https://example.org/x: answers 500; correct the address"),
        (200, writers.write_table(THREE), "x is a table .CSV.; .* download the file and name that"),
        (200, b"words", "x is nothing that can be read as a source"),
    ],
)
def test_an_address_that_is_no_source_is_refused(tmp_path, status, body, says):
    with pytest.raises(ConfigError, match=says):
        find_source("https://example.org/x", fetcher(tmp_path, status, body))


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.bin", b"\x00\x01", "is nothing that can be read; give a folder of Markdown"),
        ("s.xml", b"<urlset/>", "is a sitemap; give its address instead of a copy"),
    ],
)
def test_a_file_that_is_no_source_is_refused(tmp_path, name, content, says):
    (tmp_path / name).write_bytes(content)

    with pytest.raises(ConfigError, match=says):
        find_source(str(tmp_path / name))


def test_what_is_not_there_is_named(tmp_path):
    with pytest.raises(ConfigError, match="No such file or directory; correct the path"):
        find_source(str(tmp_path / "nowhere"))


def look(tmp_path, fetcher=None, **source):
    workspace = make_workspace(tmp_path, sources=[source])
    return look_at_source(workspace, workspace.settings.sources[0], fetcher)


def test_a_source_is_looked_at_and_nothing_is_left_behind(tmp_path):
    (tmp_path / "posts").mkdir()
    (tmp_path / "posts" / "a.md").write_text("Rye.", encoding="utf-8")
    (tmp_path / "export.xml").write_bytes(writers.write_wxr(THREE))
    before = sorted(tmp_path.rglob("*"))

    assert look(tmp_path, folder="posts") == "1 files"
    assert look(tmp_path, wordpress="export.xml") == "a WordPress export"
    assert sorted(tmp_path.rglob("*")) == before


def test_an_address_is_asked(tmp_path):
    answer = fetcher(tmp_path / "elsewhere", 200, feeds.rss_feed(THREE))

    assert look(tmp_path, answer, feed="https://example.org/feed.xml") == "an RSS feed"


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ({"folder": "nowhere"}, "no folder nowhere under"),
        ({"table": "nowhere.csv"}, "no file nowhere.csv under"),
        ({"ghost": "export.xml"}, "ghost: export.xml is a WordPress export; correct `sources:`"),
        ({"feed": "https://example.org/f"}, "f: answers 503; see that it can be reached"),
    ],
)
def test_a_source_that_cannot_be_read_says_why(tmp_path, source, says):
    (tmp_path / "export.xml").write_bytes(writers.write_wxr(THREE))

    with pytest.raises(ConfigError, match=says):
        look(tmp_path, fetcher(tmp_path / "elsewhere", 503, b""), **source)
