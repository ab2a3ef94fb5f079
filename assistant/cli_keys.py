"""`masthead keys`: make, list and revoke the keys that programs show to the HTTP API."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from assistant.cli_print import print_report

keys_app = typer.Typer(help="Keys for programs that use the HTTP API.", no_args_is_help=True)

_Folder = Annotated[Path, typer.Argument(metavar="DIR", help="The workspace.")]
_Name = Annotated[str, typer.Argument(help="What to call the key.")]
_Json = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")]


@keys_app.command("create")
def create(
    folder: _Folder,
    name: _Name,
    days: Annotated[int, typer.Option(help="Until it expires; 0 never.", min=0)] = 365,
    per_minute: Annotated[int, typer.Option(help="Requests a minute.", min=1)] = 60,
    as_json: _Json = False,
) -> None:
    """Make a key and print it; it is shown this once."""
    from assistant.config import load_workspace
    from assistant.store.keys import create_key
    from assistant.store.opening import open_store

    engine = open_store(load_workspace(folder))
    token, key = create_key(engine, name, days=days, per_minute=per_minute)
    until = f"until {key.expires_at[:10]}" if key.expires_at else "without end"
    text = f"{token}\n{name} is live {until}; keep it now, it cannot be shown again"
    print_report({"key": token, **asdict(key)}, as_json, text)


@keys_app.command("list")
def list_all(folder: _Folder, as_json: _Json = False) -> None:
    """List every key with its state."""
    from assistant.config import load_workspace
    from assistant.store.keys import list_keys
    from assistant.store.opening import open_store

    keys = list_keys(open_store(load_workspace(folder)))
    lines = [
        f"{k.name:20} {k.state:8} {k.hint}…  {k.per_minute} a minute,"
        f" until {k.expires_at[:10] or 'revoked'}"
        for k in keys
    ]
    print_report({"keys": [asdict(k) for k in keys]}, as_json, "\n".join(lines) or "no keys")


@keys_app.command("revoke")
def revoke(folder: _Folder, name: _Name, as_json: _Json = False) -> None:
    """End a key at once."""
    from assistant.config import load_workspace
    from assistant.store.keys import revoke_key
    from assistant.store.opening import open_store

    revoke_key(open_store(load_workspace(folder)), name)
    print_report({"revoked": name}, as_json, f"{name} is revoked")
