"""`python -m train`: the same as `masthead train`."""

from __future__ import annotations

import sys

from assistant.cli import main

if __name__ == "__main__":
    main(["train", *sys.argv[1:]])
