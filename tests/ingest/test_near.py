import random
from itertools import combinations

import pytest

from ingest.near import MIN_SIMILARITY, find_near, read_shingles, remember_near, similarity

WORDS = [f"word{n}" for n in range(400)]


def text(seed, length=300):
    return " ".join(random.Random(seed).choices(WORDS, k=length))


def test_similarity_is_the_share_of_runs_in_common():
    # abc bcd cde against abc bcd cdx: two of four.
    assert similarity(read_shingles("a b c d e"), read_shingles("a b c d x")) == 0.5


def test_markup_addresses_and_case_do_not_count():
    plain = read_shingles("See our bench notes for more")

    assert (
        similarity(plain, read_shingles("See [our bench](https://x.org/a) *notes* for More")) == 1
    )


def test_a_copy_with_words_around_it_is_found_and_another_text_is_not():
    original = text(1)
    texts = [original, text(2), f"Menu home about\n\n{original}\n\nRelated posts follow", text(3)]

    ((one, other, nearness),) = find_near(texts)

    assert (one, other) == (0, 2)
    assert 0.9 < nearness < 1


def test_half_a_text_is_another_text():
    original = text(4)

    assert list(find_near([original, original[: len(original) // 2]])) == []


def test_copies_that_are_just_near_enough_are_found():
    originals = [text(seed) for seed in range(40)]
    copies = [f"{original} {text(seed, 90)}" for seed, original in enumerate(originals, 1000)]
    texts = [*originals, *copies]
    shingles = [read_shingles(one) for one in texts]
    wanted = {
        (i, j)
        for i, j in combinations(range(80), 2)
        if similarity(shingles[i], shingles[j]) >= MIN_SIMILARITY
    }

    assert len(wanted) == 40
    assert {pair[:2] for pair in find_near(texts)} == wanted


@pytest.mark.parametrize(("ending", "found"), [("", True), (" indeed", False)])
def test_short_texts_must_be_the_same(ending, found):
    note = text(5, 30)

    assert bool(list(find_near([note, note + ending]))) == found


def test_what_is_remembered_is_what_would_be_found(tmp_path):
    texts = [text(1), text(2), f"Menu home about\n\n{text(1)}"]

    first = remember_near(tmp_path, texts)
    grown = remember_near(tmp_path, [*texts, f"{text(2)} a word more"])

    assert first == remember_near(tmp_path, texts) == list(find_near(texts))
    assert [pair[:2] for pair in grown] == [(0, 2), (1, 3)]
