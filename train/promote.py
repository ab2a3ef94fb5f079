"""Put an adapter into service, once an evaluation says that nothing is lost by it."""

from __future__ import annotations

import getpass
from typing import Any

from assistant.config import Workspace
from assistant.errors import AssistantError
from assistant.registry import Registry
from train.evaluate import evaluate_adapter, read_evaluation


def promote_adapter(
    workspace: Workspace, name: str, *, yes: bool, if_better: bool, count: int, why: str = ""
) -> dict[str, Any]:
    """Evaluate where that is missing, then promote; return what was done and why.

    A candidate that is worse is refused with AssistantError, unless `yes`; with `if_better` the
    one in service stays and that is the result.
    """
    registry = Registry(workspace.adapters_root)
    chosen = registry.pick(name)
    if registry.promoted() == chosen:
        return _result(chosen, promoted=True, says=f"{chosen} is in service already")
    report = read_evaluation(registry, chosen)
    if report is None or report["against"] != (registry.promoted() or "base"):
        report = evaluate_adapter(workspace, chosen, count=count)
    says = report["says"]
    if not report["not_worse"] and not yes:
        if not if_better:
            raise AssistantError(f"{chosen} is not better: {says}; add --yes to promote it anyway")
        return _result(chosen, promoted=False, says=f"{report['against']} stays in service: {says}")
    registry.promote(chosen, getpass.getuser(), f"{why}; {says}" if why else says)
    return _result(chosen, promoted=True, says=f"{chosen} is in service: {says}")


def _result(name: str, *, promoted: bool, says: str) -> dict[str, Any]:
    return {"adapter": name, "promoted": promoted, "says": says}
