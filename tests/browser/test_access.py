"""The page for those who hear it, who use no mouse, or who want nothing to move."""

from __future__ import annotations

import pytest

from tests.browser.test_page import ask, settle

pytestmark = pytest.mark.slow

NAMELESS = """[...document.querySelectorAll('button, a[href], input, textarea, summary')]
  .filter((e) => e.checkVisibility() && !e.closest('[aria-hidden=true]'))
  .filter((e) => !(e.getAttribute('aria-label') || e.innerText || e.labels?.[0]?.innerText
    || e.closest('label')?.innerText || '').trim())
  .map((e) => e.outerHTML.slice(0, 120))"""
SKIPPED = """[...document.querySelectorAll('h1, h2, h3, h4')].filter((e) => e.checkVisibility())
  .map((e) => Number(e.tagName[1])).filter((level, i, all) => level > (all[i - 1] ?? 0) + 1)"""


def test_a_screen_reader_finds_each_part_by_its_name(open_page):
    page = open_page()
    page.wait_for_selector(".mh-lengths")
    start = page.locator("body").aria_snapshot()
    ask(page, "Should I merge?")
    page.click("#mh-live .mh-down summary")
    answered = page.locator("body").aria_snapshot()

    for part in (
        'heading "The Low Rank" [level=1]', 'heading "You could ask" [level=2]', 'group "Answers"',
        'radio "Normal" [checked]', 'textbox "Your question"', 'button "Ask"', 'log "Conversation"',
    ):  # fmt: skip
        assert part in start, part
    for part in (
        'heading "You asked Should I merge?" [level=2]', 'region "Sources"',
        'link "Source 1: Merge it or carry it, opens in a new tab"', 'button "Helpful"',
        'group "What is wrong with it?"', 'button "New chat"',
    ):  # fmt: skip
        assert part in answered, part
    assert page.evaluate(NAMELESS) == []
    assert page.evaluate(SKIPPED) == []
    assert page.evaluate("document.documentElement.lang") == "en"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_before_or_after_an_answer(open_page, scheme):
    from axe_playwright_python.sync_playwright import Axe

    axe = Axe()
    page = open_page(scheme=scheme)
    page.wait_for_selector(".mh-lengths")
    settle(page)
    looks = [axe.run(page)]
    ask(page, "Should I merge?")
    page.hover("#mh-live .mh-cite a >> nth=0")
    page.wait_for_selector(".mh-peek")
    settle(page)
    looks.append(axe.run(page))
    for panel in (".mh-down", ".mh-source >> nth=0 >>", ".mh-privacy"):
        page.click(f"{panel} summary")
    settle(page)
    looks.append(axe.run(page))

    assert [look.generate_snapshot() for look in looks] == ["", "", ""]
    assert min(len(look.response["passes"]) for look in looks) > 10


def test_the_length_is_chosen_with_the_arrow_keys(open_page):
    page = open_page()
    page.focus(".mh-lengths [value=normal]")
    page.keyboard.press("ArrowRight")

    assert page.is_checked(".mh-lengths [value=detailed]")


def test_where_less_motion_is_asked_for_nothing_moves(open_page):
    page = open_page(reduced_motion="reduce")
    ask(page, "Should I merge, slowly?", until="#mh-live .mh-sentence")

    assert page.locator("#mh-live .mh-status").count() == 1
    assert (
        page.evaluate("document.getAnimations().filter((a) => a.playState === 'running').length")
        == 0
    )


def test_a_changed_brand_is_on_the_page_at_the_next_visit(open_page, assistant):
    before = assistant.settings
    colours = before.brand.colours.model_copy(update={"primary": "#00529b"})
    changed = {"name": "The High Rank", "greeting": "Good day.", "colours": colours,
               "example_questions": ("Only this?",)}  # fmt: skip
    assistant.settings = before.model_copy(
        update={"brand": before.brand.model_copy(update=changed)}
    )
    try:
        page = open_page()
        page.wait_for_selector(".mh-greeting:has-text('Good day.')")

        assert (page.title(), page.inner_text("h1")) == ("The High Rank", "The High Rank")
        assert page.locator(".mh-chip").all_inner_texts() == ["Only this?"]
        colour = "getComputedStyle(document.querySelector('#mh-ask')).backgroundColor"
        assert page.evaluate(colour) == "rgb(0, 82, 155)"
    finally:
        assistant.settings = before
