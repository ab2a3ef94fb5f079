"""The page about a run, in the generation's folder: what came in, what did not, what changed.

One file that asks nothing of the network, light and dark, in the brand's name and colours.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from assistant.caution import HOW_MEASURED, NOT_MEASURED, PointRates
from assistant.commit import write_text
from assistant.config import Workspace
from assistant.palette import palette_css
from assistant.records import Article, Dropped
from ingest.account import REPORT_PAGE
from ingest.dates import find_date_doubts
from ingest.sources import Reading

_EXAMPLES = 5  # of what was dropped, for each reason
_MOST_MONTHS = 48  # more are shown as years
_LENGTHS = (100, 250, 500, 750, 1000, 1500, 2000, 3000, 5000)  # words; where a bar ends
_CHANGES_OPEN = 12  # longer lists are folded


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a chart; `share` is of the highest (0..1)."""

    label: str
    count: int
    share: float


def write_report_page(
    folder: Path,
    workspace: Workspace,
    reading: Reading,
    report: dict[str, Any],
    rates: Sequence[PointRates],
) -> None:
    """Write report.html into a generation's folder."""
    write_text(folder / REPORT_PAGE, render_report_page(workspace, reading, report, rates))


def render_report_page(
    workspace: Workspace, reading: Reading, report: dict[str, Any], rates: Sequence[PointRates]
) -> str:
    """Return the page.

    `report` is the run's account with the manifest of its generation, `rates` what the decision
    gets wrong at each point.
    """
    from jinja2 import Environment, StrictUndefined

    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    template = (files("ingest") / "report.html.jinja").read_text(encoding="utf-8")
    brand = workspace.settings.brand
    by_id = {article.id: article for article in reading.articles}
    return environment.from_string(template).render(
        brand=brand,
        palette=palette_css(brand.colours),
        report=report,
        changes_open=_CHANGES_OPEN,
        drops=group_drops(reading.dropped),
        doubts={
            doubt: [by_id[one] for one in ids]
            for doubt, ids in find_date_doubts(reading.articles).items()
        },
        languages=_bars(Counter(article.language for article in reading.articles).most_common()),
        lengths=count_lengths(reading.articles),
        months=count_months(reading.articles),
        history=_with_shares(report["history"]),
        caution=workspace.settings.retrieval.caution,
        rates=rates,
        how_measured=HOW_MEASURED if rates else NOT_MEASURED,
    )


def group_drops(dropped: Iterable[Dropped]) -> list[tuple[str, int, list[str]]]:
    """Return each reason with its count and the first few details, the most frequent first."""
    details: dict[str, list[str]] = {}
    for drop in dropped:
        details.setdefault(drop.reason, []).append(drop.detail)
    ordered = sorted(details.items(), key=lambda entry: (-len(entry[1]), entry[0]))
    return [(reason, len(all_of), all_of[:_EXAMPLES]) for reason, all_of in ordered]


def count_months(articles: Sequence[Article]) -> list[Bar]:
    """Return the articles by month of publication without a gap; by year where that is long."""
    days = sorted(article.published for article in articles if article.published)
    if not days:
        return []
    months = list(_months(days[0][:7], days[-1][:7]))
    if len(months) <= _MOST_MONTHS:
        counts = Counter(day[:7] for day in days)
        return _bars([(month, counts[month]) for month in months])
    years = Counter(day[:4] for day in days)
    first, last = int(days[0][:4]), int(days[-1][:4])
    return _bars([(f"{year:04d}", years[f"{year:04d}"]) for year in range(first, last + 1)])


def count_lengths(articles: Iterable[Article]) -> list[Bar]:
    """Return how many articles have up to so many words."""
    counts = Counter(
        next((most for most in _LENGTHS if n_words <= most), None)
        for n_words in (len(article.body.split()) for article in articles)
    )
    named = [(f"{most:,}", counts[most]) for most in _LENGTHS]
    return _bars([*named, (f"{_LENGTHS[-1]:,}+", counts[None])])


def _months(first: str, last: str) -> Iterable[str]:
    year, month = int(first[:4]), int(first[5:7])
    while (name := f"{year:04d}-{month:02d}") <= last:
        yield name
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)


def _bars(counts: Sequence[tuple[str, int]]) -> list[Bar]:
    highest = max((count for _, count in counts), default=0) or 1
    return [Bar(label, count, count / highest) for label, count in counts]


def _with_shares(history: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    most = max((entry["articles"] for entry in history), default=0) or 1
    return [{**entry, "share": entry["articles"] / most} for entry in history]
