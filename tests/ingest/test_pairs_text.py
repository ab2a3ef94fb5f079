"""The rules over plain text: questions, targets, joining and shortening, notes."""

import pytest

from assistant.evidence import read_evidence
from assistant.records import Passage
from assistant.verify import check_support
from ingest.pairs.forms import lower_first, to_reader
from ingest.pairs.joining import (
    drop_clause,
    drop_parenthesis,
    join_sentences,
    rewrite_sentences,
)
from ingest.pairs.notes import longest_shared_run, write_notes
from ingest.pairs.phrasing import phrase_questions
from ingest.pairs.speech import House
from ingest.pairs.targets import answer_around, cite, leans, trim_run
from ingest.pairs.topics import Topics

PARAGRAPH = (
    "The loss went down. The answers got worse. The reason is dull: gradient checkpointing runs the"
    " forward pass a second time, so a step of 4 rows takes 5.4 seconds on two AVX2 cores in fp32."
    " It did not help. LIMA, SQuAD, FEVER, BEIR, MTEB and MARCO were all we had."
)


def questions_of(text: str, heading: str = "") -> dict[str, str]:
    passage = Passage("p", "a", text, (heading,) if heading else ())
    known = Topics([text, "We keep a flat index here. A flat index is old."])
    made = phrase_questions(passage, House(known, seed=7), title="Old words")
    return {one.by.split("+")[0]: one.question.lower() for one in made}


def test_notes_hold_no_run_of_seven_words_of_the_paragraph():
    notes = write_notes(PARAGRAPH)

    assert longest_shared_run(PARAGRAPH, "\n".join(notes)) <= 6


def test_notes_keep_numbers_and_names_and_leave_style_out():
    notes = " ".join(write_notes(PARAGRAPH))

    assert all(fact in notes for fact in ("5.4", "4 rows", "AVX2", "fp32", "LIMA", "MARCO"))
    assert not {"dull", "reason", "the", "was"} & set(notes.lower().split())


def test_a_sentence_that_is_all_style_gives_no_note():
    assert write_notes("It did not. So we stopped there, too.") == []


@pytest.mark.parametrize(
    ("first", "second", "longest"),
    [("a b c d", "x a b c y", 3), ("a b", "c d", 0), ("", "a", 0), ("a a b", "a b a a b", 3)],
)
def test_the_longest_shared_run_counts_words_in_a_row(first, second, longest):
    assert longest_shared_run(first, second) == longest


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("A row (of 300 tokens) takes a second.", "A row takes a second."),
        ("Call `run(x)` once.", "Call `run(x)` once."),
        ("It costs half (see the table).", "It costs half."),
    ],
)
def test_a_parenthesis_is_taken_out(before, after):
    assert drop_parenthesis(before) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("The old file, which nobody reads, stays here.", "The old file stays here."),
        ("Keep the file, which costs nothing.", "Keep the file."),
        ("We did not stop, because it was slow.", "We did not stop, because it was slow."),
        ("Stop if it fails.", "Stop if it fails."),
    ],
)
def test_a_clause_that_only_adds_is_taken_out(before, after):
    assert drop_clause(before) == after


@pytest.mark.parametrize(
    ("first", "second", "joined"),
    [
        ("Two go to the ends.", "That leaves 254.", "Two go to the ends, and that leaves 254."),
        ("Two go to the ends.", "But it is slow.", ""),
        ("Is it slow?", "It is.", ""),
        ("Two go to the ends.", "FAISS keeps them.", ""),
        ("The cost is plain: disk.", "It is cheap.", ""),
    ],
)
def test_short_sentences_are_joined_where_the_second_allows_it(first, second, joined):
    assert join_sentences(first, second) == joined


def test_what_is_rewritten_is_supported_and_not_a_copy():
    sentences = ["Two of the 256 go to the markers (one at each end).", "That leaves 254."]
    evidence = read_evidence("Cut on the headings", " ".join(sentences))

    (written,) = rewrite_sentences(sentences, evidence)

    assert written == "Two of the 256 go to the markers, and that leaves 254."
    support = check_support(written, evidence)
    assert (support.ok, support.verbatim) == (True, False)


def test_where_no_rule_applies_nothing_is_rewritten():
    text = "Keep the raw cosine next to the fused score."

    assert rewrite_sentences([text], read_evidence("", text)) == []


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("It did not help.", True),
        ("Do not lose them there.", True),
        ("The second is worse.", True),
        ("We do it like this:", True),
        ("A table stays whole, because it is a riddle otherwise.", False),
    ],
)
def test_a_sentence_leans_when_it_points_back_early(sentence, expected):
    assert leans(sentence) is expected


def test_a_run_loses_its_connective_and_ends_before_a_question():
    run = ["But we kept the old adapter on the shelf.", "It was cheap.", "Why?", "Nobody knows it."]

    assert trim_run(run) == ["We kept the old adapter on the shelf.", "It was cheap."]


def test_an_answer_stays_in_its_paragraph_and_takes_what_it_leans_on():
    text = "A cosine is a number between two vectors.\nIt is cheap to compute.\n\nAnother thing."

    answer = answer_around(text, "It is cheap to compute.", most=1)

    assert answer == ["A cosine is a number between two vectors.", "It is cheap to compute."]


def test_a_sentence_that_cannot_stand_alone_gives_no_answer():
    assert answer_around("It is cheap to compute.", "It is cheap to compute.", most=3) == []


def test_each_sentence_carries_the_number_of_its_passage():
    assert cite(["One.", "Two."], 3) == "One. [3] Two. [3]"


@pytest.mark.parametrize(
    ("text", "rule", "words"),
    [
        ("If you stop a long schedule early, you keep a high rate.", "condition", "if i stop a"),
        ("To store a weight, you divide it by the largest.", "goal", "store a weight"),
        ("A flat index is a list of vectors.", "definition", "what is a flat index"),
        (
            "A flat index stores whole vectors, compares each with the question and keeps ten.",
            "does",
            "what does a flat index store",
        ),
        ("Print some chunks at random and read them aloud.", "advice", "print some chunks"),
        ("Put the tags back before you sign the page.", "advice", "before i sign the page"),
        (
            "We print three rows before every training run.",
            "habit",
            "what do you do before every training run",
        ),
        (
            "The short version: keep the flat index in the drawer.",
            "summary",
            "\u201cold words\u201d",
        ),
        (
            "The Green Paper Index (GPI) holds every title of the house.",
            "expansion",
            "what does gpi stand for",
        ),
        ("We kept the flat index because it is right.", "reason", "why you kept the flat index"),
        ("You can keep a flat index in a drawer, and read it.", "may", "can i keep a flat index"),
    ],
)
def test_a_sentence_gets_the_question_that_its_grammar_asks_for(text, rule, words):
    assert words in questions_of(text)[f"template:{rule}"]


@pytest.mark.parametrize(
    "text",
    [
        "Move the press two inches and all the holes are wrong.",  # a threat, no advice
        "Store a hash of template, probe ids and revision.",  # half a list
        "Print it in black and white on both sides.",  # "black" alone is not meant
        "If you wait, the others take what there is.",  # tells nobody what to do
        "The table below gives an overview of the offices.",  # points to its place
        "Being a flat index takes patience and room on disk.",
        "If you are interested in a flat index, write to the desk in the morning.",  # an invitation
        "When the old press came to town, the paper had no index at all.",  # a story
        "If your pages are large, and dull, the index grows in the drawer.",  # the comma of a list
        "Run five points before lunch and read them.",  # the number is the answer's
        "Start from the old settings, and move them by hand.",  # start what?
        "Smaller drawers means more presses can print on one day.",  # a consequence
        "A person in Lille needs the keys of the press and of the bindery.",
    ],
)
def test_a_rule_that_is_not_sure_asks_nothing(text):
    assert questions_of(text) == {}


def test_a_heading_in_another_language_is_asked_in_it():
    passage = Passage("p", "a", "Wir drucken.", ("Der alte Satz",))
    (asking,) = phrase_questions(passage, House(Topics([]), seed=7), "de")

    assert "\u201eDer alte Satz\u201c" in asking.question


@pytest.mark.parametrize(
    ("heading", "question"),
    [
        ("What does the gate answer?", "what does the gate answer"),
        ("Why the old article wins", "why the old article wins"),
        ("Check the mask", "check the mask"),
        ("Storing the cache", "storing the cache"),
    ],
)
def test_a_heading_gets_a_question(heading, question):
    assert question in questions_of("Nothing here.", heading)["template:heading"]


@pytest.mark.parametrize(
    "heading", ["Do they spoil it?", "The cache belongs to the adapter", "On Monday"]
)
def test_a_heading_that_means_nothing_alone_is_not_asked(heading):
    assert "template:heading" not in questions_of("Nothing here.", heading)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("If your loss falls, you stop", "if my loss falls, I stop"),
        ("Paragraphs you are proud of", "paragraphs I am proud of"),
        ("What it asks of you", "what it asks of me"),
    ],
)
def test_you_becomes_the_reader(text, expected):
    assert to_reader(text) == expected


@pytest.mark.parametrize("text", ["LoRA learns", "I know", "Q8_0 is"])
def test_names_keep_their_capital(text):
    assert lower_first(text) == text


def test_a_term_is_what_several_passages_say():
    topics = Topics(["A flat index is a list.", "We keep a flat index here.", "One odd pair."])

    assert topics.find("Use a flat index and one odd pair with FAISS.") == ["a flat index", "FAISS"]


@pytest.mark.parametrize(
    "sentence",
    [
        "Read about the index here.",
        "Learn more about the press in our guide.",
        "If you have a press, please open an issue.",
        "A chart showing how the press grew over the years.",
    ],
)
def test_what_leads_out_of_the_text_is_no_answer(sentence):
    assert trim_run([sentence]) == []


@pytest.mark.parametrize(
    ("heading", "is_asked"),
    [
        ("Labs provide a rapid palate cleanser", False),
        ("We share our screens", False),
        ("Explicitly welcome newcomers", False),
        ("Build in the dark. And then rebuild", False),
        ("Saving money isn't always praised", False),
        ("What's a design studio?", True),
    ],
)
def test_a_heading_that_is_a_clause_is_no_subject(heading, is_asked):
    assert ("template:heading" in questions_of("Nothing here.", heading)) is is_asked
