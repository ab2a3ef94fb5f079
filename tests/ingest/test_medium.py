import pytest

from assistant.errors import ArticleError
from tests.ingest.reading import WORDS, article, read_file
from tests.ingest.writers import write_medium, write_zip

RESPONSE = (
    '<article class="h-entry"><h1 class="p-name">Thank you, this is what I thought when…</h1>'
    '<section class="e-content"><p class="graf">Thank you, this is what I thought when reading. '
    f"{WORDS}</p></section></article>"
)


def test_drafts_responses_and_empty_pages_are_dropped_with_their_reasons(tmp_path):
    more = {"posts/draft_On-oats-1a.html": "<p>Half a story</p>", "posts/2024_a-2b.html": RESPONSE,
            "posts/2024_b-3c.html": "<p>nothing</p>"}  # fmt: skip
    articles, dropped = read_file(tmp_path, "medium", "e.zip", write_medium([article("rye")], more))

    assert [read.title for read in articles.values()] == ["On rye"]
    assert {name: drop.reason for name, drop in dropped.items()} == {
        "draft_On-oats-1a": "draft",
        "2024_a-2b": "comment",
        "2024_b-3c": "no_text",
    }


def test_title_and_subtitle_do_not_stand_in_the_body_again(tmp_path):
    content = write_medium([article("rye", subtitle="Dark")])
    articles, _ = read_file(tmp_path, "medium", "e.zip", content)
    read = next(iter(articles.values()))

    assert (read.subtitle, read.body) == ("Dark", WORDS.strip())


def test_lines_of_code_are_kept_apart(tmp_path):
    story = write_medium([article("rye", body=f"{WORDS}\n\nCODE")])
    page = "<pre>a = 1<br>&nbsp; b &lt; 2</pre>"
    with_code = read_entries(story, "<p>CODE</p>", page)
    articles, _ = read_file(tmp_path, "medium", "e.zip", with_code)

    assert next(iter(articles.values())).body.endswith("```\na = 1\n\u00a0 b < 2\n```")


def test_a_zip_without_stories_is_refused_in_one_line(tmp_path):
    with pytest.raises(ArticleError, match=r"holds no posts/\*\.html; use Settings"):
        read_file(tmp_path, "medium", "e.zip", write_zip({"a.txt": "b"}))


def read_entries(content, old, new):
    import io
    import zipfile

    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        entries = {name: archive.read(name).decode() for name in archive.namelist()}
    return write_zip({name: text.replace(old, new) for name, text in entries.items()})
