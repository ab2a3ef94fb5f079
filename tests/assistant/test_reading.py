import math

import pytest

from assistant.reading import label_of, read_closely, texts_to_read
from assistant.records import Article, Found, Passage
from tests.fakes import FakeEncoder

QUESTION = "Does a rank cost parameters?"
IDF = {"rank": 1.0, "cost": 2.0, "paramet": 3.0}


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
    return read_closely(QUESTION, vector, found, lambda stem: IDF[stem], encoder)


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
    assert reading.rarest_missing(frozenset(IDF)) == 0


def test_similarity_is_the_cosine_with_the_question():
    first = read().sentences[0]

    # The question has three stems, the sentence three, and they share two.
    assert first.similarity == pytest.approx(2 / math.sqrt(3 * 3), abs=0.01)


def test_a_passage_brings_the_words_of_its_title_and_heading():
    assert {"titl", "head"} <= read().passage_stems[0]
    assert label_of(FOUND[0]) == "Title 0 > Heading"


def test_nothing_found_reads_as_nothing():
    reading = read([])

    assert (reading.items, reading.sentences) == ((), ())
