import pytest

from assistant.evidence import read_evidence
from assistant.verify import check_support

MUST_NOT = "What must not happen is that a test article becomes a target of the training."


@pytest.mark.parametrize(
    ("sentence", "ok"),
    [
        ("A test article becomes a target of the training runs.", False),
        ("That a test article becomes a target must not happen.", True),
    ],
)
def test_what_stands_under_a_negation_is_not_told_without_it(sentence, ok):
    evidence = read_evidence("Training runs", MUST_NOT)

    assert check_support(sentence, evidence).ok is ok


def test_what_stands_before_a_negation_is_told_without_it():
    evidence = read_evidence("", "The first run writes its cards, but it does not read the log.")

    assert check_support("The first run writes cards here.", evidence).ok


DEMAND = "a demand that the passage does not make"


@pytest.mark.parametrize(
    ("passage", "reason"),
    [
        ("A withdrawn article may have been in the set that trained an adapter.", DEMAND),
        ("A withdrawn article must have been in the set that trained an adapter.", ""),
    ],
)
@pytest.mark.parametrize("demand", ["has to", "must", "should"])
def test_what_the_passage_only_tells_is_not_made_a_demand(passage, reason, demand):
    evidence = read_evidence("Withdrawn articles", passage)

    support = check_support(f"A withdrawn article {demand} be in the set of an adapter.", evidence)

    assert support.reason == reason
