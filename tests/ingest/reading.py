"""Write one source file into a workspace and read it back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from assistant.config import Workspace, parse_settings
from assistant.records import Article, Dropped
from ingest.sources import READERS

WORDS = "Dough rests until it is ready, and so does the baker who made it. " * 3


def read_file(
    root: Path, kind: str, name: str, content: bytes, base_url: str = "https://example.org/"
) -> tuple[dict[str, Article], dict[str, Dropped]]:
    """Return the articles by file and the drops by id."""
    found = list(stream_file(root, kind, name, content, base_url))
    articles = {item.file: item for item in found if isinstance(item, Article)}
    return articles, {item.id: item for item in found if isinstance(item, Dropped)}


def stream_file(
    root: Path, kind: str, name: str, content: bytes, base_url: str = "https://example.org/"
) -> Iterator[Article | Dropped]:
    """Yield what a reader yields, so that a test sees what came before an error."""
    (root / name).write_bytes(content)
    source = {kind: name, "base_url": base_url}
    settings = parse_settings({"brand": {"name": "x"}, "sources": [source]}, "test")
    return READERS[kind](Workspace(root, settings), settings.sources[0])


def article(slug: str, **fields: object) -> Article:
    """Return a record to write out."""
    given = {"title": f"On {slug}", "body": WORDS, "published": "2024-03-02", **fields}
    url = f"https://example.org/{slug}"
    return Article(id=slug, url=url, **given)  # type: ignore[arg-type]
