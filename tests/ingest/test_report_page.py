import re
from html.parser import HTMLParser

import pytest

from assistant.commit import number_name, verify_folder
from assistant.records import Article, Dropped
from ingest.report_page import count_lengths, count_months, group_drops
from ingest.run import ingest_workspace
from tests.fakes import ARTICLES, FakeEncoder, make_workspace


def published(*days):
    return [Article(str(n), "A", "x", published=day) for n, day in enumerate(days)]


def counts(bars):
    return [(bar.label, bar.count) for bar in bars if bar.count]


def test_months_stand_in_a_row_without_a_gap():
    bars = count_months(published("2025-11-30", "2026-02-01", "2026-02-02", ""))

    assert [(bar.label, bar.count, bar.share) for bar in bars] == [
        ("2025-11", 1, 0.5), ("2025-12", 0, 0.0), ("2026-01", 0, 0.0), ("2026-02", 2, 1.0),
    ]  # fmt: skip


def test_a_long_history_is_shown_by_year():
    bars = count_months(published("1999-05-01", "2026-02-01"))

    assert len(bars) == 28
    assert counts(bars) == [("1999", 1), ("2026", 1)]


def test_without_a_date_there_is_no_chart():
    assert count_months(published("", "")) == []


def test_lengths_are_counted_up_to_and_with_the_limit():
    articles = [Article(str(n), "A", "word " * n) for n in (99, 100, 101, 5001)]

    assert counts(count_lengths(articles)) == [("100", 2), ("250", 1), ("5,000+", 1)]


def test_drops_are_grouped_the_most_frequent_first_with_a_few_examples():
    drops = [Dropped(str(n), "draft", f"{n}.md is a draft") for n in range(9)]
    drops.append(Dropped("x", "no_text", "x.md is empty"))

    (first, second) = group_drops(drops)

    assert first == ("draft", 9, [f"{n}.md is a draft" for n in range(5)])
    assert second == ("no_text", 1, ["x.md is empty"])


class Reader(HTMLParser):
    """Collects the words and the addresses of a page, and what is open at its end."""

    def __init__(self):
        super().__init__()
        self.words, self.addresses, self.tags = [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.addresses += [value for name, value in attrs if name in ("src", "href", "action")]

    def handle_data(self, data):
        self.words.append(data)


SIGNS = "When 5 < 7 & 7 > 5"


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """The page of a second generation, with something of everything."""
    root = tmp_path_factory.mktemp("workspace")
    (root / "articles").mkdir()

    def write(name, title, body, day="2026-01-10"):
        text = f"---\ntitle: '{title}'\ndate: {day}\n---\n\n{body}\n"
        (root / "articles" / name).write_text(text, encoding="utf-8")

    for article in ARTICLES:
        write(article.file, article.title, article.body, article.published)
    workspace = make_workspace(
        root,
        ingest={"min_words": 5},
        sources=[
            {"folder": "articles", "base_url": "https://bench.example/"},
            {"folder": "notes"},
        ],
    )
    ingest_workspace(workspace, only="index", encoder=FakeEncoder())
    write("rank.md", ARTICLES[0].title, "A rank of 8 trains 2.4 million parameters.")
    write("new.md", SIGNS, "Nine words about bread and salt and more water.", "")
    write("short.md", "Short", "Too short.")
    ingest_workspace(workspace, only="index", encoder=FakeEncoder())
    folder = workspace.index_root / number_name(2)
    assert "report.html" in verify_folder(folder)["files"]
    reader = Reader()
    reader.feed((folder / "report.html").read_text(encoding="utf-8"))
    return reader


def test_the_page_says_what_came_of_the_run(page):
    words = re.sub(r"\s+", " ", " ".join(page.words))

    assert "The Bench The archive, generation 2" in words
    assert "Added: 1 " + SIGNS in words
    assert "Changed: 1 Pick your rank" in words
    assert "too short 1 short.md has 2 words of 5" in words
    assert "folder: notes no folder" in words
    assert "Without a date: 1" in words


def test_both_error_rates_stand_at_every_point(page):
    words = re.sub(r"\s+", " ", " ".join(page.words))

    assert "Set to balanced" in words
    rates = re.search(
        r"rather refuse (\d+) % (\d+) % balanced , as it is set (\d+) % (\d+) %"
        r" rather answer (\d+) % (\d+) %",
        words,
    )
    assert rates
    strict, _, loose = [(int(rates[n]), int(rates[n + 1])) for n in (1, 3, 5)]
    assert strict[0] <= loose[0]  # answered though it is not written
    assert strict[1] >= loose[1]  # refused though it is


def test_both_generations_are_counted(page):
    words = re.sub(r"\s+", " ", " ".join(page.words))

    assert re.search(
        r"Generations .* 2 20\d\d-\d\d-\d\d 4 4 1 1 0 .* 1 20\d\d-\d\d-\d\d 3 3", words
    )


def test_the_page_runs_nothing_and_asks_for_nothing(page):
    assert not {"script", "img", "link", "iframe", "form", "object"} & set(page.tags)
    assert page.addresses
    assert all(address.startswith("https://bench.example/") for address in page.addresses)
