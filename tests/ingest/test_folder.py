import os

import pytest

from assistant.errors import ArticleError
from assistant.records import Article, Dropped
from assistant.settings import IngestSettings, SourceSettings
from ingest.folder import read_folder
from tests.fakes import make_workspace

WORDS = "Dough rests until it is ready, and so does the baker who made it. " * 3

SETTINGS = IngestSettings()


@pytest.fixture
def read(tmp_path):
    """Write files below a folder, read it, and return articles by file and drops by id."""

    def write_and_read(files, base_url="https://example.org/blog/"):
        folder = tmp_path / "articles"
        for name, content in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        source = SourceSettings(folder="articles", base_url=base_url)
        found = list(read_folder(make_workspace(tmp_path), source))
        articles = {a.file: a for a in found if isinstance(a, Article)}
        return articles, {d.id: d for d in found if isinstance(d, Dropped)}

    return write_and_read


def test_front_matter_fills_the_record(read):
    articles, _ = read({
        "2024-03-02-rye.md": (
            "---\ntitle: On *rye*\nexcerpt: Dark bread.\nauthors: [{name: The Desk}]\n"
            "lastmod: 2024-05-01\ntags: [bread]\ncategories: rye, bread\nseries: Grains\nlang: de\n"
            f"redirect_from: /old/\nguest: true\n---\n{WORDS}\n\n## Crust\n\n{WORDS}"
        )
    })  # fmt: skip
    article = articles["2024-03-02-rye.md"]

    assert (article.title, article.subtitle) == ("On rye", "Dark bread.")
    assert (article.published, article.updated) == ("2024-03-02", "2024-05-01")
    assert (article.authors, article.tags) == (("The Desk",), ("bread", "rye"))
    assert (article.series, article.language, article.aliases) == ("Grains", "de", ("/old/",))
    assert article.url == "https://example.org/blog/2024-03-02-rye"
    assert [heading.anchor for heading in article.headings] == ["crust"]
    assert article.voice is False


def test_a_title_comes_from_the_first_heading_else_from_the_file(read):
    articles, _ = read({"a.md": f"# On rye\n\n{WORDS}", "2024-03-02-no-title_here.mdx": WORDS})

    assert articles["a.md"].title == "On rye"
    assert articles["a.md"].body.startswith("Dough")
    assert articles["2024-03-02-no-title_here.mdx"].title == "No title here"


def test_a_heading_that_repeats_the_title_is_taken_off(read):
    articles, _ = read({"a.md": f"---\ntitle: On rye\n---\n# On Rye\n\n{WORDS}"})

    assert articles["a.md"].body.startswith("Dough")


@pytest.mark.parametrize(
    ("fields", "base_url", "url"),
    [
        ("canonical_url: https://Other.org/rye/", "https://example.org", "https://other.org/rye"),
        ("permalink: /rye/", "https://example.org/blog/", "https://example.org/rye"),
        ("permalink: /:year/:title/", "https://example.org/", "https://example.org/grain/rye"),
        ("permalink: /rye/", "", ""),
    ],
)
def test_an_address_is_absolute_or_joined_or_none(read, fields, base_url, url):
    articles, _ = read({"grain/rye/index.md": f"---\n{fields}\n---\n{WORDS}"}, base_url)

    assert articles["grain/rye/index.md"].url == url


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (f"---\ndraft: true\n---\n{WORDS}", "draft"),
        (f"---\npublished: false\n---\n{WORDS}", "draft"),
        (f"---\nredirect_to: /new/\n---\n{WORDS}", "redirect_stub"),
        ("<meta http-equiv=refresh content='0; url=/new/'>", "redirect_stub"),
        ("---\nexternal_url: https://example.org\n---\nRead it there.", "link_out_stub"),
        ("Read it at [the paper](https://example.org/long/path/of/it).", "link_out_stub"),
        ("---\ntitle: Only this\n---\n\n![](a.png)", "no_text"),
        ("  \n", "no_text"),
        ("Coming soon, we promise.", "too_short"),
        (f"---\ntitle: [\n---\n{WORDS}", "bad_front_matter"),
        (b"PNG\x00\x00\x01", "not_text"),
        ("Привет, мир".encode("koi8-r") * 20, "unreadable"),
        (b"a" * (4 * 1024 * 1024 + 1), "too_large"),
    ],
)
def test_what_is_no_article_is_dropped_with_the_reason_and_the_file(read, content, reason):
    articles, dropped = read({"a.md": content, "b.md": WORDS})

    assert list(articles) == ["b.md"]
    assert dropped["a.md"].reason == reason
    assert "a.md" in dropped["a.md"].detail


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_text_is_read_in_the_encoding_it_has(read, encoding):
    articles, _ = read({"a.md": ("Café “crust”. " + WORDS).encode(encoding)})

    assert articles["a.md"].body.startswith("Café “crust”.")


def test_the_second_file_with_one_address_is_dropped(read):
    same = f"---\nurl: https://example.org/rye\n---\n{WORDS}"
    articles, dropped = read({"a.md": same, "b.md": same})

    assert list(articles) == ["a.md"]
    assert dropped["b.md"] == Dropped(
        "b.md", "duplicate_id", "b.md has the URL of a.md: https://example.org/rye"
    )


@pytest.mark.parametrize("name", ["new", "new.md", "/blog/new/", "https://example.org/blog/new"])
def test_the_older_article_names_the_newer_by_id(read, name):
    articles, _ = read({"old.md": f"---\nsuperseded_by: {name}\n---\n{WORDS}", "new.md": WORDS})

    assert articles["old.md"].superseded_by == articles["new.md"].id


def test_the_newer_article_may_name_the_older(read):
    articles, _ = read({
        "2024-01-01-old.md": WORDS, "new.md": f"---\nsupersedes: old\n---\n{WORDS}"
    })  # fmt: skip

    assert articles["2024-01-01-old.md"].superseded_by == articles["new.md"].id
    assert articles["new.md"].superseded_by == ""


def test_an_unknown_newer_article_is_ignored_with_a_warning(read, caplog):
    articles, _ = read({"old.md": f"---\nsuperseded_by: gone\n---\n{WORDS}"})

    assert articles["old.md"].superseded_by == ""
    assert "old.md names 'gone'" in caplog.text


def test_files_come_sorted_and_hidden_or_foreign_ones_are_left_alone(read):
    files = ["b.md", "a/z.markdown", "a.md", ".git/x.md", ".hidden.md", "notes.rst"]
    articles, dropped = read(dict.fromkeys(files, WORDS))

    assert list(articles) == ["a.md", "a/z.markdown", "b.md"]
    assert dropped == {}


def test_links_out_of_the_folder_and_pipes_are_not_followed(read, tmp_path):
    folder = tmp_path / "articles"
    folder.mkdir()
    (tmp_path / "secret.md").write_text(WORDS)
    (tmp_path / "articles-evil").mkdir()
    (folder / "out.md").symlink_to(tmp_path / "secret.md")
    (folder / "beside").symlink_to(tmp_path / "articles-evil")
    (folder / "circle").symlink_to(folder)
    (folder / "gone.md").symlink_to(folder / "nowhere.md")
    os.mkfifo(folder / "pipe.md")

    articles, dropped = read({"a.md": WORDS})

    assert list(articles) == ["a.md"]
    assert sorted(dropped) == ["beside", "circle", "gone.md", "out.md", "pipe.md"]
    assert {drop.reason for drop in dropped.values()} == {"unreadable"}


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_file_without_permission_is_dropped(read, tmp_path):
    (tmp_path / "articles").mkdir()
    (tmp_path / "articles" / "a.md").touch(mode=0o000)

    _, dropped = read({"b.md": WORDS})

    assert dropped["a.md"].detail == "a.md: Permission denied"


def test_a_missing_folder_says_which_and_what_to_do(tmp_path):
    source = SourceSettings(folder="articels")

    with pytest.raises(ArticleError, match=r"no folder .*articels.*correct the path"):
        list(read_folder(make_workspace(tmp_path), source))


def test_a_file_is_read_again_only_when_it_or_the_settings_change(read, tmp_path):
    files = {"a.md": f"---\ntitle: A\n---\n{WORDS}", "b.md": "Too short."}
    first = read(files)
    (cache,) = (tmp_path / "built" / "cache").iterdir()
    written = cache.stat().st_mtime_ns

    assert read(files) == first
    assert cache.stat().st_mtime_ns == written
    assert read({**files, "a.md": f"---\ntitle: B\n---\n{WORDS}"})[0]["a.md"].title == "B"
    assert read({}, base_url="https://other.example/")[0]["a.md"].url == "https://other.example/a"


def test_a_name_in_another_encoding_costs_no_run(read, tmp_path):
    (tmp_path / "articles").mkdir()
    (tmp_path / "articles" / os.fsdecode(b"caf\xe9.md")).write_text(WORDS, encoding="utf-8")
    articles, dropped = read({})

    assert list(articles) == [r"caf\udce9.md"]
    assert dropped == {}
    assert articles[r"caf\udce9.md"].title.encode()
