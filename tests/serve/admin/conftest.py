"""One server for the editors' pages of a module, and an editor who is logged in."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import Engine

from serve.desk import Desk
from tests.rated import make_quick
from tests.serve.admin.editors import Editor, fill_store, fill_workspace, make_assistant
from tests.serve.building import build_api_for_test, running


@dataclass(frozen=True)
class Site:
    """A server that runs, and what lies behind it."""

    url: str
    root: Path
    desk: Desk

    @property
    def store(self) -> Engine:
        return self.desk.store


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    root = tmp_path_factory.mktemp("workspace")
    fill_workspace(root)
    server = build_api_for_test(make_assistant(root), root)
    desk = server.state.desk
    fill_store(make_quick(desk.store))
    with running(server) as url:
        yield Site(url, root, desk)
    desk.close()
    desk.store.dispose()


@pytest.fixture(scope="module")
def editor(site):
    with Editor(base_url=site.url, timeout=20) as client:
        assert client.log_in().status_code == 303
        yield client


@pytest.fixture
def stranger(site):
    with Editor(base_url=site.url, timeout=20) as client:
        yield client
