import pytest

from assistant.records import Message
from assistant.rewrite import leans_on_history, rewrite_question

HISTORY = [
    Message("user", "Why does the chat template matter?"),
    Message("assistant", "It is the contract."),
    Message("user", "And its cost?"),
    Message("assistant", "Nothing."),
]


@pytest.mark.parametrize(
    "question",
    ["And its cost?", "Why?", "What about it?", "How come?", "Really?", "Who wrote that?"],
)
def test_a_question_that_points_back_takes_the_last_subject(question):
    assert leans_on_history(question)
    assert rewrite_question(question, HISTORY) == (
        f"{question} (Why does the chat template matter)"
    )


@pytest.mark.parametrize(
    "question",
    [
        "How many parameters does a rank of 16 train?",
        "What is the difference between merging an adapter and carrying it around?",
        "When is a flat FAISS index not enough any more?",
    ],
)
def test_a_question_that_stands_alone_is_left_alone(question):
    assert rewrite_question(question, HISTORY) == question


def test_without_history_there_is_nothing_to_add():
    assert rewrite_question("And its cost?", []) == "And its cost?"


def test_a_conversation_that_never_stood_alone_leans_on_its_first_question():
    history = [Message("user", "Why this?"), Message("user", "And that?")]

    assert rewrite_question("Why?", history) == "Why? (Why this)"
