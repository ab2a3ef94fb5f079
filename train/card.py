"""The card and the loss curve of a candidate, for the person who decides about it."""

from __future__ import annotations

from pathlib import Path

from train.data import TrainingData
from train.report import Course, Setup, TrainReport


def render_card(report: TrainReport, course: Course, data: TrainingData, setup: Setup) -> str:
    """Return in plain words, as Markdown, what was read, what was trained and what changed."""
    left_out = f" {data.n_too_long} were too long and left out." if data.n_too_long else ""
    notes = "".join(f"\n> {warning}\n" for warning in report.warnings)
    return f"""# Adapter {report.adapter}
{notes}
## What was read

{len(data.train)} training rows of snapshot {data.snapshot}, made from {len(data.articles)}
articles.{left_out}
{course.validation_rows} rows of articles that were kept apart measured the result.

## What was trained

A LoRA adapter of rank {setup.preset.rank} on every linear layer of {data.base.id}:
{report.trainable_parameters:,} parameters, {report.precision}, learning rate {course.rate:g},
{report.steps} steps of {setup.preset.rows_per_step} rows, {report.tokens:,} tokens, on
{setup.hardware.name} at {report.tokens_per_second:.0f} tokens a second. It ended because of:
{report.stopped}.

## What changed

Loss on the kept-apart rows; lower is better. Novel words are those of the answer that do not stand
in the prompt, where copying does not help.

| | base | this adapter | change |
|---|---|---|---|
| all words | {_show_change(report.base.all, report.best.all)} |
| novel words | {_show_change(report.base.novel, report.best.novel)} |

![loss over the steps](loss.png)
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


def _show_change(before: float | None, after: float | None) -> str:
    if before is None or after is None:
        return "none | none | none"
    return f"{before:.3f} | {after:.3f} | {after - before:+.3f}"
