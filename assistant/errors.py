"""The errors a person can put right; everything else is a bug and keeps its traceback.

A message is one sentence: what happened, to what, with the value, and what to do.
"""

from __future__ import annotations


class AssistantError(Exception):
    """Something a person has to put right; the command line exits with `exit_code`."""

    exit_code = 2


class ConfigError(AssistantError):
    """masthead.yaml is missing, unreadable or contradicts itself."""


class ArticleError(AssistantError):
    """Sources give nothing to work with."""


class SourceIncomplete(ArticleError):
    """A source could not be listed whole, so nothing of it may be taken for deleted."""


class IndexMismatch(AssistantError):
    """A generation, snapshot or adapter does not fit what it is used with, or fails its hashes."""


class ModelMissing(AssistantError):
    """A model is not installed, not reachable, or not the one that was pinned."""


class OutOfMemory(AssistantError):
    """The machine has too little memory for the settings asked for."""


class Busy(AssistantError):
    """Another process holds the lock; trying again later is the right answer."""

    exit_code = 75
