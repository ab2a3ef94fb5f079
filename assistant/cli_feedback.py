"""`masthead feedback`: the review queue on a terminal."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from assistant.cli_print import print_report

feedback_app = typer.Typer(
    help="What readers thought, for a person to decide.", no_args_is_help=True
)

_Folder = Annotated[Path, typer.Argument(metavar="DIR", help="The workspace.")]
_Number = Annotated[int, typer.Argument(metavar="ID", help="As `list` gives it.")]
_Json = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")]
_By = Annotated[str, typer.Option(help="Who decides; else your user name.")]


@feedback_app.command("list")
def list_all(
    folder: _Folder,
    state: Annotated[str, typer.Option(help="new, approved, rejected or all.")] = "new",
    as_json: _Json = False,
) -> None:
    """List feedback, oldest first, with the question, the answer and what was made of it."""
    from assistant.config import load_workspace
    from assistant.errors import AssistantError
    from assistant.store.feedback import list_feedback
    from assistant.store.opening import open_store

    if state not in ("new", "approved", "rejected", "all"):
        raise AssistantError(f"--state is {state!r}; use new, approved, rejected or all")
    store = open_store(load_workspace(folder))
    items = list_feedback(store, "" if state == "all" else state)
    shown = ("id", "state", "thumb", "reason", "better", "at", "question", "answer", "adapter",
             "generation", "reviewer", "reviewed_at")  # fmt: skip
    rows = [{name: getattr(item, name) for name in shown} for item in items]
    lines = [
        f"{i.id:5} {i.state:8} {i.thumb:4} {i.reason or '-':8} {' '.join(i.question.split())}"
        for i in items
    ]
    none = "no feedback waits; --state all lists what was decided" if state == "new" else "none"
    print_report({"feedback": rows}, as_json, "\n".join(lines) or none)


@feedback_app.command("approve")
def approve(
    folder: _Folder,
    number: _Number,
    answer: Annotated[str, typer.Option(help="The answer to learn; else the reader's.")] = "",
    question: Annotated[str, typer.Option(help="The question; else as it was asked.")] = "",
    by: _By = "",
    as_json: _Json = False,
) -> None:
    """Approve feedback as a row for training; the next ingest takes it into a snapshot."""
    import getpass

    from assistant.approved_files import FEEDBACK_FILE, feedback_lines, refresh_approved
    from assistant.config import load_workspace
    from assistant.store.opening import open_store
    from assistant.store.reviews import approve_feedback

    workspace = load_workspace(folder)
    store = open_store(workspace)
    who = by or getpass.getuser()
    row = approve_feedback(store, number, who, question=question, answer=answer)
    refresh_approved(store, workspace.root)
    text = (
        f"feedback {number} is approved as feedback-{row.id} in {FEEDBACK_FILE}; next: masthead"
        f" ingest {folder} --only pairs"
    )
    print_report(feedback_lines([row])[0], as_json, text)


@feedback_app.command("reject")
def reject(folder: _Folder, number: _Number, by: _By = "", as_json: _Json = False) -> None:
    """Reject feedback; nothing is learnt from it."""
    import getpass

    from assistant.approved_files import refresh_approved
    from assistant.config import load_workspace
    from assistant.store.opening import open_store
    from assistant.store.reviews import reject_feedback

    workspace = load_workspace(folder)
    store = open_store(workspace)
    reject_feedback(store, number, by or getpass.getuser())
    refresh_approved(store, workspace.root)
    print_report({"rejected": number}, as_json, f"feedback {number} is rejected")


@feedback_app.command("export")
def export(
    folder: _Folder,
    out: Annotated[Path, typer.Option("--out", help="A JSONL file to write.")],
    as_json: _Json = False,
) -> None:
    """Write the approved rows as JSON lines that `ingest.pairs.imports` of any workspace reads."""
    from assistant.approved_files import feedback_lines, write_lines
    from assistant.config import load_workspace
    from assistant.errors import AssistantError
    from assistant.store.opening import open_store
    from assistant.store.reviews import list_approved

    rows = feedback_lines(list_approved(open_store(load_workspace(folder))))
    try:
        write_lines(out, rows)
    except OSError as error:
        raise AssistantError(
            f"{out} cannot be written ({error.strerror}); correct --out"
        ) from error
    print_report({"rows": len(rows), "out": str(out)}, as_json, f"{len(rows)} rows in {out}")
