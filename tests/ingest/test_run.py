import logging

import pytest

from assistant.commit import (
    list_numbers,
    number_name,
    point_current,
    read_current,
    verify_folder,
    writer_lock,
)
from assistant.errors import ArticleError, AssistantError, Busy
from assistant.generation import open_generation, roll_back_generation
from assistant.records import Article
from ingest.changes import compare_articles, format_report
from ingest.run import ingest_workspace, parse_only
from tests.fakes import ARTICLES, FakeEncoder, make_workspace

SMALL = {"min_words": 5}


def write_articles(root, articles=ARTICLES):
    (root / "articles").mkdir(parents=True, exist_ok=True)
    for article in articles:
        write_article(root, article)


def write_article(root, article, body=""):
    text = (
        f"---\ntitle: {article.title}\ndate: {article.published}\n---\n\n{body or article.body}\n"
    )
    (root / "articles" / f"{article.id}.md").write_text(text, encoding="utf-8")


@pytest.fixture
def workspace(tmp_path):
    write_articles(tmp_path)
    return make_workspace(tmp_path, ingest=SMALL)


def ingest(workspace, encoder=None, **options):
    return ingest_workspace(workspace, only="index", encoder=encoder or FakeEncoder(), **options)


def test_a_first_run_builds_a_generation_and_accounts_for_it(workspace):
    report = ingest(workspace)

    assert report["generation"] == 1
    assert report["articles"] == {
        "read": 3, "kept": 3, "unchanged": 0, "changed": 0, "added": 3, "removed": 0,
    }  # fmt: skip
    assert report["passages"] == report["embedded"] == 3
    assert report["dropped"] == {}
    assert {"read", "cut", "embed", "index", "fit", "total"} <= report["seconds"].keys()
    assert open_generation(workspace.index_root).n_articles == 3


def test_the_manifest_says_what_made_it_and_from_what(workspace):
    ingest(workspace)
    write_article(workspace.root, ARTICLES[0], "A rank of 8 trains 2.4 million parameters.")
    ingest(workspace)

    manifest = verify_folder(workspace.index_root / number_name(2))

    assert (manifest["generation"], manifest["before"]) == (2, 1)
    assert manifest["encoder"] == "fake-encoder@1"
    assert manifest["settings"]["min_words"] == 5
    assert manifest["sources"] == [{"folder": "articles", "base_url": ""}]
    assert manifest["counts"]["articles"] == 3
    assert {"dense.faiss", "passages.jsonl", "answerability.json"} <= manifest["files"].keys()


def test_nothing_changed_writes_and_embeds_nothing(workspace):
    ingest(workspace)
    encoder = FakeEncoder()

    report = ingest(workspace, encoder)

    assert (report["generation"], report["embedded"]) == (1, 0)
    assert report["articles"]["unchanged"] == 3
    assert encoder.encoded == []
    assert list_numbers(workspace.index_root) == [1]


def test_only_what_changed_is_embedded_again(workspace):
    ingest(workspace)
    write_article(workspace.root, ARTICLES[0], "A rank of 8 trains 2.4 million parameters.")
    (workspace.root / "articles" / "galley.md").unlink()

    report = ingest(workspace)

    assert report["generation"] == 2
    assert report["articles"] == {
        "read": 2, "kept": 2, "unchanged": 1, "changed": 1, "added": 0, "removed": 1,
    }  # fmt: skip
    assert (report["passages"], report["embedded"]) == (2, 1)


def test_a_dry_run_says_what_would_change_and_changes_nothing(workspace):
    report = ingest(workspace, dry_run=True)

    assert report["articles"]["added"] == 3
    assert list_numbers(workspace.index_root) == []


def test_a_full_run_builds_again_from_what_is_cached(workspace):
    ingest(workspace)

    report = ingest(workspace, full=True)

    assert (report["generation"], report["embedded"]) == (2, 0)


def test_other_cut_settings_build_again(workspace):
    ingest(workspace)
    again = make_workspace(workspace.root, ingest={**SMALL, "max_tokens": 40})

    assert ingest(again)["generation"] == 2


def test_another_encoder_builds_again(workspace):
    ingest(workspace)

    report = ingest(workspace, FakeEncoder("other@2"))

    assert (report["generation"], report["embedded"]) == (2, 3)
    assert open_generation(workspace.index_root, "other@2").number == 2


def test_the_current_and_two_before_it_stay(workspace):
    for _ in range(5):
        ingest(workspace, full=True)

    assert list_numbers(workspace.index_root) == [3, 4, 5]
    assert read_current(workspace.index_root) == "000005"


def test_after_a_rollback_the_next_number_is_a_new_one(workspace):
    for _ in range(2):
        ingest(workspace, full=True)
    roll_back_generation(workspace.index_root)

    assert ingest(workspace, full=True)["generation"] == 3


def test_a_damaged_index_is_built_from_nothing(workspace, caplog):
    ingest(workspace)
    (workspace.index_root / "000001" / "passages.jsonl").write_text("", encoding="utf-8")

    with caplog.at_level(logging.WARNING):
        report = ingest(workspace)

    assert report["generation"] == 2
    assert "generation 1 is damaged" in caplog.text
    assert "building from nothing" in caplog.text


def test_what_is_dropped_is_counted_by_reason(workspace):
    for name in ("short", "shorter"):
        text = "---\ntitle: S\n---\n\nToo short.\n"
        (workspace.root / "articles" / f"{name}.md").write_text(text, encoding="utf-8")

    report = ingest(workspace)

    assert report["articles"]["read"] == 5
    assert report["dropped"] == {"too_short": 2}


def test_no_article_at_all_is_an_error_that_leaves_the_index_in_use(workspace):
    ingest(workspace)
    for path in (workspace.root / "articles").iterdir():
        path.unlink()

    with pytest.raises(ArticleError, match="no articles in articles; put Markdown files there"):
        ingest(workspace)
    assert open_generation(workspace.index_root).n_articles == 3


def test_two_runs_at_once_are_one_too_many(workspace):
    with writer_lock(workspace.index_root), pytest.raises(Busy, match="is writing to"):
        ingest(workspace)


def test_an_index_that_nothing_points_at_is_built_anew(workspace):
    ingest(workspace)
    point_current(workspace.index_root, None)

    assert ingest(workspace)["generation"] == 2


def test_changes_are_told_by_the_whole_article():
    old = [Article("a", "A", "x"), Article("b", "B", "x"), Article("c", "C", "x")]
    new = [Article("b", "B", "x", tags=("t",)), Article("c", "C", "x"), Article("d", "D", "x")]

    changes = compare_articles(new, old)

    assert (changes.added, changes.changed) == (("d",), ("b",))
    assert (changes.removed, changes.unchanged) == (("a",), ("c",))


def test_the_account_names_what_was_read_and_where_it_went(workspace):
    shown = format_report(ingest(workspace), workspace)

    assert "articles: 3 kept of 3 read (3 added" in shown
    assert "dropped: none" in shown
    assert f"generation 1 in {workspace.index_root / '000001'}" in shown


def test_only_knows_two_words():
    assert (parse_only(""), parse_only("index"), parse_only("pairs")) == (None, "index", "pairs")
    with pytest.raises(AssistantError, match="--only x is not known; use index or pairs"):
        parse_only("x")
