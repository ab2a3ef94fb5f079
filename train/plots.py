"""Pictures of a run beside its card. Each function writes one PNG."""

from __future__ import annotations

from pathlib import Path

from train.sweep import SweepResult


def draw_sweep(path: Path, sweep: SweepResult) -> None:
    """Draw the held-out loss over the learning rate, a line a rank and round; mark the winner."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 4), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    for number, rank in sorted({(trial.round, trial.rank) for trial in sweep.trials}):
        line = sorted((t.rate, t.loss) for t in sweep.trials if (t.round, t.rank) == (number, rank))
        steps = next(t.steps for t in sweep.trials if t.round == number)
        axes.plot(*zip(*line, strict=True), "o-", label=f"rank {rank}, {steps} steps")
    axes.plot(sweep.best.rate, sweep.best.loss, "*", markersize=16, label="taken")
    axes.set_xscale("log")
    axes.set_xlabel("learning rate")
    axes.set_ylabel("held-out loss (nats per token)")
    axes.legend()
    figure.savefig(path, dpi=110, metadata={"Software": None})
