"""`masthead adapters`: the registry of adapters, listed, shown, put into service and taken out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from assistant.cli_print import print_report
from assistant.errors import AssistantError

adapters_app = typer.Typer(help="The registry of adapters.", no_args_is_help=True)

_Folder = Annotated[Path, typer.Argument(metavar="DIR", help="The workspace.")]
_Name = Annotated[str, typer.Argument(help="A name, newest or promoted.")]
_Out = Annotated[Path | None, typer.Option("--out", help="A new folder; else in exports/.")]
_Why = Annotated[str, typer.Option(help="Kept in the log.")]
_Prompts = Annotated[int, typer.Option(help="Held-out prompts compared.", min=1)]
_Tokens = Annotated[int, typer.Option(help="Tokens of each that are compared.", min=1)]
_Json = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")]


@adapters_app.command("list")
def adapters_list(folder: _Folder, as_json: _Json = False) -> None:
    """List every adapter with its state."""
    from assistant.config import load_workspace
    from assistant.registry import Registry, format_entries

    entries = Registry(load_workspace(folder).adapters_root).list()
    rows = [
        {"name": e.name, "state": e.state.value, "made_at": e.made_at, **e.losses} for e in entries
    ]
    print_report({"adapters": rows}, as_json, format_entries(entries))


@adapters_app.command("show")
def adapters_show(folder: _Folder, name: _Name, as_json: _Json = False) -> None:
    """Show one adapter's manifest and card."""
    from assistant.config import load_workspace
    from assistant.registry import Registry

    registry = Registry(load_workspace(folder).adapters_root)
    chosen = registry.pick(name)
    manifest = registry.verify(chosen)
    card = (registry.folder(chosen) / "card.md").read_text(encoding="utf-8")
    print_report(manifest, as_json, card)


@adapters_app.command("promote")
def adapters_promote(
    folder: _Folder,
    name: _Name,
    yes: Annotated[bool, typer.Option("--yes", help="Also when it is not better.")] = False,
    if_better: Annotated[
        bool, typer.Option("--if-better", help="Keep what is in service when it is not.")
    ] = False,
    count: Annotated[int, typer.Option(help="Held-out questions asked.", min=1)] = 40,
    why: _Why = "",
    as_json: _Json = False,
) -> None:
    """Put an adapter into service, after an evaluation that it must not lose."""
    from assistant.config import load_workspace
    from train.promote import promote_adapter

    report = promote_adapter(
        load_workspace(folder), name, yes=yes, if_better=if_better, count=count, why=why
    )
    print_report(report, as_json, str(report["says"]))


@adapters_app.command("rollback")
def adapters_rollback(folder: _Folder, why: _Why = "", as_json: _Json = False) -> None:
    """Put the adapter before the promoted one, or the base, back into service."""
    import getpass

    from assistant.config import load_workspace
    from assistant.registry import Registry

    registry = Registry(load_workspace(folder).adapters_root)
    change = registry.rollback(getpass.getuser(), why or "no reason given")
    now = change.after or "base"
    print_report({"before": change.before, "now": now}, as_json, f"{now} is in service again")


@adapters_app.command("log")
def adapters_log(folder: _Folder, as_json: _Json = False) -> None:
    """Show every promotion and rollback: when, who, what, and why."""
    from dataclasses import asdict

    from assistant.config import load_workspace
    from assistant.registry import Registry, format_history

    changes = Registry(load_workspace(folder).adapters_root).history()
    rows = [asdict(change) for change in changes]
    print_report({"changes": rows}, as_json, format_history(changes))


@adapters_app.command("merge")
def adapters_merge(
    folder: _Folder,
    name: _Name,
    out: _Out = None,
    prompts: _Prompts = 20,
    tokens: _Tokens = 64,
    as_json: _Json = False,
) -> None:
    """Write the base with the adapter in its weights, 16-bit safetensors; the same as an export."""
    _export(folder, name, "merged", out, prompts, tokens, as_json)


@adapters_app.command("export")
def adapters_export(
    folder: _Folder,
    name: _Name,
    kind: Annotated[str, typer.Option("--format", help="merged, gguf-adapter or hub.")],
    out: _Out = None,
    repo: Annotated[str, typer.Option(help="ORG/NAME on the hub, for --format hub.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Upload nothing.")] = False,
    prompts: _Prompts = 20,
    tokens: _Tokens = 64,
    as_json: _Json = False,
) -> None:
    """Write an adapter for other programs, and compare what it then says."""
    uploads = kind == "hub" and not dry_run
    if uploads and not repo:
        raise AssistantError("--format hub uploads: give --repo ORG/NAME, or --dry-run")
    exported = _export(folder, name, kind, out, prompts, tokens, as_json)
    if uploads:
        from assistant.cli_print import print_text
        from train.export import upload

        print_text(upload(exported, repo))


def _export(
    folder: Path, name: str, kind: str, out: Path | None, count: int, tokens: int, as_json: bool
) -> Path:
    from assistant.config import load_workspace
    from assistant.progress import show_progress
    from train.export import Exporter, list_files

    exporter = Exporter(load_workspace(folder), name)
    with show_progress("comparing") as progress:
        done = exporter.export(kind, out, count=count, max_tokens=tokens, on_progress=progress)
    files = list_files(done.out)
    report = {
        "adapter": exporter.name,
        "format": kind,
        "out": str(done.out),
        "files": files,
        "parity": [parity.as_json() for parity in done.parities],
    }
    lines = [f"{done.out}: {', '.join(files)}", *map(str, done.parities)]
    print_report(report, as_json, "\n".join(lines))
    return done.out
