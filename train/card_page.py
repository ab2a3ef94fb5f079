"""The card as a page with its plots inside: the run's losses, what the answers were made of."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from assistant.commit import amend, read_manifest
from train.card import CURVE, SWEEP, render_card
from train.report import Course

CARD, PAGE = "card.md", "card.html"


def write_card(folder: Path, evaluation: Mapping[str, Any]) -> None:
    """Write the card of a published adapter again, with its evaluation."""
    manifest = read_manifest(folder)
    amend(folder, CARD, render_card(manifest, evaluation))
    amend(folder, PAGE, render_page(manifest, evaluation, read_pictures(folder)))


def read_pictures(folder: Path) -> dict[str, bytes]:
    """Return the plots of a run by file name."""
    paths = (folder / name for name in (CURVE, SWEEP))
    return {path.name: path.read_bytes() for path in paths if path.is_file()}


def render_page(
    manifest: Mapping[str, Any],
    evaluation: Mapping[str, Any] | None,
    pictures: Mapping[str, bytes],
) -> str:
    """Return the card as one HTML page that asks no other file or host for anything."""
    from markdown_it import MarkdownIt

    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    body = markdown.render(render_card(manifest, evaluation))
    for name, picture in pictures.items():
        inside = f"data:image/png;base64,{base64.b64encode(picture).decode()}"
        body = body.replace(f'src="{name}"', f'src="{inside}"')
    if evaluation:
        body = body.replace("<h2>Side by side</h2>", f"{_draw(evaluation)}<h2>Side by side</h2>")
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Adapter {manifest["adapter"]}</title>
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<style>body{{font:16px/1.5 Georgia,serif;max-width:46rem;margin:2rem auto;padding:0 1rem}}
table{{border-collapse:collapse}}td,th{{border-bottom:1px solid #ccc;padding:.2rem .8rem .2rem 0;
text-align:left;vertical-align:top}}
img,svg{{max-width:100%}}</style></head><body>
{body}</body></html>
"""


def draw_losses(path: Path, course: Course) -> None:
    """Draw the loss of each step and of each validation as a PNG."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 4), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    steps = range(1, len(course.step_losses) + 1)
    axes.plot(steps, course.step_losses, color="#9aa5b1", label="training, each step")
    checked = [check.step for check in course.checks]
    axes.plot(
        checked, [c.losses.all for c in course.checks], "o-", color="#7a1f2b", label="held out"
    )
    novel = [(c.step, c.losses.novel) for c in course.checks if c.losses.novel is not None]
    if novel:
        axes.plot(*zip(*novel, strict=True), "s--", color="#1f4e7a", label="held out, novel words")
    axes.set_xlabel("step")
    axes.set_ylabel("loss (nats per token)")
    axes.legend()
    figure.savefig(path, dpi=110, metadata={"Software": None})


def _draw(evaluation: Mapping[str, Any]) -> str:
    """Return bars of what the answers were made of, one a voice, as SVG."""
    bars = []
    for number, (name, found) in enumerate(evaluation["measures"].items()):
        y, x = 20 + 34 * number, 150.0
        bars.append(f'<text x="0" y="{y + 15}">{name}</text>')
        for key, colour in (
            ("supported", "#1f4e7a"),
            ("quoted", "#9aa5b1"),
            ("refused", "#7a1f2b"),
        ):
            width = 400 * found[key] / found["questions"]
            bars.append(
                f'<rect x="{x:.0f}" y="{y}" width="{width:.0f}" height="20" fill="{colour}">'
                f"<title>{key}: {found[key]}</title></rect>"
            )
            x += width
    height = 30 + 34 * len(evaluation["measures"])
    return (
        f'<svg viewBox="0 0 560 {height}" role="img" font-size="13" aria-label="answers by kind">'
        + "".join(bars)
        + '</svg><p><span style="color:#1f4e7a">own words, supported</span> ·'
        ' <span style="color:#6b7785">quoted</span> ·'
        ' <span style="color:#7a1f2b">refused</span></p>'
    )
