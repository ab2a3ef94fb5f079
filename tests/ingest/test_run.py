import logging
from dataclasses import replace

import pytest

from assistant.answer import Assistant
from assistant.commit import (
    list_numbers,
    number_name,
    point_current,
    read_current,
    verify_folder,
    writer_lock,
)
from assistant.errors import ArticleError, AssistantError, Busy, IndexMismatch
from assistant.generation import open_generation, roll_back_generation
from ingest.account import format_report
from ingest.run import ingest_workspace, parse_only
from tests.fakes import (
    ARTICLES,
    RANK,
    FakeEncoder,
    FakeTokenizer,
    ScriptedGenerator,
    make_workspace,
)

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
    assert manifest["sources"] == [{"folder": "articles", "base_url": "", "voice": True}]
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

    report = ingest(workspace, allow_shrink=True)

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
        ingest(workspace, allow_shrink=True)
    assert open_generation(workspace.index_root).n_articles == 3


def test_an_emptied_folder_keeps_its_articles_and_says_so(workspace, caplog):
    ingest(workspace)
    for path in (workspace.root / "articles").iterdir():
        path.unlink()

    report = ingest(workspace)

    assert (report["generation"], report["articles"]["kept"]) == (1, 3)
    (source,) = report["sources"]
    assert (source["articles"], source["carried"]) == (0, 3)
    assert "lists no article any more, and had 3" in source["problem"]
    assert source["problem"] in caplog.text


def test_a_folder_that_is_gone_keeps_its_articles_in_a_full_run_too(workspace):
    ingest(workspace)
    (workspace.root / "articles").rename(workspace.root / "elsewhere")

    report = ingest(workspace, full=True)

    assert (report["generation"], report["articles"]["unchanged"]) == (2, 3)
    assert "no folder" in report["sources"][0]["problem"]


def test_shrinking_much_is_refused_and_writes_nothing(workspace):
    ingest(workspace)
    (workspace.root / "articles" / "galley.md").unlink()

    with pytest.raises(ArticleError, match=r"from 3 articles to 2.*--allow-shrink"):
        ingest(workspace)
    assert list_numbers(workspace.index_root) == [1]


def test_a_dry_run_names_what_would_go_and_what_it_would_need(workspace):
    ingest(workspace)
    (workspace.root / "articles" / "galley.md").unlink()
    write_article(workspace.root, ARTICLES[0], "A rank of 8 trains 2.4 million parameters.")

    report = ingest(workspace, dry_run=True)
    shown = format_report(report, workspace, dry_run=True)

    assert [one["title"] for one in report["changes"]["removed"]] == ["Reading the galley"]
    assert [one["file"] for one in report["changes"]["changed"]] == ["rank.md"]
    assert report["needs_allow_shrink"] is True
    assert "  removed: Reading the galley (galley.md)" in shown
    assert "would be refused without --allow-shrink" in shown
    assert list_numbers(workspace.index_root) == [1]


def test_a_removed_article_cannot_be_cited(workspace):
    question = "Who keeps the sheet of the Evaluation Desk?"
    ingest(workspace)
    cited_before = cited_files(workspace, question)
    (workspace.root / "articles" / "galley.md").unlink()
    ingest(workspace, allow_shrink=True)

    generation = open_generation(workspace.index_root)

    assert "galley.md" in cited_before
    assert "galley.md" not in cited_files(workspace, question)
    for text in ("galley", "thirty answers aloud"):
        kept = [*generation.articles(), *generation.passages(), *generation.questions()]
        assert not [row for row in kept if text in str(row).lower()]
    assert generation.lexical.scores("Evaluation Desk sheet").max() == 0


def cited_files(workspace, question):
    assistant = Assistant(
        settings=workspace.settings,
        generation=open_generation(workspace.index_root),
        encoder=FakeEncoder(),
        tokenizer=FakeTokenizer(),
        engine=ScriptedGenerator(["The Evaluation Desk keeps the sheet for a year [1]. "]),
        render="render",
    )
    answer = assistant.answer(question)
    named = [citation.article for citation in answer.citations]
    return {article.file for article in [*named, *(f.article for f in answer.retrieved)]}


def test_a_second_run_says_which_fit_is_used(workspace):
    first = ingest(workspace)
    moved = make_workspace(workspace.root, ingest=SMALL, voice={"not_tags": ["x"]})
    write_article(workspace.root, ARTICLES[0], "A rank of 8 trains 2.4 million parameters.")
    second = ingest(moved)

    assert first["fit"] == {"generation": 1, "changed": 0.0, "redone": True}
    # One passage of three is another: far more than a twentieth.
    assert second["fit"] == {"generation": 2, "changed": 0.0, "redone": True}
    assert "fit: made now" in format_report(second, workspace)


def test_small_changes_add_up_until_the_fit_is_made_again(tmp_path):
    write_articles(
        tmp_path, [replace(RANK, id=f"a{n}", body=f"{RANK.body} {n}") for n in range(30)]
    )
    workspace = make_workspace(tmp_path, ingest=SMALL)
    fits = [ingest(workspace)["fit"]]
    for n in (1, 2):
        write_article(tmp_path, replace(RANK, id=f"a{n}"), f"{RANK.body} Edited {n}.")
        fits.append(ingest(workspace)["fit"])

    # One passage of thirty, then two: below a twentieth, then above.
    assert [fit["redone"] for fit in fits] == [True, False, True]
    assert (fits[1]["generation"], fits[1]["changed"]) == (1, 0.0333)


def test_a_generation_that_finds_less_is_not_put_into_use(workspace):
    ingest(workspace)
    # Form letters that answer alike push the right one down.
    write_articles(
        workspace.root,
        [
            replace(RANK, id=f"a{n}", title=f"Letter {n}", body=f"{RANK.body} {n}")
            for n in range(40)
        ],
    )

    with pytest.raises(IndexMismatch, match=r"so 1 stays in use; .* --allow-lower-recall"):
        ingest(workspace)
    assert read_current(workspace.index_root) == "000001"
    assert list_numbers(workspace.index_root) == [1]

    report = ingest(workspace, allow_lower_recall=True)
    assert report["generation"] == 2
    assert report["recall"]["now"] < report["recall"]["before"]


def test_two_runs_at_once_are_one_too_many(workspace):
    with writer_lock(workspace.index_root), pytest.raises(Busy, match="is writing to"):
        ingest(workspace)


def test_an_index_that_nothing_points_at_is_built_anew(workspace):
    ingest(workspace)
    point_current(workspace.index_root, None)

    assert ingest(workspace)["generation"] == 2


def test_the_account_names_what_was_read_and_where_it_went(workspace):
    shown = format_report(ingest(workspace), workspace)

    assert "articles: 3 kept of 3 read (3 added" in shown
    assert "dropped: none" in shown
    assert f"generation 1 in {workspace.index_root / '000001'}" in shown


def test_only_knows_two_words():
    assert (parse_only(""), parse_only("index"), parse_only("pairs")) == (None, "index", "pairs")
    with pytest.raises(AssistantError, match="--only x is not known; use index or pairs"):
        parse_only("x")
