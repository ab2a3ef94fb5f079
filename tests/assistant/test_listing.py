from datetime import date

import pytest

from assistant.listing import find_listing
from tests.archive import ARCHIVE
from tests.fakes import make_generation

TODAY = date(2025, 11, 22)


@pytest.fixture(scope="module")
def generation(tmp_path_factory):
    return make_generation(tmp_path_factory.mktemp("index"), ARCHIVE)


ENGINE = ["oil-now", "solar", "batteries", "winter", "first-hour", "oil"]
MOORINGS = ["one-mile", "soft-bank", "ropes"]
LOCKS = ["staircases", "locks", "lock-works"]
ASKED = [
    ("latest on moorings", MOORINGS),
    ("What's the latest on engines?", ["oil-now", "winter", "first-hour", "oil"]),
    ("show me the newest posts by the lock desk, please", LOCKS),
    ("What's new?", ["oil-now", "solar", "batteries", "fees-2025", "winter"]),
    ("what have you by the Engine Desk", ENGINE),
    ("articles by the Engine Desk about electrics", ["solar", "batteries"]),
    ("What has the Lock Desk written about staircases?", ["staircases"]),
    ("everything on electrics", ["solar", "batteries"]),
    (
        "Show me everything you have published about licences",
        ["fees-2025", "fees-2024", "fees-2023"],
    ),
    ("Where should I start with locks?", LOCKS[::-1]),
    ("Where do I begin if I want to learn about licences?", ["fees-2025"]),
    ("What is in the series Locks from the bottom?", ["lock-works", "staircases"]),
    ("what did you publish in November?", ["winter"]),
    ("What did you publish in May 2025?", ["solar"]),
    (
        "list your articles from 2023",
        ["soft-bank", "staircases", "locks", "lock-works", "fees-2023"],
    ),
    ("What have you printed since May 2025?", ["oil-now", "solar"]),
    ("how many articles do you have on moorings?", MOORINGS),
    ("How many posts on electrics?", ["solar", "batteries"]),
    ("have you written about nylon?", ["ropes"]),
    ("Which of your articles mention the cill?", ["locks"]),
]


def named(listing):
    return [line.item.article.id for line in listing.lines if line.item]


@pytest.mark.parametrize(("question", "articles"), ASKED)
def test_a_catalogue_question_gets_the_articles_in_order(generation, question, articles):
    assert named(find_listing(question, generation, TODAY)) == articles


@pytest.mark.parametrize(
    "question",
    [
        "What is the latest version of the diesel engine?",
        "what is the latest research on locks?",
        "What is new in the licence of 2025?",
        "Where should I start the engine?",
        "Where should I start when the bank is soft?",
        "Where do I start with a frozen cooling circuit?",
        "How many articles of rope do I need?",
        "How many articles may one boat carry?",
        "How many locks are there?",
        "Everything in one locker, is that wise?",
        "Everything about locks confuses me, what is a cill?",
        "List the steps of filling a lock",
        "Show me how to moor on a soft bank",
        "Do you have any proof that nylon stretches?",
        "What did you change in October?",
        "What do you say about locks?",
        "What have you learnt about ropes?",
        "Which articles should I keep out of the engine room?",
        "What has the council published about moorings?",
        "When was the article on oil published?",
    ],
)
def test_a_question_about_a_subject_is_none(generation, question):
    assert find_listing(question, generation, TODAY) is None


@pytest.mark.parametrize(
    ("question", "said", "may_answer"),
    [
        ("latest on tugs", "We have no article on tugs.", True),
        ("what have you by the Tug Desk?", "We have no article by the Tug Desk.", False),
        ("What did you publish in May 2020?", "We have no article in May 2020.", False),
        ("what did you publish last month?", "We have no article in October 2025.", False),
        ("articles on <b>tugs</b>", "We have no article on tugs.", True),
    ],
)
def test_where_nothing_matches_it_says_so(generation, question, said, may_answer):
    listing = find_listing(question, generation, TODAY)

    assert [line.text for line in listing.lines] == [said]
    assert (listing.is_empty, listing.may_answer) == (True, may_answer)


@pytest.mark.parametrize(
    ("question", "lead"),
    [
        ("everything on electrics", "We have 2 articles on electrics, newest first:"),
        ("How many posts on electrics?", "We have 2 articles on electrics, newest first:"),
        ("What did you publish in May 2025?", "We have 1 article in May 2025:"),
        ("what did you publish in November?", "We have 1 article in November 2024:"),
        ("latest on electrics", "Our latest on electrics, newest first:"),
        ("Where should I start with locks?", "A way in on locks, from the oldest to the newest:"),
        (
            "have you written about nylon?",
            "No article is filed under nylon, and 1 article mentions it, newest first:",
        ),
    ],
)
def test_the_lead_in_says_what_was_counted(generation, question, lead):
    assert find_listing(question, generation, TODAY).lines[0].text == lead


def test_a_line_names_title_dates_desk_and_what_replaced_it(generation):
    listing = find_listing("everything on moorings", generation, TODAY)
    fees = find_listing("everything on licences", generation, TODAY)

    assert listing.lines[2].text == (
        "\u201cMooring where the bank is soft\u201d (2023-10-03, updated 2025-09-02),"
        " by The Mooring Desk."
    )
    assert fees.lines[3].text == (
        "\u201cLicence fees, 2023\u201d (2023-02-07), by The Mooring Desk;"
        " since replaced by \u201cLicence fees, 2025\u201d (2025-02-04)."
    )


def test_a_long_list_says_how_many_it_leaves_out(generation):
    listing = find_listing("List your articles", generation, TODAY)

    assert len(named(listing)) == 12
    assert listing.lines[-1].text == "There are 3 older ones besides."
