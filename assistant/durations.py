"""Durations as people type them: 90s, 4m, 1h30m. Pure."""

from __future__ import annotations

import re

from assistant.errors import AssistantError

_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0}
_WHOLE = re.compile(r"(?:\d+(?:\.\d+)?[hms])+")


def parse_duration(text: str) -> float:
    """Return seconds; a bare number is seconds. AssistantError shows how to write one."""
    value = text.strip().lower()
    if re.fullmatch(r"\d+(?:\.\d+)?", value):
        value += "s"
    if not _WHOLE.fullmatch(value):
        raise AssistantError(f"{text!r} is not a duration; write 90s, 4m or 1h30m")
    parts = re.findall(r"(\d+(?:\.\d+)?)([hms])", value)
    return sum(float(number) * _UNITS[unit] for number, unit in parts)
