"""Instruction pairs from a generation: small makers over one record, sieved and split.

Articles teach two lessons apart: grounding (answer, refusal) and voice. What goes in is an open
generation; what comes out is a snapshot that `train` reads.
"""

from ingest.pairs.snapshot import build_snapshot, current_counts

__all__ = ["build_snapshot", "current_counts"]
