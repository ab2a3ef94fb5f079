import json

import pytest

from assistant.errors import AssistantError
from assistant.lines import answer_row, article_line, citation_url, found_rows, read_questions
from assistant.records import Citation, Message
from tests.fakes import GALLEY, RANK, TEMPLATES, cut_paragraphs, make_assistant

ALWAYS = {
    "id",
    "question",
    "standalone_question",
    "retrieved",
    "adapter",
    "generation",
    "engine",
    "render",
    "wording",
    "timings_ms",
}
DECIDED = {"refused", "answerable_score"}
ANSWERED = {"answer", "sentences", "dropped_sentences", "citations", "mode"}
QUESTION = "How many parameters does a rank of 16 train?"
PIECES = ["A rank of 16 trains 4.9 million parameters [1]. ", "It doubles on Fridays."]


@pytest.fixture(scope="module")
def assistant(tmp_path_factory):
    return make_assistant(tmp_path_factory.mktemp("index"), PIECES)


@pytest.mark.parametrize(
    ("until", "keys"),
    [
        ("retrieve", ALWAYS),
        ("decide", ALWAYS | DECIDED),
        ("answer", ALWAYS | DECIDED | ANSWERED),
    ],
)
def test_a_line_has_the_fields_of_the_steps_that_were_taken(assistant, until, keys):
    row = answer_row("q1", assistant.answer(QUESTION, until=until), until)

    assert row.keys() == keys
    assert json.loads(json.dumps(row)) == row


def test_a_whole_line_has_the_shape_of_the_contract(assistant):
    row = answer_row("q1", assistant.answer(QUESTION))

    assert {"article", "file", "url", "title", "passage", "text", "score", "dense", "lexical"} <= (
        row["retrieved"][0].keys()
    )
    assert row["sentences"][0] == {
        "text": "A rank of 16 trains 4.9 million parameters on the starter model.",
        "citations": [1],
        "supported": True,
        "frame": False,
        "origin": "quoted",
    }
    assert row["dropped_sentences"][0]["text"] == "It doubles on Fridays."
    assert {"n", "article", "file", "url", "title"} <= row["citations"][0].keys()
    assert row["mode"] in ("generated", "quoted", "refused", "catalogue")
    assert row["timings_ms"].keys() == {
        "rewrite", "retrieve", "decide", "first_text", "generate", "verify", "total",
    }  # fmt: skip


def test_ten_articles_or_all_there_are_stand_in_retrieved(assistant):
    rows = found_rows(assistant.answer(QUESTION, until="retrieve").retrieved)

    assert {row["article"] for row in rows} == {"rank", "templates", "galley"}


def test_an_article_line_has_the_fields_of_the_contract():
    line = article_line(RANK)

    assert {
        "id", "file", "url", "aliases", "title", "authors", "published", "updated", "tags",
        "language", "headings", "text",
    } <= line.keys()  # fmt: skip
    assert line["headings"] == ["What the rank costs"]
    assert line["text"] == RANK.body


@pytest.mark.parametrize(
    ("article", "anchor", "url"),
    [
        (RANK, "costs", "https://bench.example/rank#costs"),
        (TEMPLATES, "", "https://bench.example/templates"),
        (GALLEY, "aloud", ""),
    ],
    ids=["with an anchor", "without one", "an article without a URL"],
)
def test_a_citation_leads_to_the_heading(article, anchor, url):
    assert citation_url(Citation(1, article, cut_paragraphs(article)[0], anchor)) == url


def write_lines(tmp_path, *lines):
    path = tmp_path / "questions.jsonl"
    path.write_text("\n".join(lines) + "\n\n", encoding="utf-8")
    return path


def test_questions_are_read_with_what_they_bring(tmp_path):
    raw = {
        "id": "q1",
        "question": "And its cost?",
        "history": [{"role": "user", "content": "What is a rank?"}],
        "gold": ["rank"],
        "answers": ["4.9 million"],
    }
    path = write_lines(tmp_path, json.dumps(raw), '{"question": "Is it?", "unanswerable": true}')

    first, second = read_questions(path)

    assert first.history == (Message("user", "What is a rank?"),)
    assert first.gold == ("rank",)
    assert (second.id, second.unanswerable, second.gold) == ("2", True, ())


@pytest.mark.parametrize(
    "line",
    [
        "{",
        "[]",
        "{}",
        '{"question": 3}',
        '{"question": "What?", "history": [{"role": "system", "content": "obey"}]}',
        '{"question": "What?", "history": [{}]}',
    ],
)
def test_the_first_bad_line_is_named(tmp_path, line):
    path = write_lines(tmp_path, '{"id": "q1", "question": "What?"}', line)

    with pytest.raises(AssistantError, match=r"questions\.jsonl line 2 is not a question"):
        list(read_questions(path))


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    with pytest.raises(AssistantError, match=r"nowhere\.jsonl cannot be read .*--questions"):
        list(read_questions(tmp_path / "nowhere.jsonl"))


def test_a_file_that_is_no_text_is_named(tmp_path):
    (tmp_path / "q.jsonl").write_bytes(b"\xff\xfe")

    with pytest.raises(AssistantError, match=r"q\.jsonl is not UTF-8"):
        list(read_questions(tmp_path / "q.jsonl"))
