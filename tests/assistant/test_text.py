import pytest

from assistant.text import (
    code_identifiers,
    content_stems,
    is_negated,
    names,
    negated_stems,
    numbers,
    plain_text,
    prose_sentences,
    split_sentences,
    split_units,
    words,
)


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("One. Two! Three? Four", ["One.", "Two!", "Three?", "Four"]),
        ("It costs 1.5 GB. That is all.", ["It costs 1.5 GB.", "That is all."]),
        ("Use a drawer, e.g. The small one. Stop.", ["Use a drawer, e.g. The small one.", "Stop."]),
        ("See J. Smith first. Then go.", ["See J. Smith first.", "Then go."]),
        ('He said "stop." Then he left.', ['He said "stop."', "Then he left."]),
        ("It holds [1]. It does not [2].", ["It holds [1].", "It does not [2]."]),
        ("It holds. [1] It does not.", ["It holds. [1]", "It does not."]),
        ("file.py is read. config.json too.", ["file.py is read. config.json too."]),
        ("", []),
        ("  \n ", []),
    ],
)
def test_sentences_end_where_a_reader_sees_an_end(text, sentences):
    assert split_sentences(text) == sentences


MARKDOWN = """## A heading

First *sentence* here. A [second](https://a.example/b) one.
- [ ] an item here
- another item
> a quoted line

| a | b |
|---|---|
| 1 | 2 |

~~~python
# not a heading
```
~~~
Last words stand here."""


def test_a_passage_is_read_as_sentences_code_and_tables_in_order():
    units = split_units(MARKDOWN)

    assert [(u.text, u.is_prose, u.opens) for u in units] == [
        ("First sentence here.", True, True),
        ("A second one.", True, False),
        ("an item here", True, True),
        ("another item a quoted line", True, True),
        ("| a | b |\n|---|---|\n| 1 | 2 |", False, True),
        ("~~~python\n# not a heading\n```\n~~~", False, True),
        ("Last words stand here.", True, True),
    ]


def test_prose_leaves_out_code_tables_and_single_words():
    assert prose_sentences("Stop.\n\n```\nx = 1\n```\n\nGo on now.") == ["Go on now."]


def test_plain_text_is_what_a_reader_sees():
    shown = plain_text("**Bold**, _soft_ and snake_case with [words](u) ![x](y)[^1]\nand more")

    assert shown == "Bold, soft and snake_case with words x and more"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("1,024 tokens, 3.50 s, 1e-4 and -2", ["1024", "3.5", "1e-4", "-2"]),
        ("see [3] and v2", []),
        ("64.0", ["64"]),
        ("no figure", []),
    ],
)
def test_numbers_are_compared_by_value(text, found):
    assert numbers(text) == found


def test_names_are_capitalised_words_that_no_sentence_start_explains():
    text = "Merging is easy with PEFT. Then Qwen answers. LoRA helps. The end."

    assert names(text) == ["PEFT", "Qwen", "LoRA"]


def test_identifiers_stand_in_backticks_or_look_like_code():
    assert code_identifiers("Set `r=16`, q_proj and stop() now") == ["r=16", "q_proj", "stop()"]


@pytest.mark.parametrize("text", ["It doesn't merge.", "It doesn\u2019t.", "Never merge.", "No."])
def test_a_denial_is_heard(text):
    assert is_negated(text)


@pytest.mark.parametrize("text", ["Merge it.", "A knot.", "Note this."])
def test_a_claim_is_not_a_denial(text):
    assert not is_negated(text)


def test_words_keep_hyphens_and_apostrophes_inside():
    assert words("The Desk\u2019s low-rank, v1.2!") == ["the", "desk's", "low-rank", "v1.2"]


def test_stems_leave_out_what_every_question_has():
    assert content_stems("How do I train the adapters' low-rank part?") == [
        "train", "adapt", "low-rank", "low", "rank", "part",
    ]  # fmt: skip


def test_what_is_denied_is_the_first_content_word_after_each_negation():
    assert negated_stems("The press is not warm and never prints; it isn't the plate.") == [
        "warm",
        "print",
        "plate",
    ]
