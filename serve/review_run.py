"""`masthead pairs review`: the review page on this machine, until Ctrl-C."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import uvicorn

from assistant.config import Workspace
from assistant.pair_review import ReviewRow, add_decision, read_decisions
from serve.review_desk import Desk
from serve.run import address, claim_port, private_folder

_HOST = "127.0.0.1"


def run_review(
    workspace: Workspace, rows: Sequence[ReviewRow], *, reviewer: str, port: int
) -> None:
    """Serve the page until Ctrl-C, to this machine alone."""
    desk = Desk(rows, read_decisions(workspace.root), lambda one: add_decision(workspace.root, one))
    with claim_port(_HOST, port) as listener, private_folder():
        from serve.review_page import build_review_server

        server = build_review_server(desk, workspace.settings.brand.name, reviewer)
        config = uvicorn.Config(server, log_level="warning", timeout_graceful_shutdown=1)
        sys.stdout.write(f"review {len(rows)} rows at {address(_HOST, port)} (Ctrl-C stops it)\n")
        sys.stdout.flush()
        try:
            uvicorn.Server(config).run(sockets=[listener])
        except KeyboardInterrupt:
            sys.stdout.write("stopped\n")
