import dataclasses

import pytest

from assistant.errors import AssistantError
from assistant.records import Message, Pair, PairKind
from train.examples import (
    IGNORED,
    Example,
    check_examples,
    choose_validation,
    encode_pairs,
    mark_novel,
)


def pair(answer="We cut it.", question="Is it cut?", **changes):
    messages = (Message("user", question), Message("assistant", answer))
    plain = Pair("p", PairKind.ANSWER, "qa", "a", (), messages, "template", "r", "w", "2026-11-01")
    return dataclasses.replace(plain, **changes)


def encode(tokenizer, *pairs):
    return encode_pairs(pairs, tokenizer, max_tokens=500)[0]


def test_only_the_answer_and_its_end_of_turn_are_learnt(tokenizer):
    (example,) = encode(tokenizer, pair())

    learnt = [label for label in example.labels if label != IGNORED]

    assert tokenizer.inner.decode(learnt) == "We cut it.<|im_end|>"
    assert learnt[-1] == tokenizer.end_of_turn
    assert len(example.labels) == len(example.ids)


def test_the_ends_of_other_turns_are_not_learnt_though_they_share_the_pad_id(tokenizer):
    (example,) = encode(tokenizer, pair())

    assert tokenizer.inner.pad_token_id == tokenizer.end_of_turn
    assert example.ids.count(tokenizer.end_of_turn) == 2
    assert example.labels.count(tokenizer.end_of_turn) == 1


def test_a_row_over_the_limit_is_left_out_and_counted_never_cut(tokenizer):
    examples, n_too_long = encode_pairs([pair(), pair("long " * 50)], tokenizer, max_tokens=120)

    assert [e.pair.messages[-1].content for e in examples] == ["We cut it."]
    assert n_too_long == 1


def test_target_tokens_that_stand_nowhere_in_the_prompt_are_novel_and_the_end_is_not():
    example = Example(pair=None, ids=(5, 6, 7, 2, 6, 9, 9, 5, 2), start=4)

    assert mark_novel(example).novel == (False, True, True, False, False)


def test_too_few_rows_are_refused_with_the_count(tokenizer):
    with pytest.raises(AssistantError, match="has 1 rows to train on and 8 are the least"):
        check_examples(encode(tokenizer, pair()), tokenizer)


def test_a_row_whose_learnt_ids_are_not_its_answer_is_refused(tokenizer):
    good = encode(tokenizer, pair())[0]
    wrong = Example(pair("Something else."), good.ids, good.start)

    with pytest.raises(AssistantError, match=r"would teach 'We cut it.' instead of 'Something"):
        check_examples([good] * 8 + [wrong], tokenizer)


def test_a_row_that_never_ends_its_turn_is_refused(tokenizer):
    good = encode(tokenizer, pair())[0]
    endless = Example(good.pair, good.ids[:-1], good.start)

    with pytest.raises(AssistantError, match="teaches no end of the turn"):
        check_examples([endless] * 8, tokenizer)


def example_of(name, kind, article, n_tokens):
    return Example(pair(id=name, kind=kind, article=article), (0,) * n_tokens, 1)


def test_validation_is_spread_over_kinds_by_tokens_and_over_articles():
    rows = [
        example_of("a1", PairKind.ANSWER, "x", 30),
        example_of("a2", PairKind.ANSWER, "x", 30),
        example_of("v1", PairKind.VOICE, "x", 10),
        example_of("v2", PairKind.VOICE, "x", 10),
        example_of("v3", PairKind.VOICE, "y", 10),
    ]

    chosen = choose_validation(rows[::-1], max_tokens=75)

    assert [e.pair.id for e in chosen] == ["a1", "v1", "v3", "v2"]
    assert choose_validation(rows, max_tokens=75) == chosen
