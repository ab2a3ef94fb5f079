"""What commands print on stdout: their account as text, or as one JSON document."""

from __future__ import annotations

import json
import sys
from typing import Any


def print_report(document: dict[str, Any], as_json: bool, text: str) -> None:
    """Print one JSON document, or the text for a person."""
    print_text(json.dumps(document, ensure_ascii=False) if as_json else text)


def print_text(text: str) -> None:
    """Print a text and a line end."""
    sys.stdout.write(f"{text}\n")
