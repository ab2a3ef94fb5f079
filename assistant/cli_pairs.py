"""The `masthead pairs` commands: look into snapshots, review them, hand them on.

Part of the front door: imports a stage only inside the function that needs it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from assistant.cli_print import print_report, print_text

app = typer.Typer(help="Look into snapshots of the pairs.", no_args_is_help=True)

Folder = Annotated[Path, typer.Argument(metavar="DIR", help="The workspace.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")]


@app.command()
def preview(
    folder: Folder,
    count: Annotated[int, typer.Option(help="Rows shown.", min=1)] = 5,
    kind: Annotated[str, typer.Option(help="answer, voice, refusal, ...; else each.")] = "",
    as_json: Json = False,
) -> None:
    """Show rows as the model gets them, the learnt tokens marked."""
    from assistant.base import find_base, load_base_tokenizer
    from assistant.config import load_workspace
    from ingest.pairs.preview import choose_rows, format_preview, split_tokens

    workspace = load_workspace(folder)
    pairs = choose_rows(workspace, kind, count)
    tokenizer = load_base_tokenizer(find_base(workspace.settings.models))
    if as_json:
        rows = [{"id": p.id, "kind": p.kind, "tokens": split_tokens(p, tokenizer)} for p in pairs]
        print_text(json.dumps({"rows": rows}, ensure_ascii=False))
    else:
        print_text(format_preview(pairs, tokenizer))


@app.command()
def diff(
    folder: Folder,
    before: Annotated[int, typer.Argument(metavar="N", help="A snapshot's number.")],
    after: Annotated[int, typer.Argument(metavar="M", help="A later one's.")],
    as_json: Json = False,
) -> None:
    """Show which rows were added, went or changed between two snapshots, and why."""
    from assistant.commit import read_manifest
    from assistant.config import load_workspace
    from ingest.pairs.diff import compare_snapshots, format_changes
    from ingest.pairs.snapshots import find_snapshot, read_snapshot

    root = load_workspace(folder).pairs_root
    old, new = find_snapshot(root, before), find_snapshot(root, after)
    changes = compare_snapshots(
        read_snapshot(old), read_snapshot(new), (read_manifest(old), read_manifest(new))
    )
    rows = [
        {
            "change": change.change,
            "id": change.row.pair.id,
            "kind": change.row.pair.kind,
            "question": change.row.pair.messages[-2].content,
            "why": change.why,
        }
        for change in changes
    ]
    print_report({"changes": rows}, as_json, format_changes(changes, (before, after)))


@app.command()
def trace(
    folder: Folder,
    wanted: Annotated[str, typer.Argument(metavar="ID", help="An adapter, a row or an article.")],
    as_json: Json = False,
) -> None:
    """Show which rows and articles made an adapter, or which adapters saw a row or an article."""
    from assistant.config import load_workspace
    from ingest.pairs.trace import format_trace
    from ingest.pairs.trace import trace as trace_id

    found = trace_id(load_workspace(folder), wanted)
    print_report(found, as_json, format_trace(found))


@app.command()
def export(
    folder: Folder,
    out: Annotated[Path, typer.Option("--out", help="A new folder.")],
    layout: Annotated[str, typer.Option(help="messages, alpaca or prompt.")] = "messages",
    file_format: Annotated[str, typer.Option("--format", help="jsonl, csv, parquet.")] = "jsonl",
    as_json: Json = False,
) -> None:
    """Write the current snapshot for other trainers, with a dataset card."""
    from assistant.config import load_workspace
    from ingest.pairs.export import export_snapshot

    counts = export_snapshot(load_workspace(folder), out, layout, file_format)
    total = sum(n for n in counts.values() if isinstance(n, int))
    print_report(counts, as_json, f"{total} rows in {out}")


@app.command()
def review(
    folder: Folder,
    reviewer: Annotated[str, typer.Option(help="Your name; else the account's.")] = "",
    port: Annotated[int, typer.Option(help="Where the page is.")] = 7861,
) -> None:
    """Open a page to keep, edit or drop rows; decisions hold in every later snapshot."""
    import getpass

    from assistant.config import load_workspace
    from ingest.pairs.review_rows import read_review_rows
    from serve.review_run import run_review

    workspace = load_workspace(folder)
    rows = read_review_rows(workspace)
    run_review(workspace, rows, reviewer=reviewer or getpass.getuser(), port=port)
