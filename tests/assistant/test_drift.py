"""A voice that moved is seen, one that did not is not."""

import random

from assistant.drift import find_drift
from assistant.records import Article

PLAIN = ["the", "of", "and", "it", "is", "on", "a", "to"]
PERSONAL = ["I", "my", "you", "we", "but", "so", "not", "me"]


def write(words, seed, n=8):
    draw = random.Random(seed)
    return [
        Article(
            f"{seed}-{number}",
            "T",
            " ".join(
                " ".join(draw.choice([*words, "press", "ink"]) for _ in range(12)).capitalize()
                + "."
                for _ in range(20)
            ),
        )
        for number in range(n)
    ]


def test_other_function_words_are_another_voice():
    drift = find_drift(write(PLAIN, 1, 30), write(PERSONAL, 2, 6))

    assert drift.n_newer == 6
    assert drift.has_moved


def test_more_of_the_same_voice_is_no_drift():
    found = [find_drift(write(PLAIN, seed, 30), write(PLAIN, seed + 100, 6)) for seed in range(20)]

    assert sum(drift.has_moved for drift in found) <= 3  # one in twenty by chance


def test_too_few_articles_say_nothing():
    assert find_drift(write(PLAIN, 1, 30), write(PERSONAL, 2, 3)) is None
    assert find_drift(write(PLAIN, 1, 5), write(PERSONAL, 2, 5)) is None
