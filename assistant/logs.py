"""Logging for commands: lines on stderr, libraries' chatter off unless asked for."""

from __future__ import annotations

import logging
import os
import sys

_OURS = ("assistant", "ingest", "train", "serve")
# Read by transformers and the hub client when they are imported; bars of theirs would break ours.
_QUIET = {
    "TRANSFORMERS_VERBOSITY": "error",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "TQDM_DISABLE": "1",
    "TOKENIZERS_PARALLELISM": "true",
}


def set_up_logging(*, verbose: bool) -> None:
    """Send our log lines to stderr; `verbose` lets the libraries' warnings through too."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(message)s"))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING if verbose else logging.ERROR)
    for name in _OURS:
        logging.getLogger(name).setLevel(logging.INFO)
    if not verbose:
        for name, value in _QUIET.items():
            os.environ.setdefault(name, value)
