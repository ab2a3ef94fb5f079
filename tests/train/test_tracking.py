import sys
from types import SimpleNamespace

import pytest

from assistant.errors import ConfigError
from train import tracking
from train.tracking import choose_tracker, ignore_figures, open_tracker


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
