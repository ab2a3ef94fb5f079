"""The review page in a real browser: a row beside its passage, a decision that is kept."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest
from playwright.sync_api import expect

from assistant.pair_review import add_decision, read_decisions
from serve.review_desk import Desk
from tests.browser.conftest import DESKTOP, running
from tests.serve.test_review_desk import row

pytestmark = pytest.mark.slow


def build(desk):
    async def make():
        from serve.review_page import build_review_server

        return build_review_server(desk, "The Bench", "Ann")

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, make()).result()


def test_a_row_is_edited_and_the_next_one_comes(browser, tmp_path):
    rows = [row("1", question="What is first?"), row("2", question="What is second?")]
    desk = Desk(rows, {}, lambda decision: add_decision(tmp_path, decision))
    with running(build(desk)) as url, browser.new_context(viewport=DESKTOP) as context:
        page = context.new_page()
        page.goto(url)
        expect(page.locator(".pr-question")).to_contain_text("What is first?")
        expect(page.locator("mark").first).to_be_visible()
        page.get_by_label("Answer").fill("The press prints. [1]")
        page.get_by_role("button", name="Save the edit").click()
        expect(page.locator(".pr-question")).to_contain_text("What is second?")
    (decision,) = read_decisions(tmp_path).values()
    assert (decision.verdict, decision.target) == ("edit", "The press prints. [1]")
