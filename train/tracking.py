"""Figures of a run, step by step, in a tracker on this machine: trackio, or TensorBoard's files.

Nothing is sent anywhere. Neither library is needed to train.
"""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from assistant.errors import ConfigError

# Called with a step (from 1) and its figures by name.
Track = Callable[[int, Mapping[str, float]], None]


def ignore_figures(step: int, figures: Mapping[str, float]) -> None:
    """Take figures and keep none."""


def choose_tracker(wanted: str) -> str:
    """Return trackio, tensorboard or none; ConfigError where the one asked for is missing."""
    if wanted == "auto":
        return "trackio" if _is_installed("trackio") else "none"
    if wanted != "none" and not _is_installed(wanted):
        raise ConfigError(
            f"train.tracking: {wanted} is not installed; run `pip install 'masthead[tracking]'` or"
            " set train.tracking: none"
        )
    return wanted


@contextmanager
def open_tracker(name: str, folder: Path, run: str, config: Mapping[str, Any]) -> Iterator[Track]:
    """Give a function that takes figures; what it keeps lies in `folder`."""
    if name == "none":
        yield ignore_figures
        return
    folder.mkdir(parents=True, exist_ok=True)
    open_one = _open_trackio if name == "trackio" else _open_tensorboard
    with open_one(folder, run, config) as track:
        yield track


@contextmanager
def _open_trackio(folder: Path, run: str, config: Mapping[str, Any]) -> Iterator[Track]:
    # It reads its folder when it is imported; without a space it stays on this machine.
    os.environ.setdefault("TRACKIO_DIR", str(folder))
    import trackio

    trackio.init(project="masthead", name=run, config=dict(config), space_id=None)
    try:
        yield lambda step, figures: trackio.log(dict(figures), step=step)
    finally:
        trackio.finish()


@contextmanager
def _open_tensorboard(folder: Path, run: str, config: Mapping[str, Any]) -> Iterator[Track]:
    from torch.utils.tensorboard import SummaryWriter

    def track(step: int, figures: Mapping[str, float]) -> None:
        for figure, value in figures.items():
            writer.add_scalar(figure, value, step)

    with SummaryWriter(folder / run) as writer:
        writer.add_text("settings", "\n\n".join(f"{key}: {value}" for key, value in config.items()))
        yield track


def _is_installed(module: str) -> bool:
    return importlib.util.find_spec(module) is not None
