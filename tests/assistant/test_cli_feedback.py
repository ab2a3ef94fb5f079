"""`masthead feedback` as a person types it."""

import json

import pytest

from assistant.cli import main
from assistant.config import load_workspace
from assistant.new_workspace import create_workspace
from assistant.passwords import is_hash
from assistant.store.opening import open_store
from tests.rated import rate


@pytest.fixture
def folder(tmp_path):
    create_workspace(tmp_path / "w", "The Bench")
    return tmp_path / "w"


@pytest.fixture
def rated(folder):
    store = open_store(load_workspace(folder))
    made = [rate(store, better="It trains 4.9 million."), rate(store, "What is ink?", thumb="up")]
    store.dispose()
    return made


def run(capsys, *arguments):
    with pytest.raises(SystemExit) as ended:
        main([str(a) for a in arguments])
    return ended.value.code, *capsys.readouterr()


def test_the_queue_is_listed_approved_rejected_and_handed_on(folder, rated, capsys, tmp_path):
    _, out, _ = run(capsys, "feedback", "list", folder, "--json")
    assert [row["thumb"] for row in json.loads(out)["feedback"]] == ["down", "up"]

    run(capsys, "feedback", "approve", folder, rated[0].feedback, "--by", "Ann")
    run(capsys, "feedback", "reject", folder, rated[1].feedback, "--by", "Ben")
    code, _, _ = run(capsys, "feedback", "export", folder, "--out", tmp_path / "rows.jsonl")

    assert code == 0
    _, out, _ = run(capsys, "feedback", "list", folder, "--state", "all", "--json")
    states = [(row["state"], row["reviewer"]) for row in json.loads(out)["feedback"]]
    assert states == [("approved", "Ann"), ("rejected", "Ben")]
    (row,) = (tmp_path / "rows.jsonl").read_text(encoding="utf-8").splitlines()
    assert json.loads(row)["answer"] == "It trains 4.9 million."
    assert (folder / "feedback.jsonl").read_text(encoding="utf-8") == f"{row}\n"
    assert run(capsys, "feedback", "list", folder)[1].startswith("no feedback waits; --state all")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["approve", "W", 99], "no feedback 99"),
        (["list", "W", "--state", "old"], "use new, approved"),
        (["export", "W", "--out", "/nowhere/x"], "correct --out"),
    ],
)
def test_what_cannot_be_done_is_one_line(folder, rated, capsys, arguments, says):
    named = [folder if a == "W" else a for a in arguments]

    code, _, err = run(capsys, "feedback", *named)

    assert code == 2
    assert says in err


def test_a_password_comes_back_as_a_hash(capsys, monkeypatch):
    import io

    monkeypatch.setattr("sys.stdin", io.StringIO("a long enough password\n"))

    code, out, _ = run(capsys, "password")

    assert code == 0
    assert is_hash(out.strip())
