import pytest

from assistant.evidence import read_evidence
from assistant.verify import check_support


@pytest.mark.parametrize(
    ("said", "ok"),
    [
        ("A small model reads prompts faster than the large model does.", True),
        ("On two cores a small model reads faster than the large one.", True),
        ("On two cores a large model reads faster than the small one.", False),
    ],
)
def test_two_things_do_not_change_sides_in_a_comparison(said, ok):
    passage = "On two cores a small model reads a long prompt faster than the large model."
    evidence = read_evidence("Small models", passage)

    assert check_support(said, evidence).ok is ok


def test_a_comparison_turned_round_is_told_by_what_it_is_compared_with():
    evidence = read_evidence(
        "Models", "The large model answers a reader slower than the small model."
    )
    support = check_support(
        "The small model answers a reader slower than the large model.", evidence
    )

    assert (support.ok, support.reason) == (
        False,
        "compared with larg, which the passage does not",
    )


def test_an_identifier_is_not_put_in_anothers_place():
    evidence = read_evidence(
        "Types", "It can repack Q4_0 into a layout; Q4_1 takes the older road."
    )

    swapped = check_support("It can repack Q4_1 into a layout and Q4_1 takes a road.", evidence)
    kept = check_support("It can repack Q4_0 into a layout and Q4_1 takes a road.", evidence)

    assert (swapped.ok, swapped.reason) == (False, "numbers in another order")
    assert kept.ok
