"""The sample publication and its questions keep to what docs/demo-voice.md and the demo promise."""

import json
import re
from collections import Counter
from datetime import date
from pathlib import Path

import bm25s
import pytest

from assistant.text import split_sentences, split_units
from tests.demo import DEMO, read_demo

ARTICLES = list(read_demo())
HOUSE = [article for article in ARTICLES if article.voice]
QUESTIONS = [
    json.loads(line) for line in (DEMO / "questions.jsonl").read_text(encoding="utf-8").splitlines()
]
ANSWERABLE = [q for q in QUESTIONS if not q["unanswerable"]]
STEMS = {Path(article.file).stem: row for row, article in enumerate(ARTICLES)}
BANNED = re.compile(
    r"\b(?:simply|just|leverag\w+|unlock\w*|powerful|game-changer|journey|delv\w+|seamless\w*"
    r"|robust\w*)\b",
    re.IGNORECASE,
)
_LINK = re.compile(r"(?<!!)\[[^\]]+\]\(([^)\s]+)\)")
_CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)


def prose(article):
    return " ".join(unit.text for unit in split_units(article.body) if unit.is_prose)


def every(articles):
    return pytest.mark.parametrize("article", articles, ids=lambda article: article.file)


def test_there_are_enough_articles_over_two_years():
    dates = sorted(date.fromisoformat(article.published) for article in ARTICLES)

    assert len(ARTICLES) >= 30
    assert (dates[-1] - dates[0]).days >= 700


def test_no_file_of_the_demo_is_dropped():
    assert len(ARTICLES) == len(list((DEMO / "articles").glob("*.md")))


def test_there_are_a_series_two_guests_and_one_superseded_article():
    newer = [article.superseded_by for article in ARTICLES if article.superseded_by]

    assert max(Counter(a.series for a in ARTICLES if a.series).values()) >= 2
    assert len(ARTICLES) - len(HOUSE) == 2
    assert len(newer) == 1
    assert newer[0] in {article.id for article in ARTICLES}


def test_there_are_code_blocks_and_tables():
    blocks = [u for a in ARTICLES for u in split_units(a.body) if not u.is_prose]

    assert sum(unit.text.startswith("|") for unit in blocks) >= 10
    assert sum(unit.text.startswith("```") for unit in blocks) >= 10


@every(ARTICLES)
def test_an_article_is_of_a_readable_length(article):
    assert 300 <= len(_CODE.sub(" ", article.body).split()) <= 900


@every(ARTICLES)
def test_a_desk_signs_it_and_it_has_headings_and_a_title(article):
    assert article.title
    assert article.headings
    assert article.authors
    assert all("Desk" in author for author in article.authors)


@every(ARTICLES)
def test_every_relative_link_leads_somewhere(article):
    links = [link for link in _LINK.findall(_CODE.sub("", article.body)) if "://" not in link]
    by_file = {other.file: other for other in ARTICLES}

    for link in links:
        name, _, anchor = link.partition("#")
        target = by_file[name] if name else article
        assert not anchor or anchor in {heading.anchor for heading in target.headings}, link


@every(HOUSE)
def test_the_first_sentence_is_short(article):
    opening = next(unit.text for unit in split_units(article.body) if unit.is_prose)

    assert len(split_sentences(opening)[0].split()) <= 10


@every(HOUSE)
def test_no_banned_word_and_no_exclamation_mark(article):
    text = _CODE.sub(" ", article.body)

    assert BANNED.findall(text) == []
    assert "!" not in re.sub(r"!\[", "", text)


@every(HOUSE)
def test_the_dull_reason_is_announced_with_a_colon(article):
    said = r"\b[Tt]he (?:[a-z ]+ is (?:dull|old|plain)|dull [a-z]+ for [^:.]+):"

    assert re.search(said, prose(article))


@every(HOUSE)
def test_it_ends_on_monday_and_in_short(article):
    body = re.sub(r"\nNote \d+: .*", "", article.body)  # footnotes stand behind the end
    last = body.rstrip().splitlines()[-1]

    assert article.headings[-1].text == "On Monday"
    assert last.startswith("The short version:")
    steps = article.body.rpartition("## On Monday")[2]
    assert 2 <= len(re.findall(r"^(?:[-*]|\d+\.) ", steps, re.MULTILINE)) <= 4


@every(HOUSE)
def test_it_asks_at_most_one_question(article):
    headings = {heading.text for heading in article.headings}
    body = "\n".join(
        line for line in article.body.splitlines() if line.lstrip("# ") not in headings
    )

    quoted = re.sub(r"[\"“][^\"”]*[\"”]", "", _CODE.sub("", body))
    assert len(re.findall(r"\w\?", re.sub(r"\|.*", "", quoted))) <= 1


def test_there_are_forty_questions_with_gold_and_twenty_without_an_answer():
    assert len(QUESTIONS) == 60
    assert len({question["id"] for question in QUESTIONS}) == 60
    assert len(ANSWERABLE) == 40


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question["id"])
def test_a_question_names_articles_that_exist_or_none(question):
    assert set(question.get("gold", ())) <= STEMS.keys()
    assert (
        bool(question.get("gold"))
        == bool(question.get("answers"))
        == (not question["unanswerable"])
    )


def test_no_question_is_a_heading_or_a_title():
    taken = {h.text.lower().rstrip("?") for a in ARTICLES for h in a.headings}
    taken |= {article.title.lower().rstrip("?") for article in ARTICLES}

    assert [q["id"] for q in QUESTIONS if q["question"].lower().rstrip("?") in taken] == []


def test_plain_bm25_finds_the_gold_article_first_for_at_most_34_of_40():
    """Questions written from the articles' own words would make any retrieval look good."""
    index = bm25s.BM25()
    index.index(
        bm25s.tokenize([f"{a.title}\n{a.body}" for a in ARTICLES], show_progress=False),
        show_progress=False,
    )
    asked = bm25s.tokenize([q["question"] for q in ANSWERABLE], show_progress=False)

    first = index.retrieve(asked, k=1, show_progress=False).documents[:, 0]

    hits = sum(
        int(row) in {STEMS[gold] for gold in question["gold"]}
        for row, question in zip(first, ANSWERABLE, strict=True)
    )
    assert 20 <= hits <= 34
