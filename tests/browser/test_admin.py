"""The loop as people walk it: a reader's thumb, an editor's word, a row in the next snapshot."""

from __future__ import annotations

import pytest

from assistant.config import Workspace
from assistant.generation import open_generation
from ingest.pairs import build_snapshot
from ingest.pairs.trace import trace
from serve.admin.workplace import TRIES
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.test_page import ask
from tests.fakes import FakeEncoder, FakeTokenizer
from tests.rated import ANN_PASSWORD, make_quick
from tests.serve.admin.editors import fill_store, fill_workspace, make_assistant
from tests.serve.building import build_for_test, running

pytestmark = pytest.mark.slow

QUESTION, ANSWER = "How do I check the ids?", "Compare token ids on both sides before you train."


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A filled workspace, its server and its address."""
    root = tmp_path_factory.mktemp("workspace")
    fill_workspace(root)
    server = build_for_test(make_assistant(root), root)
    desk = server.state.desk
    fill_store(make_quick(desk.store))
    with running(server) as url:
        yield root, desk, url
    desk.close()
    desk.store.dispose()


@pytest.fixture
def visit(browser, place):
    """Return what opens a page in a browser of its own; errors of any page fail the test."""
    contexts, problems = [], []

    def open_one(path="", viewport=DESKTOP):
        context = browser.new_context(viewport=viewport)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda m: problems.append(m.text) if "Policy" in m.text else None)
        page.goto(f"{place[2]}{path}")
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert problems == []


def log_in(page, password=ANN_PASSWORD):
    page.fill("#name", "ann")
    page.fill("#password", password)
    page.press("#password", "Enter")
    page.wait_for_load_state()


def test_a_better_answer_becomes_a_row_of_the_next_snapshot(visit, place):
    root, desk, url = place
    reader = visit()
    reader.wait_for_selector("#mh-ask")
    ask(reader, "Should I merge, and check ids?")
    reader.click("#mh-live .mh-down summary")
    reader.check("#mh-live .mh-why input[value=missing]")
    reader.fill("#mh-live .mh-why textarea", "you must compare ids!!")
    reader.click("#mh-live .mh-why button")
    reader.wait_for_selector("#mh-live .mh-thanks")

    editor = visit("/admin")
    log_in(editor)
    editor.click("nav >> text=Feedback")
    editor.click("text=Should I merge, and check ids?")
    assert editor.input_value("#answer") == "you must compare ids!!"
    editor.fill("#question", QUESTION)
    editor.fill("#answer", ANSWER)
    editor.click("text=Approve as pair")
    editor.wait_for_selector(".told:has-text('Approved.')")

    workspace = Workspace(root, desk.assistant.settings)
    build_snapshot(
        workspace, open_generation(workspace.index_root), FakeEncoder(), FakeTokenizer(), "render",
        lambda *_: None,
    )  # fmt: skip
    editor.reload()
    row = editor.inner_text("li:has-text('Snapshot') code")

    found = trace(workspace, row)
    assert (found["question"], found["reviewer"]) == (QUESTION, "ann")
    assert found["answer"].startswith(ANSWER)
    assert found["question_by"].startswith("import:feedback.jsonl:feedback-")


def test_promoting_and_rolling_back_leave_a_running_chat_whole(visit, place):
    _, desk, _ = place
    editor = visit("/admin")
    log_in(editor)
    reader = visit()
    reader.wait_for_selector("#mh-ask")
    ask(reader, "Should I merge, slowly?", until="#mh-live .mh-sentence")

    editor.goto(f"{place[2]}/admin/adapters")
    editor.click("summary:has-text('Put into service') >> nth=0")
    editor.click("button:has-text('Promote 2026-11-01')")
    editor.wait_for_selector("text=The next answer is written with it.")
    assert desk.assistant.promoted == "2026-11-01"
    editor.click("summary:has-text('Roll back')")
    editor.click("button:has-text('Roll back')")
    editor.wait_for_selector("text=written with base")
    assert desk.assistant.promoted is None

    reader.wait_for_selector("#mh-live .mh-copy")
    assert reader.locator("#mh-live .mh-sentence").count() == 4


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_every_page_fits_its_window(visit, place, snapshot, request, viewport):
    page = visit("/admin", viewport)
    log_in(page)
    names = ["", "review", "feedback?id=2", "gaps", "sources", "adapters",
             "adapter?name=2026-11-01", "generations", "log"]  # fmt: skip
    for name in names:
        page.goto(f"{place[2]}/admin/{name}".rstrip("/"))
        label = name.partition("?")[0] or "overview"
        snapshot(page, f"admin-{label}-{request.node.callspec.id}")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name


def test_a_login_lasts_until_logging_out_and_wrong_tries_lock_the_door(visit):
    page = visit("/admin/gaps")
    assert page.url.endswith("/admin")  # what was asked for is not even named
    log_in(page)
    page.wait_for_selector("text=What needs you")
    page.click("text=Log out")
    page.wait_for_selector("#password")
    page.goto(page.url.replace("/admin", "/admin/log"))
    assert page.is_visible("#password")

    for _ in range(TRIES):
        log_in(page, "not the password")
        page.wait_for_selector("text=do not go together")
    log_in(page)
    page.wait_for_selector("text=Too many tries from this address; try again in 15 min.")
