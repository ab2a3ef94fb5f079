import json

import pytest

from assistant.errors import ArticleError, SourceIncomplete
from tests.ingest.reading import WORDS, article, read_file, stream_file
from tests.ingest.writers import write_table

HEADER = "url,title,author,published,body"
ROW = f"https://example.org/rye,On rye,The Desk,2024-03-02,{WORDS.replace(',', ' ')}"


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_delimiters_and_encodings_are_found_out(tmp_path, delimiter, encoding):
    text = f"{HEADER}\r\n{ROW.replace('On rye', 'On Käse')}\r\n".replace(",", delimiter)
    articles, dropped = read_file(tmp_path, "table", "t.csv", text.encode(encoding))

    assert [(a.title, a.authors) for a in articles.values()] == [("On Käse", ("The Desk",))]
    assert dropped == {}


def test_quoted_line_ends_quotes_and_delimiters_belong_to_the_field(tmp_path):
    body = f'## Crust, crumb\n\n{WORDS}\n\nShe said "more"; so they did.\n'
    articles, _ = read_file(tmp_path, "table", "t.csv", write_table([article("rye", body=body)]))

    assert articles["t.csv:2"].body == body.strip()
    assert articles["t.csv:2"].headings[0].text == "Crust, crumb"


def test_a_bad_row_is_dropped_with_its_line_and_the_rest_is_read(tmp_path):
    text = f"{HEADER}\n{ROW}\n{ROW},one too many\n\n{ROW.replace('rye', 'oats')}\n,,,,\nx,y\n"
    articles, dropped = read_file(tmp_path, "table", "t.csv", text.encode())

    assert list(articles) == ["t.csv:2", "t.csv:5"]
    assert {d.reason: d.detail for d in dropped.values()} == {
        "bad_row": "t.csv line 3: 6 fields of 5; quote one that holds ','",
        "no_text": "t.csv:7 has no text",
    }


def test_a_bad_line_of_json_is_dropped_with_its_line(tmp_path):
    row = {"url": "https://example.org/rye", "title": "Rye", "html": f"<p>{WORDS}</p>"}
    text = f"{json.dumps(row)}\n{{\n3\n\n{json.dumps(row | {'url': 'https://example.org/o'})}\n"
    articles, dropped = read_file(tmp_path, "table", "t.jsonl", text.encode())

    assert [a.url for a in articles.values()] == [
        "https://example.org/rye",
        "https://example.org/o",
    ]
    assert [d.detail.split(": ")[0] for d in dropped.values()] == [
        "t.jsonl line 2",
        "t.jsonl line 3",
    ]


@pytest.mark.parametrize(
    ("column", "body", "shown"),
    [
        ("body", f"<p>a <em>b</em></p><p>{WORDS}</p>", "a *b*"),
        ("body", f"a *b*\n\n{WORDS.strip()}", "a *b*"),
        ("html", f"a *b*<p>{WORDS}</p>", "a *b*"),
        ("content", f"<p>a</p>\n<p>{WORDS}</p>", "a"),
        ("markdown", f"a *b*\n\n{WORDS.strip()}", "a *b*"),
    ],
)
def test_the_body_is_html_or_markdown_by_its_look_or_its_column(tmp_path, column, body, shown):
    text = json.dumps({column: body, "title": "Rye"}) + "\n"
    articles, _ = read_file(tmp_path, "table", "t.jsonl", text.encode())

    assert articles["t.jsonl:1"].body == f"{shown}\n\n{WORDS.strip()}"


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("t.csv", b"\x00\x01\x02", "is no table of text .*NUL"),
        ("t.csv", b"title,author\nx,y\n", r"no column `body` \(found: title, author\)"),
        ("t.jsonl", b'[{"title": "x"}]', "holds one JSON list; write one object on each line"),
    ],
)
def test_what_is_no_table_is_refused_in_one_line(tmp_path, name, content, message):
    with pytest.raises(ArticleError, match=message):
        read_file(tmp_path, "table", name, content)


@pytest.mark.parametrize(
    ("tail", "message"),
    [
        (b'x,"y\n' + b"z\n" * 10, "line .*a quote may be open"),
        (b"x,y,\xff\xfe\n", "utf-8-sig at its start and not further on"),
    ],
)
def test_damage_further_on_gives_what_came_before(tmp_path, tail, message):
    rows = "".join(f"{ROW.replace('/rye', f'/{n}')}{'word ' * 30_000}\n" for n in range(8))
    content = f"{HEADER}\n{rows}".encode() + tail
    found = []
    with pytest.raises(SourceIncomplete, match=message):
        found.extend(stream_file(tmp_path, "table", "t.csv", content))

    assert [read.url[-2:] for read in found] == [f"/{n}" for n in range(len(found))]
    assert len(found) >= 7  # the eighth may stand in the same block as the damage
