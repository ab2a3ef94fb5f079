from dataclasses import replace

import pytest

from assistant.doctor import Finding, examine_workspace, format_findings
from assistant.encoder import find_encoder_files
from assistant.new_workspace import create_workspace
from ingest.find_source import look_at_source
from tests.fakes import RANK, TEMPLATES, FakeEncoder, make_generation, make_settings


def by_check(findings):
    return {finding.check: finding for finding in findings}


def test_a_folder_that_is_no_workspace_ends_the_list(tmp_path):
    findings = examine_workspace(tmp_path, look_at_source)

    assert [f.check for f in findings] == ["install", "hardware", "settings"]
    assert [f.ok for f in findings] == [True, True, False]
    assert "masthead init" in findings[-1].detail


@pytest.fixture
def workspace(tmp_path):
    create_workspace(tmp_path / "w", "The Bench")
    return tmp_path / "w"


def test_what_is_missing_says_how_to_get_it_and_nothing_is_made(workspace):
    before = sorted(workspace.rglob("*"))

    seen = by_check(examine_workspace(workspace, look_at_source))

    assert "run `masthead ingest`" in seen["index"].detail
    assert "run `masthead ingest`" in seen["pairs"].detail
    assert seen["adapters"].detail == "0, in service: base"
    assert seen["source"].ok
    assert sorted(workspace.rglob("*")) == before


def test_an_index_that_fits_is_counted(workspace):
    identity = find_encoder_files(make_settings().models).identity
    make_generation(workspace / "built" / "index", encoder=FakeEncoder(identity))

    seen = by_check(examine_workspace(workspace, look_at_source))

    assert seen["index"].ok
    assert seen["index"].detail.startswith("generation 1: 3 articles, 6 passages")
    assert seen["caution"].detail.startswith("balanced; not measured")


def test_what_does_not_fit_is_named_and_the_rest_is_still_looked_at(workspace):
    (workspace / "articles").rmdir()
    make_generation(workspace / "built" / "index", encoder=FakeEncoder("old@1"))

    seen = by_check(examine_workspace(workspace, look_at_source))

    assert [name for name, found in seen.items() if not found.ok] == ["source", "index", "pairs"]
    assert "no folder articles under" in seen["source"].detail
    assert "built with encoder old@1" in seen["index"].detail


GERMAN = replace(
    RANK, language="en", body="Der Teig ruht über Nacht und wird am Morgen zu Brot gebacken. " * 9
)


@pytest.mark.parametrize(
    ("article", "says"),
    [
        (replace(RANK, language="de-AT"), "1 of 2 articles are in other languages (1 de)"),
        (GERMAN, "1 of 2 articles are in other languages (1 not English)"),
    ],
    ids=["marked", "by its words"],
)
def test_articles_in_a_language_the_encoder_was_not_made_for_are_named(workspace, article, says):
    identity = find_encoder_files(make_settings().models).identity
    articles = (article, TEMPLATES)
    make_generation(workspace / "built" / "index", articles, encoder=FakeEncoder(identity))

    found = by_check(examine_workspace(workspace, look_at_source))["languages"]

    assert not found.ok
    assert says in found.detail


def test_what_is_wrong_stands_out():
    shown = format_findings([Finding("index", ok=True, detail="1"), Finding("base", False, "gone")])

    assert shown == "ok  index      1\nNO  base       gone"
