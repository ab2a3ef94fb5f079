from assistant.caution import POINTS, PointRates, describe_rates, read_rates
from assistant.decide import load_prior
from assistant.generation import Fits

MEASURED = {
    "balanced": {"answered_though_taken_out": 0.08, "refused_though_there": 0.11},
    "rather refuse": {"answered_though_taken_out": 0.02, "refused_though_there": 0.3},
    "rather answer": {"answered_though_taken_out": 0.2, "refused_though_there": 0.04},
}


def fits(report):
    return Fits(0.5, load_prior()[0], report)


def test_every_point_of_the_setting_has_both_rates_the_strictest_first():
    rates = read_rates(fits({"own_questions": MEASURED}))

    assert tuple(rate.caution for rate in rates) == POINTS
    assert rates[0] == PointRates("rather refuse", answered=0.02, refused=0.3)


def test_the_prior_has_a_cutoff_for_every_point():
    assert set(load_prior()[0].cutoffs) == set(POINTS)


def test_the_chosen_point_is_said_first():
    said = describe_rates(read_rates(fits({"own_questions": MEASURED})), "balanced")

    assert said == (
        "balanced: answers 8% of what is not written, refuses 11% of what is (own questions);"
        " rather refuse: 2% and 30%; rather answer: 20% and 4%"
    )


def test_where_nothing_was_measured_no_rate_is_said():
    rates = read_rates(fits({"questions": 0, "fitted": False}))

    assert rates == []
    assert describe_rates(rates, "balanced").startswith("balanced; not measured: the archive gave")
