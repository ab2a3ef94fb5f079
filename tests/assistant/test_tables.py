import pytest

from assistant.records import Article, Heading, OwnQuestion, Passage
from assistant.tables import (
    JsonTable,
    article_row,
    parse_article,
    parse_passage,
    parse_question,
    passage_row,
    question_row,
    write_table,
)

ARTICLE = Article(
    id="a",
    title="On “ranks”",
    body="Körper\n\nZwei",
    aliases=("/old",),
    authors=("A Desk",),
    tags=("x", "y"),
    headings=(Heading(2, "H", "h"),),
    voice=False,
)
PASSAGE = Passage("a#0", "a", "Text\u2028here", ("H", "I"), "h")
QUESTION = OwnQuestion("a#0-q0", "What?", "a#0", "a", "H")


def test_records_come_back_as_they_went(tmp_path):
    write_table(tmp_path, "articles", [article_row(ARTICLE)])
    write_table(tmp_path, "passages", [passage_row(PASSAGE)])
    write_table(tmp_path, "questions", [question_row(QUESTION)])

    assert parse_article(JsonTable(tmp_path, "articles")[0]) == ARTICLE
    assert parse_passage(JsonTable(tmp_path, "passages")[0]) == PASSAGE
    assert parse_question(JsonTable(tmp_path, "questions")[0]) == QUESTION


def test_rows_are_found_by_number_in_any_order(tmp_path):
    assert write_table(tmp_path, "t", ({"n": n, "text": "é" * n} for n in range(5))) == 5

    table = JsonTable(tmp_path, "t")

    assert len(table) == 5
    assert [table[row]["n"] for row in (4, 0, 2)] == [4, 0, 2]
    assert [row["n"] for row in table] == list(range(5))


@pytest.mark.parametrize("row", [-1, 1])
def test_a_row_that_is_not_there_is_no_row(tmp_path, row):
    write_table(tmp_path, "t", [{"n": 0}])

    with pytest.raises(IndexError, match=str(row)):
        JsonTable(tmp_path, "t")[row]


def test_an_empty_table_opens(tmp_path):
    write_table(tmp_path, "t", [])

    assert list(JsonTable(tmp_path, "t")) == []
