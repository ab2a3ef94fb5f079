"""What editors see and do, over HTTP, with a fake assistant behind."""

from __future__ import annotations

import csv
import io
import json

import pytest

from assistant.approved_files import FEEDBACK_FILE, REGRESSION_FILE
from assistant.registry import Registry
from assistant.store.audit import list_entries
from assistant.store.feedback import list_feedback, read_feedback
from assistant.store.reviews import list_approved
from serve.admin.pages import harmless
from tests.rated import rate


def logged(site):
    return [(e.who, e.action, e.about) for e in list_entries(site.store, 1)]


def test_the_first_page_says_what_to_do_and_shows_the_use(editor):
    text = editor.get("/admin").text

    assert "2 answers</a> rated by readers wait" in text
    assert "“What does a GPU hour cost?” fell short 5 times in 30 days." in text
    assert text.count("<svg") == 6


def test_the_queue_leads_to_everything_an_answer_was_made_from(editor, site):
    number = list_feedback(site.store)[1].id

    assert f'href="/admin/feedback?id={number}"' in editor.get("/admin/review").text
    text = editor.get(f"/admin/feedback?id={number}").text

    for shown in ("On rank", "adapter base", "generation 1", "The exact prompt", "leaves out"):
        assert shown in text


def test_an_edited_answer_is_approved_with_who_and_when_and_leaves_by_both_files(editor, site):
    rated = rate(site.store, "What is a galley?", better="its a proof")

    editor.act("approve", id=rated.feedback, question="What is a galley?", answer="A proof.")

    row = list_approved(site.store)[-1]
    assert (row.answer, row.reviewer) == ("A proof.", "ann")
    assert logged(site) == [("ann", "approved", f"feedback {rated.feedback}")]
    for name, key in ((FEEDBACK_FILE, "answer"), (REGRESSION_FILE, "answers")):
        last = (site.root / name).read_text(encoding="utf-8").splitlines()[-1]
        assert "A proof." in json.loads(last)[key]
    decided = editor.get("/admin/review?state=approved").text
    assert "A proof." in decided
    assert "its a proof" not in decided
    assert "In no snapshot yet" in editor.get(f"/admin/feedback?id={rated.feedback}").text


def test_a_rejection_is_by_name_too(editor, site):
    rated = rate(site.store, "What is ink?")

    editor.act("reject", id=rated.feedback)

    assert read_feedback(site.store, rated.feedback).reviewer == "ann"
    assert "What is ink?" in editor.get("/admin/review?state=rejected").text


def test_asking_again_shows_todays_answer_and_keeps_the_edit_in_hand(editor, site):
    rated = rate(site.store, "Should I merge?")

    sent = {"id": rated.feedback, "question": "Should I merge it?", "answer": "An edit in hand."}
    text = editor.act("ask", **sent).text

    assert "Merge once an adapter has been promoted" in text
    assert "An edit in hand.</textarea>" in text
    assert read_feedback(site.store, rated.feedback).state == "new"


def test_gaps_stand_together_with_counts_and_the_nearest_articles(editor):
    text = editor.get("/admin/gaps").text

    assert text.index("What does a GPU hour cost?") < text.index("Who reads the galley?")
    assert "The cost of a GPU hour?" in text
    assert "On rank" in text


def test_gaps_leave_as_a_table_that_starts_no_formula(editor, site):
    rate(site.store, "=HYPERLINK(evil)", mode="refused", thumb="")

    response = editor.get("/admin/gaps.csv")

    rows = list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"))))
    by_question = {row["question"]: row for row in rows}
    assert by_question["What does a GPU hour cost?"]["count"] == "5"
    assert "'=HYPERLINK(evil)" in by_question
    assert "attachment" in response.headers["content-disposition"]


@pytest.mark.parametrize("cell", ["=1", "+1", "-1", "@x", "\tx", "\rx"])
def test_a_cell_that_a_spreadsheet_would_run_is_made_text(cell):
    assert harmless(cell) == f"'{cell}"


def test_sources_say_which_articles_carry_the_answers_and_which_none(editor):
    text = editor.get("/admin/sources").text

    used, unused = text.split("Never used")
    assert "Pick your rank" in used
    assert "The template is the contract" in unused


def test_a_tested_adapter_is_promoted_and_rolled_back_in_the_running_server(editor, site):
    assert site.desk.assistant.promoted is None

    editor.act("promote", name="2026-11-01")
    assert site.desk.assistant.promoted == "2026-11-01"
    assert logged(site) == [("ann", "promoted", "adapter 2026-11-01")]
    change = Registry(site.root / "adapters").history()[-1]
    assert (change.who, change.why) == ("ann", "as good as base on 40 questions")

    editor.act("roll back adapter")
    assert site.desk.assistant.promoted is None
    assert logged(site) == [("ann", "rolled back", "adapter 2026-11-01 to base")]


def test_an_untested_adapter_needs_a_second_word(editor, site):
    refused = editor.act("promote", name="2026-10-01")
    assert (refused.status_code, site.desk.assistant.promoted) == (422, None)
    assert "has not been tested against base" in refused.text

    editor.act("promote", name="2026-10-01", anyway="yes")
    assert site.desk.assistant.promoted == "2026-10-01"
    editor.act("roll back adapter")


def test_an_adapters_card_is_shown_without_its_markup(editor):
    text = editor.get("/admin/adapter?name=2026-11-01").text

    assert "its own sentences that a passage supports" in text
    assert "0.713" in text
    assert "<script" not in text
    assert "&lt;script&gt;alert(1)" in text


def test_the_index_goes_back_in_the_running_server(editor, site):
    assert site.desk.assistant.generation_number == 2

    editor.act("roll back index")

    assert site.desk.assistant.generation_number == 1
    assert logged(site) == [("ann", "rolled back", "generation 2 to 1")]
    assert editor.act("roll back index").status_code == 422


BAD = ["", "x", "-1", "1;", "99999", "1e3", "9" * 30, "../1", "\0", "' OR 1=1 --", "%00", "١"]


@pytest.mark.parametrize("value", BAD, ids=repr)
def test_an_address_that_names_nothing_is_told_so(editor, value):
    for page, key in (("feedback", "id"), ("adapter", "name"), ("report.html", "n"),
                      ("loss.png", "name")):  # fmt: skip
        response = editor.get(f"/admin/{page}", params={key: value})
        assert response.status_code == 404, page
        assert "could not be done" in response.text


@pytest.mark.parametrize("do", ["approve", "reject", "promote", "forget chat", "nonsense"])
def test_an_act_on_what_is_not_there_is_told_so(editor, site, do):
    before = list_entries(site.store)

    response = editor.act(do, id="99999", name="../../etc", question="Q", answer="A")

    assert response.status_code == 422
    assert list_entries(site.store) == before
