"""The shared core of Masthead: records, settings, prompt, retrieval, engines, answers."""

__version__ = "0.1.0"
