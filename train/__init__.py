"""Pairs in, a candidate adapter out. Imports the core and no other stage."""
