"""What sections of masthead.yaml share: frozen, no unknown keys, values from the environment."""

from __future__ import annotations

import os
import re

from pydantic import BaseModel, ConfigDict

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


def expand_variable(value: object) -> object:
    """Return what the environment holds for a value like ${NAME}; anything else as it is."""
    named = _VARIABLE.fullmatch(value) if isinstance(value, str) else None
    if named is None:
        return value
    if named[1] not in os.environ:
        raise ValueError(f"the environment has no {named[1]}; set it, or write the value here")
    return os.environ[named[1]]


class Section(BaseModel):
    """What all sections share: frozen, and no unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")
