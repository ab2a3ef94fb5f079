"""Fit retrieval and decision again when enough has changed, else carry the fits over."""

from __future__ import annotations

import time
from dataclasses import dataclass

from assistant.commit import write_text
from assistant.errors import IndexMismatch
from assistant.generation import FITS, Fits, Generation, fits_to_json
from ingest.fit import fit_generation
from ingest.tools import Tools

_REFIT_SHARE = 0.05  # of passages changed since the fit; below it the old fits are used again


@dataclass(frozen=True, slots=True)
class Fitted:
    """Which fit a generation uses, and how much changed since it was made (share of passages)."""

    generation: int
    changed: float
    redone: bool


def fit_where_changed(tools: Tools, generation: Generation, base: Generation | None) -> Fitted:
    """Fit again when more than a twentieth of the passages changed, else carry the fits over."""
    began = time.perf_counter()
    fitted = Fitted(generation.number, 0.0, redone=True)
    if base is not None and base.encoder_identity == tools.identity:
        old = {passage.id for passage in base.passages()}
        new = {passage.id for passage in generation.passages()}
        earlier = base.manifest.get("fit", {"generation": base.number, "changed": 0.0})
        replaced = max(len(old - new), len(new - old))
        changed = earlier["changed"] + replaced / max(len(new), 1)
        if changed <= _REFIT_SHARE:
            fitted = Fitted(earlier["generation"], changed, redone=False)
    fits = None if fitted.redone else _read_fits(base)
    if fits is None:
        fitted = Fitted(generation.number, 0.0, redone=True)
        with tools.watch.step("fitting retrieval and decision") as report:
            fits = fit_generation(generation, tools.encoder(), report)
    write_text(generation.folder / FITS, fits_to_json(fits))
    tools.seconds["fit"] = time.perf_counter() - began
    return fitted


def _read_fits(base: Generation | None) -> Fits | None:
    """Return the fits there are, None where an older version of the code made them."""
    try:
        return base.fits if base else None
    except IndexMismatch:
        return None
