import pytest

from assistant.length import Length, quotes_for
from assistant.quoting import best_sentence, best_sentences, close_elsewhere, whole_sentence
from assistant.reading import Reading
from tests.assistant.test_compose import ALOUD, FLAG, OTHER, RANK, SAID, read_sentence

NORMAL = quotes_for(Length.NORMAL)


def reading_of(values):
    sentences = tuple(read_sentence(RANK, n, f"Sentence {n}.", v) for n, v in enumerate(values))
    return Reading((RANK,), sentences, (), {})


@pytest.mark.parametrize(
    "values", [[0.9], [0.1, 0.9, 0.8], [0.9, 0.8, 0.7, 0.6], [0.2, 0.1, 0.9, 0.1]]
)
def test_a_quotation_holds_the_best_sentence_in_one_unbroken_run(values):
    chosen = [s.position for s in best_sentences(reading_of(values), NORMAL)]

    assert values.index(max(values)) in chosen
    assert chosen == list(range(chosen[0], chosen[0] + len(chosen)))
    assert len(chosen) <= 3


def test_a_quotation_comes_from_one_passage():
    far = [read_sentence(FLAG, n, OTHER, 0.8) for n in range(3)]
    near = [read_sentence(RANK, 0, SAID, 0.9)]
    reading = Reading((RANK, FLAG), (*near, *far), (), {})

    assert {s.item.passage.id for s in best_sentences(reading, NORMAL)} == {"rank#0"}


def test_nothing_read_gives_nothing_to_quote():
    assert best_sentences(Reading((), (), (), {}), NORMAL) == []


@pytest.mark.parametrize("text", ["It did not.", "Does a rank of 16 train a million parameters?"])
def test_too_few_words_or_a_question_say_nothing_by_themselves(text):
    sentences = (read_sentence(RANK, 0, text, 0.9), read_sentence(RANK, 1, SAID, 0.5))

    assert best_sentence(Reading((RANK,), sentences, (), {})) is sentences[1]


def test_nothing_else_is_close_to_nothing():
    assert close_elsewhere(Reading((), (), (), {}), set(), NORMAL) == []


@pytest.mark.parametrize(
    ("length", "quoted"),
    [(Length.SHORT, [2]), (Length.NORMAL, [1, 2, 3]), (Length.DETAILED, [0, 1, 2, 3, 4])],
)
def test_a_length_says_how_much_is_quoted(length, quoted):
    reading = reading_of([0.6, 0.7, 0.9, 0.8, 0.6, 0.01])

    assert [s.position for s in best_sentences(reading, quotes_for(length))] == quoted


@pytest.mark.parametrize(
    ("length", "n"), [(Length.SHORT, 0), (Length.NORMAL, 1), (Length.DETAILED, 2)]
)
def test_a_length_says_how_many_other_articles_are_quoted(length, n):
    items = (RANK, FLAG, ALOUD)
    sentences = tuple(read_sentence(item, 0, SAID, 0.9) for item in items)

    others = close_elsewhere(Reading(items, sentences, (), {}), {"rank"}, quotes_for(length))

    assert [s.item for s in others] == [FLAG, ALOUD][:n]


@pytest.mark.parametrize(
    "copied",
    [
        "You may *merge* it.",
        "you may merge it",
        "merge it, if the base is pinned",
        "You may merge it, if the base is pinned.",
    ],
)
def test_words_copied_from_a_sentence_bring_its_condition_with_them(copied):
    passage = "Keep the adapter.\n\n- You may *merge* it, if the base is [pinned](base.md)."

    whole = whole_sentence(copied.replace("*", ""), passage)

    assert whole == "You may merge it, if the base is pinned."


@pytest.mark.parametrize(
    "copied", ["You may merge.", "Keep the adapter. You may", "Or lower the rate", "adapter: kept"]
)
def test_words_that_no_single_sentence_holds_stay_as_they_are(copied):
    passage = "Keep the adapter. You may not merge it.\n\n```yaml\nadapter: kept\n```"

    assert whole_sentence(copied, passage) == copied
