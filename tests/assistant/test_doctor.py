import pytest

from assistant.doctor import Finding, examine_workspace, format_findings
from assistant.encoder import find_encoder_files
from assistant.new_workspace import create_workspace
from tests.fakes import FakeEncoder, make_generation, make_settings


def by_check(findings):
    return {finding.check: finding for finding in findings}


def test_a_folder_that_is_no_workspace_ends_the_list(tmp_path):
    findings = examine_workspace(tmp_path)

    assert [f.check for f in findings] == ["install", "hardware", "settings"]
    assert [f.ok for f in findings] == [True, True, False]
    assert "masthead init" in findings[-1].detail


@pytest.fixture
def workspace(tmp_path):
    create_workspace(tmp_path / "w", "The Bench")
    return tmp_path / "w"


def test_what_is_missing_says_how_to_get_it_and_nothing_is_made(workspace):
    before = sorted(workspace.rglob("*"))

    seen = by_check(examine_workspace(workspace))

    assert "run `masthead ingest`" in seen["index"].detail
    assert "run `masthead ingest`" in seen["pairs"].detail
    assert seen["adapters"].detail == "0, in service: base"
    assert seen["sources"].ok
    assert sorted(workspace.rglob("*")) == before


def test_an_index_that_fits_is_counted(workspace):
    identity = find_encoder_files(make_settings().models).identity
    make_generation(workspace / "built" / "index", encoder=FakeEncoder(identity))

    found = by_check(examine_workspace(workspace))["index"]

    assert found.ok
    assert found.detail.startswith("generation 1: 3 articles, 6 passages")


def test_what_does_not_fit_is_named_and_the_rest_is_still_looked_at(workspace):
    (workspace / "articles").rmdir()
    make_generation(workspace / "built" / "index", encoder=FakeEncoder("old@1"))

    seen = by_check(examine_workspace(workspace))

    assert [name for name, found in seen.items() if not found.ok] == ["sources", "index", "pairs"]
    assert "no folder articles under" in seen["sources"].detail
    assert "built with encoder old@1" in seen["index"].detail


def test_what_is_wrong_stands_out():
    shown = format_findings([Finding("index", ok=True, detail="1"), Finding("base", False, "gone")])

    assert shown == "ok  index      1\nNO  base       gone"
