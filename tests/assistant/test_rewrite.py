import pytest

from assistant.records import Message
from assistant.rewrite import rewrite_question


def talk(*turns):
    roles = ("user", "assistant")
    return [Message(roles[place % 2], text) for place, text in enumerate(turns)]


HISTORY = talk(
    "Why does the chat template matter?", "It is the contract.", "And its cost?", "None."
)


@pytest.mark.parametrize("question", ["And its cost?", "Why?", "What about it?", "Who wrote that?"])
def test_a_question_that_points_back_takes_the_last_subject(question):
    assert rewrite_question(question, HISTORY) == f"{question} (Why does the chat template matter)"


@pytest.mark.parametrize("question", ["Tell me more", "No, it is 12.", "Are you sure?", "Really?"])
def test_what_asks_for_more_or_objects_is_searched_as_what_was_asked_before(question):
    assert rewrite_question(question, HISTORY) == "Why does the chat template matter?"


@pytest.mark.parametrize(
    "question",
    [
        "How many parameters does a rank of 16 train?",
        "When is a flat FAISS index not enough any more?",
        "thank you, that helped",
    ],
)
def test_what_stands_alone_or_asks_nothing_is_left_alone(question):
    assert rewrite_question(question, HISTORY) == question


@pytest.mark.parametrize(
    ("before", "question", "rewritten"),
    [
        ("How fast is Q4_0 on two cores?", "and Q8_0?", "How fast is Q8_0 on two cores?"),
        ("What does DoRA cost in llama.cpp?", "and in vLLM?", "What does DoRA cost in vLLM?"),
        (
            "How much do 100,000 rows of 384 take?",
            "and with 768?",
            "How much do 100,000 rows of 768 take?",
        ),
        ("How long do 2,000 chunks take?", "and 5,000?", "How long do 5,000 chunks take?"),
        (
            "How often do I rebuild the index?",
            "And the adapter?",
            "How often do I rebuild the adapter?",
        ),
        (
            "What have you by the Lock Desk?",
            "and by the Engine Desk?",
            "What have you by the Engine Desk?",
        ),
    ],
)
def test_one_thing_is_put_for_another_of_its_kind(before, question, rewritten):
    assert rewrite_question(question, talk(before, "So much.")) == rewritten


def test_a_swapped_question_is_what_the_next_turn_leans_on():
    history = talk("How large is it in Q4_0?", "75 MB.", "and in Q8_0?", "142 MB.")

    assert rewrite_question("and F16?", history) == "How large is it in F16?"
    assert rewrite_question("why?", history) == "why? (How large is it in Q8_0)"


@pytest.mark.parametrize(
    ("asked", "reply", "named"),
    [
        ("Which paper should I read?", "RAFT (arXiv 2403.10131) is the one. [1]", "RAFT"),
        ("Is there a shared cache?", "Activated LoRA has one. [1]", "Activated LoRA"),
        (
            "Who wrote about minutes?",
            "Our Guest Desk did, in \u201cNotes\u201d.",
            "Guest Desk, Notes",
        ),
    ],
)
def test_a_pronoun_after_a_question_for_a_name_stands_for_the_name_given(asked, reply, named):
    assert (
        rewrite_question("What did it find?", talk(asked, reply)) == f"What did it find? ({named})"
    )


def test_a_choice_is_made_among_what_the_reply_lists():
    history = talk(
        "What is it compared with?", "With the old adapter and with the base. [1] It is so."
    )

    assert rewrite_question("what if the last one wins?", history) == (
        "what if the last one wins?"
        " (What is it compared with; With the old adapter and with the base)"
    )


def test_thanks_in_between_change_no_subject():
    history = talk("What is rsLoRA?", "A variant.", "thanks", "You are welcome.")

    assert rewrite_question("when is it useful?", history) == "when is it useful? (What is rsLoRA)"


def test_without_history_there_is_nothing_to_add():
    assert rewrite_question("And its cost?", []) == "And its cost?"


def test_a_conversation_that_never_stood_alone_leans_on_its_first_question():
    assert (
        rewrite_question("Why?", talk("Why this?", "So.", "And that?", "So.")) == "Why? (Why this)"
    )
