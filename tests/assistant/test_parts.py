import pytest

from assistant.decide import FEATURES, DecisionModel
from assistant.parts import split_parts
from tests.archive import ARCHIVE
from tests.fakes import CAUTIONS, FakeEncoder, make_assistant, make_generation

# Answers what has two thirds of its words, by weight, in the passages read.
DECISION = DecisionModel(
    tuple(20.0 * (name == "coverage_top") for name in FEATURES),
    -13.0,
    (0.0,) * len(FEATURES),
    (1.0,) * len(FEATURES),
    dict.fromkeys(CAUTIONS, 0.5),
)


@pytest.fixture(scope="module")
def assistant(tmp_path_factory):
    folder = tmp_path_factory.mktemp("index")
    made = make_assistant(folder, articles=ARCHIVE)
    generation = make_generation(folder, ARCHIVE, encoder=FakeEncoder(), decision=DECISION)
    made.generation.__dict__.update(generation.__dict__)
    return made


HALVES = [
    ("How do I drain the cooling circuit and insure the cabin?", "winter", "insure the cabin"),
    ("How do I run a cold diesel engine and repaint the hull?", "first-hour", "repaint the hull"),
    (
        "What does a licence for 17 metres cost, and who employs keepers?",
        "fees-2025",
        "who employs keepers",
    ),
    (
        "How often do I change the engine oil, and which pub serves breakfast?",
        "oil-now",
        "which pub serves breakfast",
    ),
    (
        "When do I open the gates, and what does a windlass weigh?",
        "lock-works",
        "what does a windlass weigh",
    ),
    (
        "What suits a mooring line, and how do I whip the splice?",
        "ropes",
        "how do I whip the splice",
    ),
    (
        "How far may a lithium battery fall? And who recycles cells?",
        "batteries",
        "who recycles cells",
    ),
    (
        "What does a panel of 100 watts give, and which inverter hums?",
        "solar",
        "which inverter hums",
    ),
    ("How do I drive two pins in and train a puppy?", "soft-bank", "train a puppy"),
    ("When should I moor before dusk, and where is the cinema?", "one-mile", "where is the cinema"),
    ("What is the cill, and who dredges the reservoir?", "locks", "who dredges the reservoir"),
    ("How do I fill the bottom chamber and photograph herons?", "staircases", "photograph herons"),
    ("Can I leave a tap open and grow tomatoes?", "winter", "grow tomatoes"),
    (
        "What is the discount for one payment, and is the museum free?",
        "fees-2025",
        "is the museum free",
    ),
    ("How long does a rope last on deck, and does varnish peel?", "ropes", "does varnish peel"),
    ("How do I check the belt and book a ferry?", "first-hour", "book a ferry"),
    ("Which grade of mineral oil do you use, and what is a tram?", "oil-now", "what is a tram"),
    ("What does shade from one tree cost? Also, who prunes hedges?", "solar", "who prunes hedges"),
    ("How do I lay a plank, and which ducks bite?", "soft-bank", "which ducks bite"),
    (
        "How many minutes does a broad lock take to fill, and are kayaks allowed?",
        "lock-works",
        "are kayaks allowed",
    ),
]


@pytest.mark.parametrize(("question", "article", "missing"), HALVES)
def test_an_answer_to_half_a_question_names_the_other_half(assistant, question, article, missing):
    answer = assistant.answer(question)

    assert answer.citations[0].article.id == article
    assert answer.sentences[-1].frame
    assert answer.sentences[-1].text == (
        f"That is one part of your question; on \u201c{missing}\u201d we have published nothing."
    )


WHOLE = [
    "How do I drain the cooling circuit and leave a tap open?",
    "When do I drain the circuit, and should I fill the diesel tank?",
    "How do I check the belt and the oil?",
    "How do I run a cold diesel engine and check the belt?",
    "What grade is the mineral oil, and how often do I change it?",
    "How often do I change the oil and which grade do you use?",
    "What does nylon suit and what does polyester suit?",
    "How do nylon and polyester stretch?",
    "How far may a lead battery and a lithium battery fall?",
    "What does a panel give in June, and what does shade cost?",
    "How do I drive in two pins and lay a plank?",
    "Can I open the gates and let water in?",
    "When do I open the gates, and how long does a broad lock take?",
    "How do I fill the bottom chamber and leave the top?",
    "What does a licence cost and what is the discount?",
    "What is the difference between a licence and an umbrella?",
    "What is the cill, and where is the upper gate?",
    "Should I moor an hour before dusk, and why does a tired crew fall in?",
    "I have a boat of 17 metres and a parrot. What does a licence cost?",
    "Open the gates and feed the parrot.",
]


@pytest.mark.parametrize("question", WHOLE)
def test_a_question_that_one_article_covers_is_answered_whole(assistant, question):
    answer = assistant.answer(question)

    assert answer.standalone_question == question
    assert "one part of your question" not in answer.text


def test_where_neither_half_is_there_it_is_a_plain_refusal(assistant):
    answer = assistant.answer("How do I book a ferry and train a puppy?")

    assert answer.refused
    assert answer.sentences[0].text == "We have not written about that."


@pytest.mark.parametrize(
    ("question", "parts"),
    [
        ("How do I moor and sell it?", ("How do I moor?", "How do I sell it?")),
        ("What is a cill, and how does it work?", ("What is a cill?", "how does it work?")),
        ("What is a cill? And who built it?", ("What is a cill?", "who built it?")),
    ],
)
def test_a_question_comes_apart_where_it_is_joined(question, parts):
    first, second = split_parts(question)

    assert (first.question, second.question) == parts


@pytest.mark.parametrize(
    "question",
    ["What is a lock?", "Thumbs up and thumbs down?", "How do I turn left locks and left gates?"],
)
def test_one_thing_does_not_come_apart(question):
    assert split_parts(question) is None
