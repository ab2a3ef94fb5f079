import numpy as np
import pytest

from assistant.decide import (
    FEATURES,
    DecisionModel,
    choose_cutoffs,
    fit_decision,
    load_prior,
    read_features,
)
from assistant.errors import IndexMismatch
from assistant.reading import Reading, read_closely
from assistant.retrieve import HybridRetriever
from assistant.text import content_stems
from tests.fakes import FakeEncoder, make_generation

N = len(FEATURES)


def one_feature(weight, bias=0.0, mean=0.0, scale=1.0):
    rest = (0.0,) * (N - 1)
    return DecisionModel(
        (weight, *rest), bias, (mean, *rest), (scale, *(1.0,) * (N - 1)), {"balanced": 0.5}
    )


def features(first):
    values = np.zeros(N, dtype=np.float32)
    values[0] = first
    return values


def test_a_score_is_the_logistic_of_the_standardised_features():
    model = one_feature(weight=2.0, bias=1.0, mean=0.5, scale=0.25)

    # (1.0 - 0.5) / 0.25 * 2 + 1 = 5; 1 / (1 + e^-5) = 0.99331
    assert model.score(features(1.0)) == pytest.approx(0.99331, abs=1e-5)


def test_a_model_comes_back_from_json_the_same():
    model = one_feature(1.5, 0.2, 0.1, 0.3)

    assert DecisionModel.from_json(model.to_json()) == model


def test_a_model_of_other_features_is_refused():
    raw = one_feature(1.0).to_json() | {"features": ["something"]}

    with pytest.raises(IndexMismatch, match="fitted on other features .*`masthead ingest --full`"):
        DecisionModel.from_json(raw)


def test_the_shipped_prior_knows_every_caution():
    prior, dense_weight = load_prior()

    assert 0 <= dense_weight <= 1
    cuts = prior.cutoffs
    assert cuts["rather answer"] <= cuts["balanced"] <= cuts["rather refuse"]


def made_up_cases(n=200):
    rng = np.random.default_rng(7)
    x = rng.normal(size=(n, N))
    return x, x[:, 0] > 0


def test_a_fit_learns_what_tells_the_classes_apart():
    x, truth = made_up_cases()

    model = fit_decision(x, truth, None, strength=1.0)

    right = [(model.score(row) >= 0.5) == label for row, label in zip(x, truth, strict=True)]
    assert np.mean(right) > 0.95


def test_a_strong_prior_stays_where_it_was():
    x, truth = made_up_cases()
    prior = one_feature(-3.0)

    model = fit_decision(x, truth, prior, strength=1e9)

    assert model.weights == pytest.approx(prior.weights, abs=1e-4)


def test_more_data_moves_further_from_the_prior():
    x, truth = made_up_cases()
    prior = one_feature(0.0)

    moved = [fit_decision(x[:n], truth[:n], prior, strength=60).weights[0] for n in (20, 60, 200)]

    assert 0 < moved[0] < moved[1] < moved[2]


def test_cutoffs_keep_to_the_mistake_that_the_editor_minds():
    truth = np.array([True] * 20 + [False] * 20)
    scores = np.concatenate([np.linspace(0.30, 0.99, 20), np.linspace(0.01, 0.60, 20)])

    cuts = choose_cutoffs(scores, truth)

    assert np.mean(scores[~truth] >= cuts["rather refuse"]) <= 0.05
    assert np.mean(scores[truth] < cuts["rather answer"]) <= 0.05
    assert cuts["rather answer"] <= cuts["balanced"] <= cuts["rather refuse"]


def test_nothing_found_has_no_features():
    empty = Reading((), (), (), {})

    assert read_features("What?", [], empty).tolist() == [0.0] * N


def read(tmp_path, question):
    generation, encoder = make_generation(tmp_path), FakeEncoder()
    found = HybridRetriever(generation, encoder).search(question, 3)
    vector = encoder.encode([question])[0]
    weights = generation.lexical.weigh(content_stems(question))
    reading = read_closely(vector, found, weights, encoder)
    return dict(zip(FEATURES, read_features(question, found, reading), strict=True))


def test_a_question_that_a_sentence_answers_is_covered(tmp_path):
    seen = read(tmp_path, "Does raising the rank make training slower?")

    assert seen["coverage_sentence"] == pytest.approx(1)
    assert seen["rarest_missing"] == 0
    assert seen["agree"] == 1


def test_a_name_that_no_passage_holds_is_missing(tmp_path):
    seen = read(tmp_path, "Does raising the rank make Mistral slower?")

    assert seen["missing_exact"] == 1
    assert seen["rarest_missing"] == 1
