from assistant.evidence import flatten, read_evidence

PASSAGE = """Use `r=16` here. It **costs** 4.9 million.

| rank | parameters |
|---|---|
| 8 | 2.4 million |
"""


def test_prose_comes_first_and_each_line_of_a_table_counts_as_a_sentence():
    evidence = read_evidence("Ranks > Costs", PASSAGE)

    assert evidence.sentences == (
        "Use `r=16` here.",
        "It costs 4.9 million.",
        "| rank | parameters |",
        "| 8 | 2.4 million |",
    )
    assert evidence.windows == [(0,), (1,), (2,), (3,), (0, 1), (1, 2), (2, 3)]
    assert {"4.9", "2.4", "8"} <= evidence.numbers
    assert evidence.label_stems == {"rank", "cost"}


def test_flat_words_lose_case_and_marks_and_keep_decimal_points():
    assert (
        flatten("It **costs** 4.9 million, and Q4_1 none.") == "it costs 4.9 million and q4 1 none"
    )
