import re
from dataclasses import replace

import pytest

from assistant.records import Answer, DroppedSentence, Mode, Origin, Sentence
from train.measures import compare, judge, measure, resample, weigh_refusals

EMPTY = Answer(
    question="q", standalone_question="q", text="", refused=False, answerable_score=1.0,
    mode=Mode.GENERATED, retrieved=(), sentences=(), dropped_sentences=(), citations=(),
    adapter="base", generation=1, engine="e", render="r", wording="w",
    timings_ms={"total": 100.0},
)  # fmt: skip


def answer(*origins, dropped=0, refused=False):
    lost = (DroppedSentence("lost", "unsupported"),) * dropped
    said = tuple(Sentence("It holds.", (), True, origin) for origin in origins)
    return replace(EMPTY, sentences=said, dropped_sentences=lost, refused=refused)


OWN = answer(Origin.GENERATED, Origin.QUOTED, dropped=2)
FELL_BACK = answer(Origin.FRAME, Origin.QUOTED, dropped=4)
REFUSED = answer(Origin.FRAME, refused=True)


def test_answers_are_counted_by_what_readers_saw():
    found = measure([OWN, FELL_BACK, REFUSED])

    assert (found.supported, found.quoted, found.refused) == (1, 1, 1)
    assert found.support_rate == 0.25  # two of its sentences were shown, six dropped
    assert (found.generated_share, found.quoted_share) == (0.333, 0.667)


def test_differences_are_paired_by_question():
    found = compare([OWN, OWN, FELL_BACK], [OWN, FELL_BACK, FELL_BACK])

    assert found["supported"]["value"] == 0.333
    assert found["supported"]["low"] == 0.0
    assert found["refused"] == {"value": 0.0, "low": 0.0, "high": 0.0}


def test_a_difference_that_always_holds_has_a_narrow_interval():
    assert resample([1.0] * 40) == {"value": 1.0, "low": 1.0, "high": 1.0}


def test_refusing_is_weighed_against_answering():
    assert weigh_refusals([OWN, OWN, OWN, REFUSED], [True, False]) == {
        "answered": 0.75, "refused_without": 0.5, "balanced_accuracy": 0.625,
    }  # fmt: skip
    assert weigh_refusals([OWN], [])["balanced_accuracy"] is None


def report(loss=(3.0, 2.0), supported=(5, 5), auc=(0.8, 0.8)):
    rows = dict(zip(("new", "old"), supported, strict=True))
    return {
        "adapter": "new",
        "against": "old",
        "measures": {name: {"supported": n, "questions": 10} for name, n in rows.items()},
        "validation_loss_novel": dict(zip(("base", "best"), loss, strict=True)),
        "style": auc and {"auc": dict(zip(("new", "old"), auc, strict=True))},
    }


@pytest.mark.parametrize(
    ("given", "not_worse", "says"),
    [
        ({}, True, r"old \(not fewer\); told from the publication at 0.80 against 0.80 \(as near"),
        ({"auc": (0.7, 0.8)}, True, r"0.70 against 0.80 \(nearer\)"),
        ({"auc": (0.85, 0.8)}, False, r"0.85 against 0.80 \(further off\)"),
        ({"auc": None}, True, "style not measured"),
        ({"supported": (4, 5)}, False, r"4 of 10 against 5 with old \(fewer\)"),
        ({"loss": (3.0, 3.0)}, False, r"3.000 -> 3.000 \(not better\)"),
        ({"loss": (None, None)}, False, r"novel tokens unknown \(not better\)"),
    ],
    ids=["as good", "nearer", "further", "no style", "fewer", "no gain", "no novel words"],
)
def test_a_candidate_must_lose_nothing(given, not_worse, says):
    found = judge(report(**given))

    assert found["not_worse"] is not_worse
    assert re.search(says, found["says"])
