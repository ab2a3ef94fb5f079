"""A preview marks what is learnt, token by token."""

from assistant.records import Message, Pair, PairKind
from ingest.pairs.preview import LEARNT, READ, split_tokens
from tests.train.conftest import make_byte_tokenizer


def test_joined_tokens_are_the_row_and_only_the_answer_and_its_end_are_learnt():
    turns = (
        Message("system", "S"),
        Message("user", "Wh\u00e4t?"),
        Message("assistant", "S\u00f6."),
    )
    pair = Pair("p", PairKind.ANSWER, "qa", "", (), turns, "t", "r", "w", "")

    tokens = split_tokens(pair, make_byte_tokenizer())

    read = "".join(text for text, role in tokens if role == READ)
    learnt = "".join(text for text, role in tokens if role == LEARNT)
    assert learnt == "S\u00f6.<|im_end|>"
    assert read.endswith("<|im_start|>user\nWh\u00e4t?<|im_end|>\n<|im_start|>assistant\n")
    # A byte is a token here, and the end of the turn is one: 4 bytes for the three letters.
    assert len([role for _, role in tokens if role == LEARNT]) == 5
