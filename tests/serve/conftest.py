import pytest

from assistant.config import Workspace
from assistant.store.opening import open_store
from serve.desk import Desk
from tests.serve.building import build_for_test, running
from tests.serve.fake_assistant import FakeAssistant


@pytest.fixture
def make_desk(tmp_path):
    """Return what makes a desk on a database of its own; every one is closed at the end."""
    desks = []

    def make(assistant):
        desk = Desk(assistant, open_store(Workspace(tmp_path, assistant.settings)))
        desks.append(desk)
        return desk

    yield make
    for desk in desks:
        desk.close()
        desk.store.dispose()


@pytest.fixture(scope="session")
def page_app(tmp_path_factory):
    """The whole server with its page, built once: Gradio takes a second."""
    root = tmp_path_factory.mktemp("page")
    (root / "masthead.yaml").write_text("sources: []\n", encoding="utf-8")
    server = build_for_test(FakeAssistant(), root)
    yield server
    server.state.desk.close()
    server.state.desk.store.dispose()


@pytest.fixture(scope="session")
def page_url(page_app):
    with running(page_app) as url:
        yield url
