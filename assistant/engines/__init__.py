"""Engines: what turns messages into tokens. Each implements seams.Generator."""
