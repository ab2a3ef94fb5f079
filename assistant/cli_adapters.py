"""`masthead adapters`: the registry of adapters, listed, shown, put into service and taken out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from assistant.cli_print import print_report

adapters_app = typer.Typer(help="The registry of adapters.", no_args_is_help=True)

_Folder = Annotated[Path, typer.Argument(metavar="DIR", help="The workspace.")]
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
def adapters_show(
    folder: _Folder, name: Annotated[str, typer.Argument()], as_json: _Json = False
) -> None:
    """Show one adapter's manifest and card."""
    from assistant.config import load_workspace
    from assistant.registry import Registry

    registry = Registry(load_workspace(folder).adapters_root)
    manifest = registry.verify(name)
    card = (registry.folder(name) / "card.md").read_text(encoding="utf-8")
    print_report(manifest, as_json, card)


@adapters_app.command("promote")
def adapters_promote(
    folder: _Folder,
    name: Annotated[str, typer.Argument(help="A name, or newest.")],
    yes: Annotated[bool, typer.Option("--yes", help="Also when it is not better.")] = False,
    if_better: Annotated[
        bool, typer.Option("--if-better", help="Keep what is in service when it is not.")
    ] = False,
    count: Annotated[int, typer.Option(help="Held-out questions asked.", min=1)] = 40,
    as_json: _Json = False,
) -> None:
    """Put an adapter into service, after an evaluation that it must not lose."""
    from assistant.config import load_workspace
    from train.promote import promote_adapter

    report = promote_adapter(
        load_workspace(folder), name, yes=yes, if_better=if_better, count=count
    )
    print_report(report, as_json, str(report["says"]))


@adapters_app.command("rollback")
def adapters_rollback(folder: _Folder, as_json: _Json = False) -> None:
    """Put the adapter before the promoted one, or the base, back into service."""
    import getpass

    from assistant.config import load_workspace
    from assistant.registry import Registry

    change = Registry(load_workspace(folder).adapters_root).rollback(getpass.getuser(), "rollback")
    now = change.after or "base"
    print_report({"before": change.before, "now": now}, as_json, f"{now} is in service again")
