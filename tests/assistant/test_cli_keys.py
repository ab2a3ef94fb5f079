import json

import pytest

from assistant.cli import main
from assistant.new_workspace import create_workspace


@pytest.fixture
def keys(capsys, tmp_path):
    """Run a `masthead keys` command on a workspace; return exit code, stdout and stderr."""
    create_workspace(tmp_path / "w", "The Bench")

    def run(command, *arguments):
        with pytest.raises(SystemExit) as ended:
            main(["keys", command, str(tmp_path / "w"), *arguments])
        return ended.value.code, *capsys.readouterr()

    return run


def test_a_key_is_shown_once_and_listed_without_itself(keys):
    _, out, _ = keys("create", "app", "--days", "30", "--per-minute", "5", "--json")
    made = json.loads(out)
    _, listed, _ = keys("list")

    assert made["key"].startswith("mh_")
    assert made["key"] not in listed
    assert f"live     {made['hint']}" in listed
    assert "5 a minute" in listed


def test_a_revoked_key_stays_in_the_list(keys):
    keys("create", "app", "--days", "0")

    assert keys("revoke", "app")[:2] == (0, "app is revoked\n")
    assert json.loads(keys("list", "--json")[1])["keys"][0]["state"] == "revoked"


def test_a_mistake_is_one_line_and_exit_two(keys):
    code, out, err = keys("revoke", "app")

    assert (code, out) == (2, "")
    assert err == "masthead: there is no live key app; `masthead keys list` names them\n"


def test_no_keys_are_said_to_be_none(keys):
    assert keys("list")[1] == "no keys\n"
