from dataclasses import replace

import pytest

from assistant.decide import FEATURES, load_prior
from assistant.generation import fits_to_json
from assistant.progress import ignore_progress
from assistant.records import OwnQuestion
from ingest.fit import fit_generation
from ingest.questions import write_questions
from tests.fakes import ARTICLES, FakeEncoder, cut_paragraphs, make_generation


def fit(tmp_path, questions):
    generation = make_generation(tmp_path, questions=questions)
    return fit_generation(generation, FakeEncoder(), ignore_progress)


@pytest.fixture(scope="module")
def own_questions():
    return list(write_questions((article, cut_paragraphs(article)) for article in ARTICLES))


def test_without_questions_the_shipped_fits_are_used(tmp_path):
    prior, dense_weight = load_prior()

    fits = fit(tmp_path, [])

    assert (fits.decision, fits.dense_weight) == (prior, dense_weight)
    assert fits.report["fitted"] is False


def test_own_questions_move_the_weights_and_keep_the_cutoffs(tmp_path, own_questions):
    prior, _ = load_prior()

    fits = fit(tmp_path, own_questions)

    assert fits.decision.weights != prior.weights
    assert fits.decision.cutoffs == prior.cutoffs
    assert 0.2 <= fits.dense_weight <= 0.9


def test_both_error_rates_are_reported_for_every_caution(tmp_path, own_questions):
    report = fit(tmp_path, own_questions).report

    assert report["questions"] == len(own_questions)
    assert report["own_questions"].keys() == {"balanced", "rather refuse", "rather answer"}
    for rates in report["own_questions"].values():
        assert 0 <= rates["answered_though_taken_out"] <= 1
        assert 0 <= rates["refused_though_there"] <= 1


def test_a_question_scores_higher_with_its_article_than_without(tmp_path, own_questions):
    rates = fit(tmp_path, own_questions).report["own_questions"]["balanced"]

    assert rates["answered_though_taken_out"] < 1 - rates["refused_though_there"]


def test_the_same_generation_gives_the_same_fits(tmp_path, own_questions):
    first, second = (fit(tmp_path, own_questions) for _ in range(2))

    assert fits_to_json(first) == fits_to_json(second)


def test_the_rates_of_a_question_come_from_a_fit_without_it(tmp_path, own_questions):
    """With one question, every fit that leaves it out is the prior itself."""
    generation = make_generation(tmp_path, questions=own_questions[:1])
    sure = (replace(load_prior()[0], weights=(0.0,) * len(FEATURES), bias=9.0), 0.5)

    fits = fit_generation(generation, FakeEncoder(), ignore_progress, sure)

    rates = fits.report["own_questions"]["balanced"]
    assert rates == {"answered_though_taken_out": 1.0, "refused_though_there": 0.0}


def test_a_question_of_one_word_is_not_fitted_on(tmp_path):
    question = OwnQuestion("rank#0-q0", "What rank?", "rank#0", "rank")

    assert fit(tmp_path, [question]).report["questions"] == 0
