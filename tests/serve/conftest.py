import pytest

from assistant.config import Workspace
from assistant.store.opening import open_store
from serve.desk import Desk


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
