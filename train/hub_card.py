"""The model card that stands beside exported weights: README.md with the hub's front matter."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any


def render_hub_card(manifest: Mapping[str, Any], brand: str, library: str) -> str:
    """Return the card; `library` is peft for an adapter, transformers for merged weights."""
    base = manifest["base"]
    novel = manifest["validation_loss_novel"]
    gain = "" if novel["base"] is None else f", {novel['base']:.3f} -> {novel['best']:.3f} on novel"
    loss = manifest["validation_loss"]
    name = public_name(base["id"])
    named = f"base_model: {name}\n" if "/" in name else ""
    return f"""---
library_name: {library}
pipeline_tag: text-generation
{named}tags: [lora, masthead]
---

# {brand}: adapter {manifest["adapter"]}

The voice of {brand}, for answers from its own articles. It was trained to answer from passages that
stand in the prompt; without them it knows nothing that {name} does not.

- base: {name}, revision {base["revision"] or "a local folder"}
- trained on {manifest["rows"]["train"]} rows from {len(manifest["articles"])} articles, snapshot
  {manifest["snapshot"]["number"]}
- loss on held-out articles {loss["base"]:.3f} -> {loss["best"]:.3f} on all words{gain}
- render {manifest["render"]}: the chat template beside this file, and the layout of
  `assistant/prompt.py` in Masthead {manifest["masthead"]}

Answers must be checked against the passages they cite; Masthead does that when it serves.
"""


def public_name(base_id: str) -> str:
    """Return how a base is named to others: a hub id as it is, a folder by its last part."""
    return Path(base_id).name if Path(base_id).expanduser().is_absolute() else base_id
