"""The demo's articles written out as each export, read back: the same articles must come out."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

import pytest

from assistant.config import Workspace, parse_settings
from ingest.sources import READERS
from tests.demo import demo_articles
from tests.ingest.writers import write_ghost, write_medium, write_substack, write_table, write_wxr

BASE_URL = "https://thelowrank.example/"
MIN_F1 = 0.99  # of body tokens, each export against the Markdown it was written from


@dataclass(frozen=True)
class Export:
    kind: str
    file: str
    content: bytes


EXPORTS = {
    "wordpress": lambda a: Export("wordpress", "export.xml", write_wxr(a)),
    "ghost": lambda a: Export("ghost", "export.json", write_ghost(a)),
    "ghost lexical": lambda a: Export("ghost", "export.json", write_ghost(a, "lexical")),
    "ghost mobiledoc": lambda a: Export("ghost", "export.json", write_ghost(a, "mobiledoc")),
    "substack": lambda a: Export("substack", "export.zip", write_substack(a)),
    "medium": lambda a: Export("medium", "export.zip", write_medium(a)),
    "csv": lambda a: Export("table", "articles.csv", write_table(a)),
    "csv of html": lambda a: Export("table", "articles.csv", write_table(a, html=True)),
    "jsonl": lambda a: Export("table", "articles.jsonl", write_table(a, "jsonl")),
}
# What an export does not have at all.
LACKS = {"substack": {"authors", "tags", "updated"}, "medium": {"updated"}}


@pytest.fixture(scope="module", params=EXPORTS)
def pairs(request, tmp_path_factory):
    """Each demo article with what was read back of it, and the export's name."""
    export = EXPORTS[request.param](demo_articles())
    root = tmp_path_factory.mktemp("workspace")
    (root / export.file).write_bytes(export.content)
    settings = parse_settings(
        {"brand": {"name": "x"}, "sources": [{export.kind: export.file, "base_url": BASE_URL}]}, "t"
    )
    read = READERS[export.kind](Workspace(root, settings), settings.sources[0])
    by_url = {article.url.replace("/p/", "/"): article for article in read}
    return request.param, [(article, by_url.get(article.url)) for article in demo_articles()]


def test_all_are_read_back_under_their_urls(pairs):
    _, both = pairs

    assert len(both) == 36
    assert [article.url for article, read in both if read is None] == []


@pytest.mark.parametrize("name", ["title", "subtitle", "published", "updated", "authors", "tags"])
def test_the_record_is_the_same(pairs, name):
    export, both = pairs
    if name in LACKS.get(export, ()):
        pytest.skip(f"a {export} export has no {name}")

    assert [getattr(read, name) for _, read in both] == [getattr(a, name) for a, _ in both]


def test_the_headings_are_the_same(pairs):
    _, both = pairs

    assert [read.headings for _, read in both] == [article.headings for article, _ in both]


def test_the_words_are_the_same(pairs):
    _, both = pairs

    assert min(token_f1(article.body, read.body) for article, read in both) >= MIN_F1


def test_the_code_is_the_same_with_its_language(pairs):
    _, both = pairs

    assert [fences(read.body) for _, read in both] == [fences(article.body) for article, _ in both]


def token_f1(expected: str, actual: str) -> float:
    wanted, found = (Counter(re.findall(r"\w+", text)) for text in (expected, actual))
    common = (wanted & found).total()
    return 2 * common / (wanted.total() + found.total())


def fences(body: str) -> list[str]:
    return re.findall(r"^ *```.*?^ *```$", body, re.DOTALL | re.MULTILINE)
