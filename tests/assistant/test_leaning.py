import pytest

from assistant.leaning import Lean, find_lean


@pytest.mark.parametrize(
    "question",
    [
        "And its cost?",
        "What about it?",
        "Who wrote that?",
        "What does it cost?",
        "How do I set that in PEFT?",
        "Should I do the same?",
        "when is the other one better?",
        "what if the last one wins?",
        "Could you compare both?",
        "Is it good?",
        "Why are they slower?",
    ],
)
def test_a_pronoun_with_nothing_to_stand_for_points_back(question):
    assert find_lean(question) is Lean.POINTS


@pytest.mark.parametrize(
    "question",
    [
        "is it ok for a table to be cut across two chunks?",
        "Is it worth training an adapter on a laptop?",
        "What does it mean when the loss prints nan?",
        "does it make sense to quantise a small model?",
        "How do I merge an adapter and quantise it?",
        "My model never stops, it rambles until the limit. What did I break?",
        "How does a flat index keep its ids?",
        "Do you have any proof that BM25 beats an encoder?",
        "Which rank do you recommend these days?",
        "Several keys lead to the same passage. Do I add up their scores?",
    ],
)
def test_a_pronoun_that_its_own_sentence_explains_does_not(question):
    assert find_lean(question) is Lean.NOT


@pytest.mark.parametrize(
    "question",
    [
        "Why?",
        "and Q8_0?",
        "And the index?",
        "for how long?",
        "and which learning rate?",
        "what happens otherwise?",
        "then what does?",
        "I have 300",
        "is there a bug report?",
        "why is the manifest written last?",
        "alpha?",
    ],
)
def test_a_phrase_without_its_verb_or_subject_leaves_something_out(question):
    assert find_lean(question) is Lean.FRAGMENT


@pytest.mark.parametrize(
    "question",
    [
        "How many parameters does a rank of 16 train?",
        "What is the difference between merging an adapter and carrying it around?",
        "When is a flat FAISS index not enough any more?",
        "What is the leak test?",
        "Where should a chunk end?",
        "Also, how do I divide articles between training and test?",
        "No labelled questions yet. What is the safest way to combine both lists of hits?",
        "use_rslora",
        "What suits a small model?",
        "I've only got sixty rows. Worth training an adapter?",
    ],
)
def test_a_whole_question_stands_alone(question):
    assert find_lean(question) is Lean.NOT


@pytest.mark.parametrize(
    ("turn", "lean"),
    [
        ("can you give an example?", Lean.MORE),
        ("Tell me more", Lean.MORE),
        ("Can you explain that more simply?", Lean.MORE),
        ("No, it's 12, you are wrong.", Lean.OBJECTS),
        ("I read that it was 26.", Lean.OBJECTS),
        ("Are you sure?", Lean.OBJECTS),
        ("That is not what I heard.", Lean.OBJECTS),
        ("thanks, that helped", Lean.POLITE),
        ("Great!", Lean.POLITE),
    ],
)
def test_what_asks_for_more_or_objects_or_is_polite_is_told_apart(turn, lean):
    assert find_lean(turn) is lean
