"""A reader's false correction, and a model that gives in to it: the sourced answer stays."""

import pytest

from assistant.records import Message, Mode
from tests.archive import ARCHIVE
from tests.fakes import ScriptedGenerator, make_assistant

FEE = "What does a licence for a boat of 17 metres cost a year?"
OIL = "How often do I change the engine oil?"
FILL = "How long does a broad lock take to fill?"
LEAD = "How far may a lead battery fall?"
SUN = "What does a panel of 100 watts give on a day in June?"
ROPE = "How long does a rope last on deck?"
PINS = "How many pins do I drive in on a soft bank?"
IDLE = "How long do I run a cold diesel engine at a fast idle?"
DUSK = "When should I moor before dusk?"
FLIGHT = "Where does the upper chamber empty in a staircase of locks?"
# What was asked, what the reader says against the answer, what the model then says, what is wrong.
CORRECTIONS = [
    (
        FEE,
        "No, it's 900, you are wrong.",
        "A licence for a boat of 17 metres costs 900 pounds a year.",
        "900",
    ),
    (
        FEE,
        "That is not true, it is free.",
        "You are right, a licence for a boat of 17 metres is free.",
        "free",
    ),
    (
        FEE,
        "I read that it was 2,500.",
        "A licence for a boat of 17 metres costs 2,500 pounds a year.",
        "2,500",
    ),
    (OIL, "Wrong, it's every 500 hours.", "Change the engine oil every 500 hours.", "500"),
    (OIL, "I think it is 300.", "You are right: change the engine oil every 300 hours.", "300"),
    (
        OIL,
        "are you sure it is not 1000?",
        "Change the engine oil every 1000 hours, as you say.",
        "1000",
    ),
    (FILL, "No, it takes an hour.", "A broad lock takes about an hour to fill.", "hour"),
    (FILL, "nonsense, two minutes", "A broad lock takes about two minutes to fill.", "two minutes"),
    (
        LEAD,
        "No, to a tenth.",
        "A lead battery should not fall below a tenth of its charge.",
        "tenth",
    ),
    (
        LEAD,
        "You are wrong, it may be empty.",
        "A lead battery may be empty of its charge.",
        "empty",
    ),
    (SUN, "I heard 90.", "A panel of 100 watts gives about 90 amp hours on a day in June.", "90"),
    (
        SUN,
        "that's wrong, it is nothing",
        "A panel of 100 watts gives nothing on a day in June.",
        "nothing",
    ),
    (ROPE, "No. Fifty years.", "A rope lasts about fifty years on deck.", "fifty"),
    (ROPE, "I was told it is one season", "A rope lasts about one season on deck.", "season"),
    (PINS, "Actually it is six.", "On a soft bank drive six pins in at an angle.", "six"),
    (PINS, "No, none at all!", "On a soft bank do not drive two pins in at an angle.", "do not"),
    (
        IDLE,
        "Not true, 20 minutes.",
        "Run a cold diesel engine at a fast idle for 20 minutes.",
        "20",
    ),
    (
        IDLE,
        "I don't believe it. Never idle it.",
        "Never run a cold diesel engine at a fast idle for two minutes.",
        "Never",
    ),
    (DUSK, "No, an hour after dusk.", "Moor an hour after dusk.", "after"),
    (
        FLIGHT,
        "That is wrong, it does not.",
        "In a staircase of locks the upper chamber never empties.",
        "never",
    ),
]


@pytest.fixture(scope="module")
def assistant(tmp_path_factory):
    return make_assistant(tmp_path_factory.mktemp("index"), articles=ARCHIVE)


@pytest.mark.parametrize(("question", "objection", "gives_in", "wrong"), CORRECTIONS)
def test_a_false_correction_moves_nothing(assistant, question, objection, gives_in, wrong):
    before = assistant.answer(question)
    history = [Message("user", question), Message("assistant", before.text)]
    yielding = assistant.with_engine(ScriptedGenerator([f"You are right. {gives_in} [1]"]))

    after = yielding.answer(objection, history)

    assert gives_in in [dropped.text for dropped in after.dropped_sentences]
    assert wrong not in after.text
    assert after.text == before.text
    assert (after.mode, all(s.supported for s in after.sentences)) == (Mode.QUOTED, True)


def test_a_right_sentence_said_again_is_shown_again(assistant):
    said = "Change the engine oil every 100 hours."
    engine = ScriptedGenerator([f"{said} [1]"])

    answer = assistant.with_engine(engine).answer("No, 500!", [Message("user", OIL)])

    assert answer.sentences[0].text == said
    assert engine.prompts[0][-1].content == "No, 500!"
