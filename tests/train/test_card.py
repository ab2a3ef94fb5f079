from pathlib import Path

from train.card import draw_losses
from train.losses import Losses
from train.report import Check, Course


def test_the_curve_is_a_picture(tmp_path: Path):
    checks = (Check(0, Losses(2.0, 3.0)), Check(2, Losses(1.5, None)))

    draw_losses(tmp_path / "loss.png", Course((2.1, 1.9), checks, 1e-3, 6, "budget"))

    assert (tmp_path / "loss.png").read_bytes().startswith(b"\x89PNG")
