import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from assistant.errors import ConfigError
from train import tracking
from train.tracking import choose_tracker, ignore_figures, open_tracker

ROOT = Path(__file__).parents[2]


@pytest.fixture
def installed(monkeypatch):
    """A set of modules that count as installed."""
    names = set()
    monkeypatch.setattr(tracking, "_is_installed", names.__contains__)
    return names


def test_trackio_is_the_default_where_it_is_installed(installed):
    assert choose_tracker("auto") == "none"
    installed.add("trackio")
    assert choose_tracker("auto") == "trackio"
    assert choose_tracker("none") == "none"


@pytest.mark.parametrize("wanted", ["trackio", "tensorboard"])
def test_a_tracker_that_is_missing_is_refused_with_how_to_get_it(installed, wanted):
    with pytest.raises(ConfigError, match=rf"tracking: {wanted} is not installed; run `pip inst"):
        choose_tracker(wanted)


def test_without_a_tracker_nothing_is_kept(tmp_path):
    with open_tracker("none", tmp_path / "t", "run", {}) as track:
        assert track is ignore_figures
    assert not (tmp_path / "t").exists()


def test_trackio_gets_every_figure_and_no_space_to_send_them_to(tmp_path, monkeypatch):
    told = []
    fake = SimpleNamespace(
        init=lambda **options: told.append(options),
        log=lambda figures, step: told.append((step, figures)),
        finish=lambda: told.append("finished"),
    )
    monkeypatch.setitem(sys.modules, "trackio", fake)
    monkeypatch.setenv("TRACKIO_DIR", "elsewhere")
    monkeypatch.delenv("TRACKIO_DIR")

    with open_tracker("trackio", tmp_path / "t", "2026-11-01", {"rank": 8}) as track:
        track(1, {"loss": 2.0})

    first, *rest = told
    assert (first["name"], first["config"], first["space_id"]) == (
        "2026-11-01", {"rank": 8}, None,
    )  # fmt: skip
    assert rest == [(1, {"loss": 2.0}), "finished"]


def test_trackio_itself_keeps_the_figures_in_the_folder_and_nowhere_else(tmp_path):
    pytest.importorskip(
        "trackio", reason="trackio is not installed: pip install 'masthead[tracking]'"
    )
    # It reads its folder when it is imported, so it gets a process of its own.
    code = (
        "import sys; from pathlib import Path; from train.tracking import open_tracker\n"
        "with open_tracker('trackio', Path(sys.argv[1]), 'a-run', {'rank': 8}) as track:\n"
        "    track(1, {'loss': 2.0}); track(2, {'loss': 1.5})\n"
    )
    environment = {
        **os.environ,
        "HOME": str(tmp_path / "home"),
        "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path]),
    }
    environment.pop("TRACKIO_DIR", None)

    subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "t")], env=environment, check=True, timeout=60
    )

    with sqlite3.connect(tmp_path / "t" / "masthead.db") as kept:
        rows = kept.execute("SELECT run_name, step, metrics FROM metrics ORDER BY step").fetchall()
    assert [(run, step, json.loads(text)["loss"]) for run, step, text in rows] == [
        ("a-run", 1, 2.0), ("a-run", 2, 1.5),
    ]  # fmt: skip
    assert not (tmp_path / "home").exists()


def test_tensorboard_itself_reads_the_figures_back(tmp_path):
    reason = "tensorboard is not installed: pip install 'masthead[tracking]'"
    pytest.importorskip("tensorboard", reason=reason)
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    with open_tracker("tensorboard", tmp_path, "a-run", {"rank": 8}) as track:
        track(1, {"loss": 2.0})
        track(2, {"loss": 1.5})

    events = EventAccumulator(str(tmp_path / "a-run"))
    events.Reload()
    assert [(event.step, event.value) for event in events.Scalars("loss")] == [(1, 2.0), (2, 1.5)]
