import pytest

from assistant.named import find_named
from assistant.retrieve import HybridRetriever
from tests.archive import ARCHIVE
from tests.fakes import FakeEncoder, make_generation


@pytest.fixture(scope="module")
def generation(tmp_path_factory):
    return make_generation(tmp_path_factory.mktemp("index"), ARCHIVE)


NAMED = [
    ("Locks", "locks"),
    ('"locks"?', "locks"),
    ("What does the article Locks say about the gates of a lock?", "locks"),
    ("Do you explain the chamber in \u201cLocks\u201d?", "locks"),
    ("Which battery does Batteries warn about, below which charge of a battery?", "batteries"),
    ("HOW A LOCK WORKS", "lock-works"),
    ("how a lock works, in short: what is the cill under the upper gate?", "lock-works"),
    ("Your engines first hour", "first-hour"),
    ("your engine's first hour and the mineral oil of what grade?", "first-hour"),
    ("licence fees 2023", "fees-2023"),
    ("What did \u2018Licence fees, 2024\u2019 say of a boat of 17 metres?", "fees-2024"),
    ("The oil that we use", "oil"),
    ("the oil that we use now: every how many hours do I change it?", "oil-now"),
    ("Just one more mile: stopping in time", "one-mile"),
    ("is a tired crew in 'Just one more mile: stopping in time'?", "one-mile"),
    ("summarise solar on a small roof", "solar"),
    ('Who says "a tap open, when drained"?', "winter"),
    (
        "Where does it say \u201ctwo pins in at an angle\u201d, and what of the gate levels?",
        "soft-bank",
    ),
    ("winter without ice, and how a cold diesel engine idles", "winter"),
    ("Tell me about the post A ROPE FOR EVERY JOB", "ropes"),
]


@pytest.mark.parametrize(("question", "article"), NAMED)
def test_a_title_or_a_quoted_phrase_finds_its_article_first(generation, question, article):
    found = HybridRetriever(generation, FakeEncoder()).search(question, 3)

    assert found[0].article.id == article
    assert [f.score for f in found] == sorted((f.score for f in found), reverse=True)


@pytest.mark.parametrize(
    "question",
    [
        "Which locks take ten minutes to fill?",
        "how far may lithium batteries fall?",
        'Is a "lock" slow?',
        "What are the licence fees for a boat?",
        'What is "on the"?',
        "Which oil do you use?",
    ],
)
def test_words_of_a_title_used_in_passing_name_no_article(generation, question):
    assert find_named(generation, question).tolist() == []


def test_the_passage_with_a_quoted_phrase_goes_before_its_neighbours(generation):
    found = HybridRetriever(generation, FakeEncoder()).search(
        'Open the gates and "ten minutes to fill"', 2
    )

    assert found[0].passage.id == "lock-works#1"
