"""Answers kept on disk: what is used stays, what nobody asks for goes."""

import os

import pytest

from ingest.fetch import open_cache
from ingest.fetch.cache import CachedAnswer, ResponseCache
from ingest.run import ingest_workspace
from tests.fakes import ARTICLES, FakeEncoder, make_workspace

DAY = 86_400
PAGES = ("https://example.org/a", "https://example.org/b")


@pytest.fixture
def cache(tmp_path):
    """Two answers that were last asked for on the day 0."""
    cache = ResponseCache(tmp_path / "built" / "cache" / "http")
    for url in PAGES:
        cache.write(CachedAnswer(url, b"body"))
    for path in (tmp_path / "built" / "cache" / "http").glob("*/*"):
        os.utime(path, (0, 0))
    return cache


def test_what_nobody_asked_for_in_ninety_days_is_removed(cache):
    assert cache.remove_unused(now=90 * DAY) == 0
    assert cache.remove_unused(now=90 * DAY + 1) == 2
    assert [cache.read(url) for url in PAGES] == [None, None]


def test_what_was_asked_for_stays_however_old_it_is(cache):
    assert cache.read(PAGES[0])

    assert cache.remove_unused(now=91 * DAY) == 1
    assert cache.read(PAGES[0])


def test_an_empty_cache_has_nothing_to_remove(tmp_path):
    assert ResponseCache(tmp_path / "none").remove_unused(now=DAY) == 0


def test_a_run_removes_what_no_source_uses(cache, tmp_path):
    (tmp_path / "articles").mkdir()
    for article in ARTICLES:
        (tmp_path / "articles" / article.file).write_text(article.body, encoding="utf-8")
    workspace = make_workspace(tmp_path, ingest={"min_words": 5})

    ingest_workspace(workspace, only="index", encoder=FakeEncoder(), dry_run=True)

    assert open_cache(workspace).read(PAGES[0]) is None
