import numpy as np
import pytest

from train.style import Sample, mask_words, measure_style

PLAIN = ("the {0} is on the {1}. it was there before the {0}. we had it from the {1} again. "
         "they were with us.")  # fmt: skip
ORNATE = ("And yet, of the {0}, what would you make; and, though it may be, of the {1}? Yes! You "
          "would, as ever, have the {0}; or not.")  # fmt: skip
SUBJECTS = ("press", "galley", "plate", "ink", "paper", "type", "rule", "margin")


def texts(form, n_articles=8, each=3):
    numbers = np.random.default_rng(1)
    for article in range(n_articles):
        for _ in range(each):
            first, second = numbers.permutation(SUBJECTS)[:2]
            yield f"article-{article}", form.format(first, second)


def samples(**voices):
    """Pair the publication's ornate paragraphs with what each voice wrote."""
    written = [[text for _, text in texts(form)] for form in voices.values()]
    return [
        Sample(article, human, dict(zip(voices, said, strict=True)))
        for (article, human), *said in zip(texts(ORNATE), *written, strict=True)
    ]


def test_only_function_words_marks_and_capitals_are_left():
    masked = mask_words("The Plate holds 12 drawings; it's the printer's own.")

    assert masked == "The X x 0 x; x the x own."


def test_another_style_is_told_and_the_same_one_is_not():
    found = measure_style(samples(base=PLAIN, new=ORNATE), ("base", "base", "new"))

    assert found["auc"]["base"] == 1.0
    assert found["auc"]["new"] < 0.7
    assert found["gap_closed"]["new"] > 0.5
    assert found["difference"]["high"] < 0
    assert found["noise_floor"] < 0.8
    assert (found["texts"], found["articles"]) == (24, 8)


def test_a_voice_against_itself_differs_by_nothing():
    found = measure_style(samples(base=PLAIN, old=PLAIN, new=PLAIN), ("base", "old", "new"))

    assert found["difference"] == {"value": 0.0, "low": 0.0, "high": 0.0}
    assert found["gap_closed"] == {"old": 0.0, "new": 0.0}


def test_subjects_alone_tell_nothing():
    """The same sentences about other things have the same masked text."""
    human = [(a, PLAIN.format("press", "plate")) for a, _ in texts(PLAIN)]
    rows = [Sample(a, t, {"base": PLAIN.format("dog", "cat")}) for a, t in human]

    assert measure_style(rows, ("base", "base", "base"))["auc"]["base"] == 0.5


@pytest.mark.parametrize(
    "rows",
    [
        [],
        samples(base=PLAIN)[:7],
        [Sample("one", s.human, s.written) for s in samples(base=PLAIN)],
        [Sample(s.article, s.human, {"base": "too short"}) for s in samples(base=PLAIN)],
    ],
    ids=["none", "seven", "one article", "short"],
)
def test_too_little_to_tell_gives_no_figure(rows):
    assert measure_style(rows, ("base", "base", "base")) is None
