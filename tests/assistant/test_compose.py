from dataclasses import replace

import numpy as np
import pytest

from assistant.compose import QUOTE_LEAD_IN, Composer
from assistant.judge import Judge
from assistant.length import Length
from assistant.pair_scorer import SecondReaders
from assistant.reading import Reading, ReadSentence
from assistant.records import Found, Mode, Origin
from tests.fakes import ARTICLES, cut_paragraphs

REFUSAL = "We have not written about that."
RANK, MERGED, FLAG, JINJA, ALOUD, FRIDAY = (
    Found(passage, article, 0.9 - n / 10, 0.5, 0.5)
    for n, (article, passage) in enumerate(
        (article, passage) for article in ARTICLES for passage in cut_paragraphs(article)
    )
)
OWN_WORDS = "On the starter model a rank of 16 trains 4.9 million parameters [1]."
SAID = "A rank of 16 trains 4.9 million parameters on the starter model."
OTHER = "Compare token ids on both sides before you train."


def read_sentence(item, position, text, value=1.0):
    return ReadSentence(item, position, text, similarity=value, coverage=value)


READING = Reading(
    (RANK,),
    (
        read_sentence(RANK, 0, SAID, 0.9),
        read_sentence(RANK, 1, "Raising the rank makes training slower.", 0.7),
    ),
    (),
    {},
)


@pytest.fixture
def composer():
    return Composer(
        Judge(READING, [RANK, FLAG]), [RANK, MERGED, FLAG, JINJA, ALOUD, FRIDAY], REFUSAL
    )


def reasons(composer):
    return [dropped.reason for dropped in composer.dropped]


def test_a_supported_sentence_is_shown_with_its_source(composer):
    shown = composer.take(f"{SAID[:-1]} [1].")

    assert shown.sentence.text == SAID
    assert [(c.n, c.passage.id) for c in shown.new_citations] == [(1, "rank#0")]
    assert composer.text == f"{SAID} [1]"
    assert composer.mode is Mode.QUOTED


def test_sources_are_numbered_as_the_reader_meets_them(composer):
    first = composer.take(f"{OTHER} [2]")
    second = composer.take(f"{SAID} [1]")
    third = composer.take("Raising the rank makes training slower.")

    assert [s.sentence.citations for s in (first, second, third)] == [(1,), (2,), (2,)]
    assert third.new_citations == ()
    assert [c.article.id for c in composer.citations] == ["templates", "rank"]


@pytest.mark.parametrize("mark", ["", " [9]", " [0]", " [2]", " [2][9]"])
def test_a_missing_or_wrong_mark_is_replaced_by_the_passage_that_says_it(composer, mark):
    shown = composer.take(f"{SAID}{mark}")

    assert [c.passage.id for c in shown.new_citations] == ["rank#0"]


def test_a_question_is_no_answer_whoever_printed_it_first():
    asked = "Does raising the rank make training slower?"
    said = replace(RANK, passage=replace(RANK.passage, text=f"{asked} {SAID}"))
    composer = Composer(Judge(READING, [said]), [said], REFUSAL)

    assert composer.take(f"{asked} [1]") is None
    assert reasons(composer) == ["asks instead of answering"]


@pytest.mark.parametrize(("probability", "shown"), [(0.49, 0), (0.5, 1)])
def test_an_nli_model_has_the_last_word_on_own_words_and_none_on_quotations(probability, shown):
    class Nli:
        def score(self, pairs):
            asked.extend(pairs)
            return np.array([probability], dtype=np.float32)

    asked = []
    composer = Composer(Judge(READING, [RANK], SecondReaders(nli=Nli())), [RANK], REFUSAL)

    composer.take(OWN_WORDS)
    composer.take("Raising the rank makes training slower [1].")

    assert [pair[1] for pair in asked] == [OWN_WORDS.replace(" [1]", "")]
    assert len(composer.sentences) == shown + 1
    assert reasons(composer) == ["does not follow from the passage"] * (1 - shown)


def test_a_sentence_in_its_own_words_counts_as_generated(composer):
    shown = composer.take(OWN_WORDS)

    assert shown.sentence.origin is Origin.GENERATED
    assert composer.mode is Mode.GENERATED


def test_a_copy_that_stops_early_is_shown_whole_and_its_rest_not_again(composer):
    shown = composer.take("A rank of 16 trains 4.9 million parameters [1].")

    assert shown.sentence.text == SAID
    assert composer.take("4.9 million parameters on the starter model.") is None
    assert reasons(composer) == ["already quoted"]
    assert not composer.gave_up


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("Bread needs water and yeast [1].", "words not in the passage"),
        ("A rank of 16 trains 4.9 million", "cut off"),
        (REFUSAL, "the model refused"),
    ],
)
def test_what_does_not_hold_is_dropped_and_says_why(composer, raw, reason):
    assert composer.take(raw) is None
    assert reasons(composer) == [reason]
    assert not composer.has_facts


def test_saying_the_same_twice_ends_the_answer(composer):
    composer.take(SAID)

    assert composer.take(SAID) is None
    assert reasons(composer) == ["repeats itself"]
    assert composer.gave_up


@pytest.mark.parametrize(
    ("said", "value", "is_shown"),
    [
        # With 0.6 * 0.9 for the passage the best has 1.44; a copy needs 0.8 of it, own words half.
        ("Raising the rank makes training slower.", 0.65, True),
        ("Raising the rank makes training slower.", 0.6, False),
        ("Raising the rank: it makes training slower.", 0.6, True),
        ("Raising the rank: it makes training slower.", 0.1, False),
    ],
    ids=["a good copy", "a worse copy", "own words", "own words beside the point"],
)
def test_what_tells_too_little_of_the_question_is_not_shown(said, value, is_shown):
    source = "Raising the rank makes training slower."
    sentences = (read_sentence(RANK, 0, SAID, 0.9), read_sentence(RANK, 1, source, value))
    composer = Composer(Judge(Reading((RANK,), sentences, (), {}), [RANK]), [RANK], REFUSAL)

    assert (composer.take(said) is not None) == is_shown
    assert reasons(composer) == ([] if is_shown else ["beside the point"])


@pytest.mark.parametrize("value", [0.9, 0.1], ids=["close", "far"])
def test_what_another_article_says_as_well_is_quoted_beside_the_models_words(value):
    sentences = (read_sentence(RANK, 0, SAID, 0.9), read_sentence(FLAG, 0, OTHER, value))
    composer = Composer(
        Judge(Reading((RANK, FLAG), sentences, (), {}), [RANK]), [RANK, FLAG], REFUSAL
    )
    composer.take(SAID)

    added = [shown.sentence.text for shown in composer.complete()]

    assert added == ([OTHER] if value == 0.9 else [])


@pytest.mark.parametrize(("length", "n"), [(Length.SHORT, 1), (Length.NORMAL, 2)])
def test_a_short_answer_is_one_quotation(length, n):
    composer = Composer(Judge(READING, [RANK]), [RANK], REFUSAL, length)

    lead, *quotes = composer.complete()

    assert lead.sentence.text == QUOTE_LEAD_IN
    assert len(quotes) == n
    assert quotes[0].sentence.text == SAID


@pytest.mark.parametrize("raw", ["", " [1] ", "![x](https://evil.example/a)", "<br>"])
def test_nothing_left_after_the_gate_is_nothing_said(composer, raw):
    assert composer.take(raw) is None
    assert composer.dropped == []


def test_a_refusal_names_the_nearest_articles_and_cites_them(composer):
    refusal, nearest = composer.refuse()

    assert refusal.sentence.text == REFUSAL
    assert nearest.sentence.text == (
        "The nearest we have written: “Pick your rank”, “The template is the contract” and"
        " “Reading the galley”."
    )
    assert nearest.sentence.citations == (1, 2, 3)
    assert all(s.frame and s.supported for s in composer.sentences)
    assert (composer.mode, composer.has_facts) == (Mode.REFUSED, False)


def test_a_refusal_with_nothing_near_stands_alone():
    composer = Composer(Judge(Reading((), (), (), {}), []), [], REFUSAL)

    assert [shown.sentence.text for shown in composer.refuse()] == [REFUSAL]


def test_the_quoted_fallback_says_that_it_quotes(composer):
    lead_in, *quotes = composer.quote()

    assert lead_in.sentence.text == QUOTE_LEAD_IN
    assert quotes[0].sentence.text == SAID
    assert {q.sentence.origin for q in quotes} == {Origin.QUOTED}
    assert {q.sentence.citations for q in quotes} == {(1,)}
    assert composer.mode is Mode.QUOTED
