"""The demo written out in every form and ingested one form at a time: the same articles come out.

What the command `masthead articles` writes of each is compared with what it writes of the demo.
"""

from __future__ import annotations

import json
import re
from collections import Counter

import pytest
from typer.testing import CliRunner

from assistant.cli import app
from assistant.config import load_workspace
from ingest.sources import read_sources
from tests import feeds, pages
from tests.demo import demo_articles
from tests.fakes import make_generation
from tests.ingest import writers

BASE_URL = "https://thelowrank.example/"
FIELDS = ("title", "published", "authors", "url", "headings")
LACKS = {"substack": {"authors"}}  # what a form does not have at all


def write_markdown(article):
    lines = ["---", f"title: {article.title!r}", f"date: {article.published}"]
    lines += [f"authors: {list(article.authors)}", f"canonical_url: {article.url}", "---", ""]
    return "\n".join([*lines, article.body, ""])


def folder_of(render, ending):
    def write(root):
        (root / "posts").mkdir()
        for article in demo_articles():
            path = root / "posts" / f"{article.url.rsplit('/', 1)[-1]}.{ending}"
            path.write_text(render(article), encoding="utf-8")
        return {"folder": "posts"}

    return write


def page_folder(template):
    return folder_of(lambda article: template(article, article.url), "html")


def one_file(kind, name, content):
    def write(root):
        (root / name).write_bytes(content(demo_articles()))
        return {kind: name}

    return write


FORMS = {
    "markdown": folder_of(write_markdown, "md"),
    "html of a theme": page_folder(pages.classic_page),
    "html of a generator": page_folder(pages.generated_page),
    "plain html": page_folder(pages.plain_page),
    "rss": one_file("feed", "rss.xml", feeds.rss_feed),
    "rdf": one_file("feed", "rdf.xml", feeds.rdf_feed),
    "atom": one_file("feed", "atom.xml", feeds.atom_feed),
    "json feed": one_file("feed", "feed.json", feeds.json_feed),
    "wordpress": one_file("wordpress", "export.xml", writers.write_wxr),
    "ghost": one_file("ghost", "export.json", writers.write_ghost),
    "substack": one_file("substack", "export.zip", writers.write_substack),
    "table": one_file("table", "articles.csv", writers.write_table),
}


@pytest.fixture(scope="module")
def wanted(tmp_path_factory):
    """What the command writes of the demo itself."""
    return list_articles(tmp_path_factory.mktemp("demo"), {"folder": "."}, demo_articles())


@pytest.fixture(scope="module", params=FORMS)
def lines(request, wanted, tmp_path_factory):
    """The form's name, and pairs of lines: of the demo, and of what was read back."""
    root = tmp_path_factory.mktemp("workspace")
    source = FORMS[request.param](root)
    read = list_articles(root, source)
    assert len(wanted) == 36
    assert read.keys() == wanted.keys()
    return request.param, [(wanted[key], read[key]) for key in wanted]


def list_articles(root, source, articles=()):
    """Return the lines of `masthead articles` by the end of their URL.

    Only the vectors are faked between the reader and the command.
    """
    settings = {"brand": {"name": "x"}, "sources": [{**source, "base_url": BASE_URL}]}
    (root / "masthead.yaml").write_text(json.dumps(settings))
    workspace = load_workspace(root)
    make_generation(workspace.index_root, articles or read_sources(workspace).articles)
    out = root / "articles.jsonl"
    result = CliRunner().invoke(app, ["articles", str(root), "--out", str(out)])
    assert result.exit_code == 0, result.output
    rows = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    return {row["url"].rsplit("/", 1)[-1]: row for row in rows}


@pytest.mark.parametrize("name", FIELDS)
def test_each_field_is_the_same(lines, name):
    form, pairs = lines
    if name in LACKS.get(form, ()):
        pytest.skip(f"{form} has no {name}")

    # Substack serves every post below /p/.
    read = [str(line[name]).replace("/p/", "/") for _, line in pairs]
    assert read == [str(line[name]) for line, _ in pairs]


def test_the_words_are_the_same(lines):
    form, pairs = lines
    least = 0.97 if "html" in form else 0.99

    assert min(token_f1(wanted["text"], read["text"]) for wanted, read in pairs) >= least


def token_f1(wanted, read):
    first, second = (Counter(re.findall(r"\w+", text)) for text in (wanted, read))
    return 2 * (first & second).total() / (first.total() + second.total())
