"""The one file that an export or a table is: where it is, and that it can be read."""

from __future__ import annotations

from pathlib import Path

from assistant.config import Workspace
from assistant.errors import ArticleError
from assistant.settings import SourceSettings


def find_source_file(workspace: Workspace, source: SourceSettings) -> Path:
    """Return the file of a source; ArticleError where there is none or it may not be read."""
    named = f"`{source.kind}: {source.place}`"
    if "://" in source.place:
        raise ArticleError(f"{named} is an address; download the export and name the file")
    path = (workspace.root / Path(source.place).expanduser()).resolve()
    if not path.exists():
        raise ArticleError(
            f"no file {path} for the source {named}; correct the path, which is relative to"
            " masthead.yaml, or put the export there"
        )
    if not path.is_file():
        raise ArticleError(f"{path} of the source {named} is no regular file; name the export")
    try:
        with path.open("rb") as file:
            first = file.read(1)
    except OSError as error:
        raise ArticleError(f"{path} of the source {named}: {error.strerror}") from error
    if not first:
        raise ArticleError(f"{path} of the source {named} is empty; export it again")
    return path
