"""`python -m ingest`: the same as `masthead ingest`."""

from __future__ import annotations

import sys

from assistant.cli import main

if __name__ == "__main__":
    main(["ingest", *sys.argv[1:]])
