"""Settings for the whole suite: the same random examples on every run of the CI."""

import logging
import os

import pytest
from hypothesis import settings

settings.register_profile("ci", derandomize=True, deadline=None)
if os.environ.get("CI"):
    settings.load_profile("ci")


def pytest_collection_modifyitems(items):
    """Begin with what takes longest, so that two workers end together."""
    items.sort(key=lambda item: item.path.name != "test_end_to_end.py")


@pytest.fixture(autouse=True)
def _no_stale_handler():
    """A command sends log lines to the stderr of its test, which is closed after it."""
    yield
    root = logging.getLogger()
    root.handlers[:] = [h for h in root.handlers if type(h) is not logging.StreamHandler]
