import math

import pytest

from assistant.lexical import Weight
from assistant.reading import Reading, label_of, read_closely, texts_to_read
from assistant.records import Article, Found, Passage
from tests.fakes import FakeEncoder

QUESTION = "Does a rank cost parameters?"
WEIGHTS = {"rank": Weight(1.0, True), "cost": Weight(2.0, True), "paramet": Weight(3.0, False)}


def hit(n, text):
    article = Article(f"a{n}", f"Title {n}", text)
    return Found(Passage(f"a{n}#0", f"a{n}", text, ("Heading",)), article, 1.0, 1.0, 1.0)


FOUND = [
    hit(0, "A rank costs something. Ranks have parameters.\n\n```\nrank cost\n```"),
    hit(1, "Nothing here at all."),
    hit(2, "Word."),
    hit(3, "A rank costs parameters."),
]


def read(found=FOUND):
    encoder = FakeEncoder()
    vector = encoder.encode([QUESTION])[0]
    return read_closely(vector, found, WEIGHTS, encoder)


def test_the_three_best_passages_are_read_sentence_by_sentence():
    reading = read()

    assert [(s.item.passage.id, s.position, s.text) for s in reading.sentences] == [
        ("a0#0", 0, "A rank costs something."),
        ("a0#0", 1, "Ranks have parameters."),
        ("a1#0", 0, "Nothing here at all."),
    ]
    assert texts_to_read(FOUND) == [s.text for s in reading.sentences]


def test_coverage_is_the_weighted_share_of_the_questions_words():
    reading = read()

    assert [s.coverage for s in reading.sentences] == pytest.approx([3 / 6, 4 / 6, 0])
    assert reading.coverage(frozenset({"paramet"})) == pytest.approx(0.5)
    assert reading.rarest_missing(frozenset({"paramet"})) == pytest.approx(2 / 3)
    assert reading.rarest_missing(frozenset(WEIGHTS)) == 0


@pytest.mark.parametrize(
    ("known", "share"),
    [
        ({"rank": True, "qdrant": True}, 0.0),
        ({"rank": True, "qdrant": False}, 2 / 3),
        ({"rank": True, "qdrant": True, "qdrant-rank": False}, 0.0),
        ({}, 0.0),
    ],
    ids=["all known", "a name we never wrote", "a compound of known parts", "no words"],
)
def test_foreign_is_the_weighted_share_of_words_that_stand_nowhere(known, share):
    idf = {"rank": 1.0, "qdrant": 2.0, "qdrant-rank": 9.0}
    weights = {stem: Weight(idf[stem], is_known) for stem, is_known in known.items()}

    assert Reading((), (), (), weights).foreign == pytest.approx(share)


def test_similarity_is_the_cosine_with_the_question():
    first = read().sentences[0]

    # The question has three stems, the sentence two, and they share both.
    assert first.similarity == pytest.approx(2 / math.sqrt(3 * 2), abs=0.01)


def test_a_passage_brings_the_words_of_its_title_and_heading():
    assert {"titl", "head"} <= read().passage_stems[0]
    assert label_of(FOUND[0]) == "Title 0 > Heading"


def test_nothing_found_reads_as_nothing():
    reading = read([])

    assert (reading.items, reading.sentences) == ((), ())
