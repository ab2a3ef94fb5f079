import pytest

from assistant.store.opening import open_store
from tests.fakes import make_workspace


@pytest.fixture
def engine(tmp_path):
    opened = open_store(make_workspace(tmp_path))
    yield opened
    opened.dispose()
