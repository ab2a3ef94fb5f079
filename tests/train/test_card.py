import json
import re

import pytest

from assistant.commit import building, publish
from assistant.registry import Registry
from tests.adapters import write_adapter
from train.card import render_card
from train.card_page import draw_losses, render_page, write_card
from train.losses import Losses
from train.report import Check, Course

MANIFEST = {
    "adapter": "2026-11-01",
    "settings": {"rank": 16, "learning_rate": 1e-3, "rows_per_step": 4},
    "rows": {"train": 204, "too_long": 3, "validation": 9},
    "snapshot": {"number": 2},
    "articles": ["a", "b"],
    "base": {"id": "a model"},
    "trainable_parameters": 4884480,
    "precision": "fp32",
    "steps": 40,
    "tokens": 66000,
    "hardware": "2 CPU cores",
    "tokens_per_second": 110.0,
    "stopped": "budget",
    "validation_loss": {"base": 2.3, "best": 2.0, "last": 2.2},
    "validation_loss_novel": {"base": 4.7, "best": 4.5},
    "warnings": ["24 rows are few"],
}
MEASURE = {
    "questions": 12, "supported": 6, "quoted": 4, "refused": 2, "support_rate": 0.4,
    "generated_share": 0.2, "quoted_share": 0.8, "first_text_ms": 900.0, "total_ms": 4000.0,
}  # fmt: skip
NAMES = ("base", "2026-11-01")
EVALUATION = {
    "adapter": "2026-11-01", "against": "base", "engine": "llamacpp", "generation": 3,
    "not_worse": True, "says": "supported answers 6 of 12",
    "measures": dict.fromkeys(NAMES, MEASURE),
    "refusal": dict.fromkeys(NAMES, {"balanced_accuracy": 0.9}),
    "differences": {"supported": {"value": 0.0, "low": -0.2, "high": 0.2}},
    "style": {
        "texts": 20, "articles": 6, "noise_floor": 0.55,
        "auc": {"base": 0.9, "2026-11-01": 0.8}, "gap_closed": {"2026-11-01": 0.25},
        "difference": {"value": -0.1, "low": -0.3, "high": 0.1},
    },
    "voice_samples": [
        {"publication": "Our own words.", "base": "Base.", "2026-11-01": "Nearer."},
    ],
    "samples": [
        {"question": "What is a rank?", "base": "One answer.", "2026-11-01": "One answer."},
        {"question": "Why <b>?", "base": "![x](https://evil.example/x)",
         "2026-11-01": "<img src=x>"},
    ],
}  # fmt: skip


def course():
    checks = (Check(0, Losses(2.0, 3.0)), Check(2, Losses(1.5, None)))
    return Course((2.1, 1.9), checks, 1e-3, 6, "budget")


def test_the_curve_is_a_picture(tmp_path):
    draw_losses(tmp_path / "loss.png", course())

    assert (tmp_path / "loss.png").read_bytes().startswith(b"\x89PNG")


def test_a_new_card_says_that_nobody_has_evaluated_it():
    card = render_card(MANIFEST)

    assert card.splitlines()[2] == (
        "**Not judged yet**: its held-out loss fell (2.30 to 2.00), which says nothing of its"
        " answers; read the 3 points below, then `masthead adapters promote` asks it held-out"
        " questions by itself."
    )
    assert card.splitlines()[4] == "## Before promoting"
    assert "204 training rows of snapshot 2, made from\n2 articles. 3 were too long" in card
    assert "| novel words | 4.700 | 4.500 | -0.200 |" in card
    assert "- Nobody has read an answer yet" in card


@pytest.mark.parametrize(
    "said",
    [
        "- 24 rows are few",
        "- The budget ended it",
        "- 40% of its sentences were supported",
        "- The difference in style is within chance",
        "- Read the answers side by side aloud.",
    ],
)
def test_what_to_look_at_follows_from_the_figures(said):
    assert said in render_card(MANIFEST, EVALUATION)


def test_an_evaluated_card_shows_the_verdict_first_and_each_voice_beside_the_other():
    card = render_card(MANIFEST, EVALUATION)

    assert card.splitlines()[2] == (
        "**Better than base**: 6 of 12 held-out questions got a supported sentence of its own,"
        " copies included, against 6 with base; its style is nearer to the publication's (0.80"
        " against 0.90); the loss on novel words fell (4.70 to 4.50); before promoting, look at the"
        " 5 points below."
    )
    assert card.splitlines()[6] == "- 24 rows are few"
    assert "| answers with a supported sentence of its own | 6 | 6 |" in card
    assert "| told from the publication by style (AUC; 0.5 cannot be told) | 0.9 | 0.8 |" in card
    assert "| of the base's distance closed | none | 0.25 |" in card
    assert "One answer." not in card  # both voices said the same
    assert "Of 2 answers 1 were word for word the same" in card
    assert "| publication | base | 2026-11-01 |\n| --- | --- | --- |\n| Our own words" in card


def test_a_figure_within_the_noise_of_the_publication_itself_is_said_to_be():
    style = {**EVALUATION["style"], "noise_floor": 0.81}

    assert "Trust your ear." in render_card(MANIFEST, {**EVALUATION, "style": style})
    assert "Trust your ear." not in render_card(MANIFEST, EVALUATION)


def test_the_page_asks_nothing_of_anybody_whatever_a_model_wrote():
    page = render_page(MANIFEST, EVALUATION, {"loss.png": b"picture"})

    assert re.findall(r'(?:src|href)="([^"]*)"', page) == ["data:image/png;base64,cGljdHVyZQ=="]
    assert "<img src=x>" not in page
    assert "<b>?" not in page
    assert page.count("<svg") == 1
    assert "default-src 'none'" in page


def test_the_card_is_written_again_into_an_adapter_that_still_verifies(tmp_path):
    with building(tmp_path, "2026-11-01") as folder:
        write_adapter(folder)
        draw_losses(folder / "loss.png", course())
        publish(folder, "2026-11-01", json.loads(json.dumps(MANIFEST)))

    write_card(tmp_path / "2026-11-01", EVALUATION)

    files = Registry(tmp_path).verify("2026-11-01")["files"]
    assert {"card.md", "card.html"} <= files.keys()


@pytest.mark.parametrize(
    ("changes", "auc", "said"),
    [
        ({"not_worse": False}, 0.8, "**Not better than base**: 6 of 12"),
        ({}, 0.9, "**As good as base, no better**: 6 of 12"),
        ({"style": None}, 0.9, "**As good as base, no better**: 6 of 12"),
    ],
    ids=["worse", "equal", "no style"],
)
def test_the_verdict_says_better_only_where_something_is(changes, auc, said):
    style = {**EVALUATION["style"], "auc": {"base": 0.9, "2026-11-01": auc}}

    card = render_card(MANIFEST, {**EVALUATION, "style": style, **changes})

    assert card.splitlines()[2].startswith(said)


def test_the_five_held_out_prompts_stand_before_and_after_side_by_side():
    sample = {"question": "Notes: a rank", "answer": "After | it.", "published": "Ours.",
              "before": "Before."}  # fmt: skip
    hasty = {key: text for key, text in sample.items() if key != "before"}

    card = render_card({**MANIFEST, "samples": [sample, hasty]})

    assert "## Before and after on 2 held-out prompts" in card
    assert "| before | after | the publication |" in card
    assert "| Before. | After \\| it. | Ours. |" in card
    assert "| after | the publication |\n| --- | --- |\n| After \\| it. | Ours. |" in card


def test_the_rates_that_were_tried_stand_on_the_card_with_their_plot():
    trials = [
        {"round": 1, "rate": 1e-3, "rank": 8, "steps": 5, "loss": 2.0},
        {"round": 1, "rate": 2e-3, "rank": 8, "steps": 5, "loss": 1.5},
    ]

    card = render_card({**MANIFEST, "sweep": trials})
    page = render_page({**MANIFEST, "sweep": trials}, None, {"sweep.png": b"plot"})

    assert "| 1 | 0.002 | 8 | 5 | 1.500 | taken |" in card
    assert 'src="data:image/png;base64,cGxvdA=="' in page
    assert "The rates that were tried" not in render_card(MANIFEST)
