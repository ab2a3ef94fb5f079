import json
import os
import runpy
import subprocess
import sys
import time
from pathlib import Path

import pytest

from assistant.cli import main
from assistant.commit import writer_lock
from assistant.new_workspace import create_workspace
from tests.fakes import make_generation

ROOT = Path(__file__).parents[1]


def run(capsys, *arguments):
    """Return exit code, stdout and stderr of a command run in this process."""
    with pytest.raises(SystemExit) as ended:
        main([str(a) for a in arguments])
    out, err = capsys.readouterr()
    return ended.value.code, out, err


@pytest.fixture
def workspace(tmp_path):
    create_workspace(tmp_path / "w", "The Bench")
    return tmp_path / "w"


COMMANDS = [
    "init", "doctor", "ingest", "articles", "search", "ask", "train", "evaluate", "adapters",
    "feedback", "keys", "pairs", "password", "serve",
]  # fmt: skip


def test_help_names_every_command(capsys):
    code, out, _ = run(capsys, "--help")

    assert code == 0
    assert [name for name in COMMANDS if name not in out] == []


@pytest.mark.parametrize(
    "name",
    [*COMMANDS, "adapters promote", "adapters rollback", "keys create", "pairs review"],
)
def test_every_command_explains_itself(capsys, name):
    assert run(capsys, *name.split(), "--help")[0] == 0


def test_help_answers_at_once():
    best = min(_time_help() for _ in range(3))

    # 0.5 s is the promise on a quiet machine; tests share two cores.
    assert best < 2.0


def _time_help():
    began = time.perf_counter()
    subprocess.run(
        [sys.executable, "-c", "from assistant.cli import main; main(['--help'])"],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    return time.perf_counter() - began


@pytest.mark.parametrize(
    "arguments",
    [
        ["ingest"],
        ["articles"],
        ["search", "DIR", "What?"],
        ["ask", "DIR", "What?"],
        ["train"],
        ["evaluate"],
        ["adapters", "list", "DIR"],
        ["adapters", "rollback", "DIR"],
        ["serve"],
    ],
    ids=lambda arguments: " ".join(arguments),
)
def test_without_a_workspace_one_line_says_what_to_do(tmp_path, arguments):
    arguments = [str(tmp_path) if a == "DIR" else a for a in arguments]
    ended = subprocess.run(
        [sys.executable, "-c", "import sys; from assistant.cli import main; main()", *arguments],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (ended.returncode, ended.stdout) == (2, "")
    (line,) = ended.stderr.splitlines()
    assert line.startswith("masthead: no masthead.yaml in ")
    assert "masthead init" in line


def fails(capsys, *arguments):
    code, out, err = run(capsys, *arguments)
    assert (code, out) == (2, "")
    (line,) = err.splitlines()
    return line


def test_an_unknown_key_names_the_nearest(capsys, workspace):
    path = workspace / "masthead.yaml"
    path.write_text(f"{path.read_text(encoding='utf-8')}\nretreival: {{}}\n", encoding="utf-8")

    assert "retreival is not a setting; did you mean retrieval?" in fails(
        capsys, "ingest", workspace
    )


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["train", "DIR", "--budget", "soon"], "'soon' is not a duration; write 90s, 4m or 1h30m"),
        (["ingest", "DIR", "--only", "x"], "--only x is not known; use index or pairs"),
        (["ingest", "DIR"], "no articles in articles; put Markdown files there"),
        (["ingest", "DIR", "--rollback"], "no older generation"),
        (["ask", "DIR"], "give either a QUESTION, or --questions FILE with --out FILE"),
        (["ask", "DIR", "What?", "--until", "soon"], "--until soon is not a step"),
        (["ask", "DIR", "What?"], "no index in "),
        (["articles", "DIR"], "no index in "),
        (["adapters", "promote", "DIR", "x"], "x"),
        (["adapters", "show", "DIR", "x"], "there is no adapter x"),
        (["adapters", "rollback", "DIR"], "no adapter is promoted"),
        (["init", "DIR"], "exists already"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_what_a_person_can_put_right_is_one_line_and_exit_two(capsys, workspace, arguments, says):
    line = fails(capsys, *[str(workspace) if a == "DIR" else a for a in arguments])

    assert line.startswith("masthead: ")
    assert says in line


def test_an_option_that_does_not_exist_is_exit_two(capsys):
    code, _, err = run(capsys, "ingest", "--nonsense")

    assert code == 2
    assert "--nonsense" in err


def test_a_busy_workspace_is_exit_75(capsys, workspace):
    (workspace / "articles" / "a.md").write_text("word " * 60, encoding="utf-8")
    with writer_lock(workspace / "built" / "index"):
        code, _, err = run(capsys, "ingest", workspace)

    assert code == 75
    assert f"process {os.getpid()} is writing" in err


def call(capsys, *arguments):
    main_code, out, _ = run(capsys, *arguments)
    assert main_code == 0
    return out


def test_a_new_workspace_is_made_and_reported(capsys, tmp_path):
    made = json.loads(call(capsys, "init", tmp_path / "new", "--name", "The Bench", "--json"))

    assert made == {"created": str(tmp_path / "new" / "masthead.yaml")}


def test_a_new_workspace_is_made_from_where_the_articles_are(capsys, tmp_path):
    (tmp_path / "site" / "_posts").mkdir(parents=True)
    (tmp_path / "site" / "_posts" / "2024-01-02-rye.md").write_text("Rye.", encoding="utf-8")
    (tmp_path / "site" / "_config.yml").write_text("title: The Rye Desk", encoding="utf-8")

    made = json.loads(call(capsys, "init", tmp_path / "new", "--from", tmp_path / "site", "--json"))

    assert made["seen_as"] == "a Jekyll site"
    assert made["source"] == f"folder: {tmp_path / 'site' / '_posts'}"
    assert "The Rye Desk" in (tmp_path / "new" / "masthead.yaml").read_text(encoding="utf-8")


def test_the_version_is_one_line(capsys):
    from assistant import __version__

    assert call(capsys, "--version") == f"{__version__}\n"


def test_articles_go_to_a_file_as_lines(capsys, workspace, tmp_path):
    make_generation(workspace / "built" / "index")

    report = json.loads(
        call(capsys, "articles", workspace, "--out", tmp_path / "a.jsonl", "--json")
    )

    lines = (tmp_path / "a.jsonl").read_text(encoding="utf-8").splitlines()
    assert report["articles"] == 3
    assert [json.loads(line)["id"] for line in lines] == ["rank", "templates", "galley"]


def test_articles_go_to_stdout_as_lines(capsys, workspace):
    make_generation(workspace / "built" / "index")

    assert len([json.loads(line) for line in call(capsys, "articles", workspace).splitlines()]) == 3


def test_a_rollback_names_the_generation_in_use(capsys, workspace):
    for _ in range(2):
        make_generation(workspace / "built" / "index")

    assert json.loads(call(capsys, "ingest", workspace, "--rollback", "--json")) == {
        "generation": 1
    }


def test_a_registry_without_adapters_is_an_empty_list(capsys, workspace):
    assert json.loads(call(capsys, "adapters", "list", workspace, "--json")) == {"adapters": []}


@pytest.mark.parametrize("stage", ["ingest", "train", "serve"])
def test_a_stage_run_as_a_module_is_the_same_command(stage, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", [stage, "--help"])

    with pytest.raises(SystemExit, match="0"):
        runpy.run_module(stage, run_name="__main__")

    assert f"masthead {stage} " in capsys.readouterr().out
