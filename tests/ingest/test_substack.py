import pytest

from assistant.errors import ArticleError
from tests.ingest.reading import WORDS, article, read_file
from tests.ingest.writers import write_substack, write_zip

HIDDEN = {"post_id": "99.hidden", "post_date": "2024-01-01T00:00:00.000Z", "is_published": "true",
          "type": "newsletter", "audience": "everyone", "title": "Hidden"}  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"is_published": "false"}, "draft"),
        ({"is_published": "", "post_date": ""}, "draft"),
        ({"is_published": "false", "post_date": "2999-01-01T00:00:00.000Z"}, "scheduled"),
        ({"type": "page"}, "page"),
        ({"type": "thread"}, "thread"),
        ({"type": "restack"}, "other_type"),
        ({"audience": "only_paid"}, "members_only"),
        ({"audience": "founding"}, "members_only"),
        ({"audience": "only_free"}, "members_only"),
    ],
)
def test_what_is_no_public_post_is_dropped_with_its_own_reason(tmp_path, fields, reason):
    content = write_substack([article("rye")], more=[HIDDEN | fields])
    articles, dropped = read_file(tmp_path, "substack", "export.zip", content)

    assert list(articles) == ["rye"]
    assert {name: drop.reason for name, drop in dropped.items()} == {"99.hidden": reason}


def test_forms_and_buttons_of_the_page_are_no_text_of_the_post(tmp_path):
    articles, _ = read_file(tmp_path, "substack", "export.zip", write_substack([article("rye")]))

    assert articles["rye"].body == WORDS.strip()
    assert articles["rye"].url == "https://example.org/p/rye"


def test_a_post_whose_page_is_missing_is_dropped(tmp_path):
    table = "post_id,is_published,type,audience,title\n1.rye,true,newsletter,everyone,Rye\n"
    _, dropped = read_file(tmp_path, "substack", "e.zip", write_zip({"posts.csv": table}))

    assert dropped["1.rye"].detail == "posts/1.rye.html is not in the export"


def test_the_lists_of_readers_are_never_opened(tmp_path):
    table = "post_id,is_published,type,audience,title\n"
    content = write_zip({"posts.csv": table, "email_list.x.csv": "reader@example.org"})
    damaged = content.replace(b"reader@example.org", b"READER@example.org")  # fails its checksum
    _, dropped = read_file(tmp_path, "substack", "e.zip", damaged)

    assert dropped == {}


def test_a_zip_without_the_table_is_refused_in_one_line(tmp_path):
    with pytest.raises(ArticleError, match=r"holds no posts\.csv; use Settings"):
        read_file(tmp_path, "substack", "e.zip", write_zip({"a.txt": "b"}))
