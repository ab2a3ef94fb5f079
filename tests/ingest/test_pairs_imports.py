"""Hand-written pairs from files: every row is kept or told, with its line."""

import json

import pytest

from assistant.errors import ArticleError
from assistant.pair_settings import ImportSettings
from ingest.pairs.imports import BadRow, Handmade, read_import


def read(path, **settings):
    return list(read_import(path, ImportSettings(file=path.name, **settings)))


def write(path, *lines):
    path.write_bytes(b"\n".join(lines) + b"\n")
    return path


GOOD = b'{"id": "1", "prompt": "What is it?", "completion": "It is a file."}'


def test_each_fault_costs_its_own_line_alone(tmp_path):
    long = b'{"id": "5", "prompt": "' + b"x" * 50_000_000 + b'", "completion": "y"}'
    path = write(
        tmp_path / "rows.jsonl",
        GOOD,
        b'{"id": "2", "prompt": "\xff", "completion": "y"}',
        long,
        b'{"id": "1", "prompt": "Again?", "completion": "Yes, again."}',
        b'{"id": "3", "prompt": "Last?", "completion": "No."}',
    )
    with open(path, "ab") as handle:
        handle.write(b'{"id": "4", "prompt": "Cut')

    rows = read(path)

    assert [(r.line, r.reason if isinstance(r, BadRow) else r.id) for r in rows] == [
        (1, "1"),
        (2, "bad_encoding"),
        (3, "too_long"),
        (4, "repeated_id"),
        (5, "3"),
        (6, "cut_line"),
    ]
    assert rows[1].detail == "byte 23 (0xff) is not UTF-8"
    assert rows[2].detail.startswith(f"{len(long) + 1} bytes")
    assert rows[3].detail == "id 1 stands on line 1 already"


@pytest.mark.parametrize(
    ("row", "question", "answer"),
    [
        ({"instruction": "Say", "input": "this", "output": "That."}, "Say\n\nthis", "That."),
        ({"question": "Why?", "answer": "So."}, "Why?", "So."),
        (
            {
                "messages": [
                    {"role": "system", "content": "S"},
                    {"role": "user", "content": "Hi"},
                    {"role": "assistant", "content": "Hello."},
                ]
            },
            "Hi",
            "Hello.",
        ),
        (
            {"conversations": [{"from": "human", "value": "Hi"}, {"from": "gpt", "value": "Yo."}]},
            "Hi",
            "Yo.",
        ),
    ],
    ids=["alpaca", "plain", "messages", "sharegpt"],
)
def test_the_usual_layouts_are_read(tmp_path, row, question, answer):
    (read_row,) = read(write(tmp_path / "rows.jsonl", json.dumps(row).encode()))

    assert (read_row.question, read_row.answer) == (question, answer)


def test_columns_are_mapped(tmp_path):
    path = write(tmp_path / "rows.csv", b"q,a,other", b'"Why, then?","So, there.",x')

    (row,) = read(path, question="q", answer="a")

    assert row == Handmade(2, "", row.turns, "So, there.")
    assert row.question == "Why, then?"


def test_a_csv_row_with_too_few_fields_is_told_with_its_line(tmp_path):
    path = write(
        tmp_path / "rows.csv", b"question,answer", b'"two\nlines","One."', b"alone", b"\xffq,a"
    )

    assert [(r.line, getattr(r, "reason", "")) for r in read(path)] == [
        (2, ""),
        (4, "wrong_fields"),
        (5, "bad_encoding"),
    ]


def test_parquet_is_read(tmp_path):
    import pyarrow
    from pyarrow import parquet

    table = pyarrow.Table.from_pylist([{"prompt": "Why?", "completion": "So."}, {"prompt": "How?"}])
    parquet.write_table(table, tmp_path / "rows.parquet")

    first, second = read(tmp_path / "rows.parquet")

    assert (first.question, first.answer) == ("Why?", "So.")
    assert (second.line, second.reason) == (2, "missing_column")


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"prompt": "Why?"}, "missing_column"),
        ({"prompt": "Why?", "completion": 3}, "not_text"),
        ({"prompt": " ", "completion": "So."}, "empty"),
        ({"messages": [{"role": "user", "content": "Hi"}]}, "bad_messages"),
        ({"messages": "Hi"}, "bad_messages"),
        ([1], "not_an_object"),
    ],
    ids=str,
)
def test_a_row_that_is_no_pair_says_why(tmp_path, row, reason):
    (bad,) = read(write(tmp_path / "rows.jsonl", json.dumps(row).encode()))

    assert (bad.line, bad.reason) == (1, reason)


@pytest.mark.parametrize(
    ("name", "match"), [("rows.txt", "is not .jsonl"), ("no.csv", "not there")]
)
def test_a_file_that_cannot_be_read_is_refused(tmp_path, name, match):
    (tmp_path / "rows.txt").write_text("x")

    with pytest.raises(ArticleError, match=match):
        read(tmp_path / name)
