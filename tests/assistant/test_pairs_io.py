import json

import pytest

from assistant.errors import IndexMismatch
from assistant.pairs_io import pair_row, parse_pair, read_pairs
from assistant.records import Message, Pair, PairKind

PAIR = Pair(
    id="p1",
    kind=PairKind.REFUSAL,
    task="refusal",
    article="a1",
    passages=("x", "y"),
    messages=(Message("user", "Who?"), Message("assistant", "We have not written about that.")),
    question_by="template",
    render="r",
    wording="w",
    date="2026-11-01",
)


def test_a_pair_comes_back_from_its_line():
    assert parse_pair(json.loads(json.dumps(pair_row(PAIR)))) == PAIR


def test_a_reviewer_is_written_only_where_there_is_one():
    assert "reviewer" not in pair_row(PAIR)


def test_pairs_are_read_in_order(tmp_path):
    path = tmp_path / "train.jsonl"
    path.write_text(f"{json.dumps(pair_row(PAIR))}\n" * 2)

    assert list(read_pairs(path)) == [PAIR, PAIR]


ROW = pair_row(PAIR)
BAD = {
    "cut": b'{"id": "p',
    "not an object": b"[]",
    "not UTF-8": b'"\xff"',
    "no kind": json.dumps({**ROW, "kind": "essay"}).encode(),
    "no text": json.dumps({**ROW, "date": 5}).encode(),
    "one message": json.dumps({**ROW, "messages": []}).encode(),
    "asks last": json.dumps(
        {**pair_row(PAIR), "messages": pair_row(PAIR)["messages"][::-1]}
    ).encode(),
}


@pytest.mark.parametrize("line", BAD.values(), ids=BAD)
def test_a_bad_line_is_named_by_its_number(tmp_path, line):
    path = tmp_path / "train.jsonl"
    path.write_bytes(json.dumps(pair_row(PAIR)).encode() + b"\n" + line + b"\n")

    with pytest.raises(IndexMismatch, match=r"train.jsonl line 2 is not a pair"):
        list(read_pairs(path))


def test_a_missing_file_says_what_to_run(tmp_path):
    with pytest.raises(IndexMismatch, match="is missing; run `masthead ingest --only pairs`"):
        list(read_pairs(tmp_path / "train.jsonl"))
