"""Small charts as SVG, drawn from numbers; colours and type come from the style sheet. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from markupsafe import Markup

from serve.words import MONTHS

_WIDTH, _HEIGHT = 420, 150
_LEFT, _RIGHT, _TOP, _BOTTOM = 40, 6, 10, 20  # room for the figures and the days


def draw_bars(
    title: str, days: Sequence[str], series: Mapping[str, Sequence[float]], unit: str = ""
) -> Markup:
    """Return stacked bars, one a day; `series` are drawn from the bottom in their order."""
    totals = [sum(values[i] for values in series.values()) for i in range(len(days))]
    top = max(2.0, nice_top(max(totals, default=0)))  # its half is a whole number too
    step = (_WIDTH - _LEFT - _RIGHT) / max(1, len(days))
    parts = []
    for at, day in enumerate(days):
        base = 0.0
        told = ", ".join(f"{name} {values[at]:g}{unit}" for name, values in series.items())
        parts.append(Markup("<g><title>{}: {}</title>").format(day, told))
        x = _LEFT + at * step
        for number, values in enumerate(series.values(), 1):
            if values[at]:
                low, high = _y(base, top), _y(base + values[at], top)
                parts.append(_rect(f"s{number}", x + step * 0.12, high, step * 0.76, low - high))
                base += values[at]
        parts.append(_rect("hit", x, _TOP, step, _HEIGHT - _TOP - _BOTTOM) + Markup("</g>"))
    return _frame(title, days, top, unit, Markup("").join(parts))


def draw_lines(
    title: str,
    days: Sequence[str],
    series: Mapping[str, Sequence[float | None]],
    unit: str = "",
    top: float = 0,
) -> Markup:
    """Return one line a series; a day without a value (None) leaves a gap. `top` is given or found.

    A value between two gaps is a dot.
    """
    known = [value for values in series.values() for value in values if value is not None]
    top = top or nice_top(max(known, default=0))
    step = (_WIDTH - _LEFT - _RIGHT) / max(1, len(days))
    parts = []
    for number, (name, values) in enumerate(series.items(), 1):
        path, pen_down = [], False
        for at, value in enumerate(values):
            if value is None:
                pen_down = False
                continue
            x, y = _LEFT + (at + 0.5) * step, _y(value, top)
            path.append(f"{'L' if pen_down else 'M'}{x:.1f} {y:.1f}")
            pen_down = True
            told = Markup("<title>{}: {} {}{}</title>").format(days[at], name, f"{value:g}", unit)
            parts.append(
                Markup('<circle class="s{}" cx="{}" cy="{}" r="2.4">{}</circle>').format(
                    number, f"{x:.1f}", f"{y:.1f}", told
                )
            )
        parts.insert(0, Markup('<path class="line l{}" d="{}"/>').format(number, " ".join(path)))
    return _frame(title, days, top, unit, Markup("").join(parts))


def nice_top(highest: float) -> float:
    """Return a round number at or above the highest value, so that the axis reads well."""
    if highest <= 0:
        return 1.0
    power: float = 10.0 ** math.floor(math.log10(highest))
    return next(step * power for step in (1, 2, 4, 6, 8, 10) if step * power >= highest)


def _frame(title: str, days: Sequence[str], top: float, unit: str, inner: Markup) -> Markup:
    lines = []
    for share in (0.0, 0.5, 1.0):
        y = _y(top * share, top)
        lines.append(
            Markup(
                '<line class="grid" x1="{}" x2="{}" y1="{}" y2="{}"/>'
                '<text class="axis end" x="{}" y="{}">{}{}</text>'
            ).format(_LEFT, _WIDTH - _RIGHT, y, y, _LEFT - 5, y + 3.5, f"{top * share:g}", unit)
        )
    step = (_WIDTH - _LEFT - _RIGHT) / max(1, len(days))
    every = max(1, math.ceil(len(days) / 5))
    for at in range(0, len(days), every):
        label = f"{int(days[at][8:10])} {MONTHS[int(days[at][5:7]) - 1][:3]}"
        lines.append(
            Markup('<text class="axis mid" x="{}" y="{}">{}</text>').format(
                f"{_LEFT + (at + 0.5) * step:.1f}", _HEIGHT - 6, label
            )
        )
    return Markup('<svg viewBox="0 0 {} {}" role="img" aria-label="{}">{}{}</svg>').format(
        _WIDTH, _HEIGHT, title, Markup("").join(lines), inner
    )


def _rect(kind: str, x: float, y: float, width: float, height: float) -> Markup:
    return Markup('<rect class="{}" x="{}" y="{}" width="{}" height="{}"/>').format(
        kind, f"{x:.1f}", f"{y:.1f}", f"{width:.1f}", f"{height:.1f}"
    )


def _y(value: float, top: float) -> float:
    return round(_HEIGHT - _BOTTOM - (_HEIGHT - _TOP - _BOTTOM) * min(1.0, value / top), 1)
