"""The page as a visitor sees it, in a real browser against a real server with a fake assistant."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest

from assistant.store.feedback import list_feedback
from tests.browser.conftest import DESKTOP, PHONE
from tests.serve.building import time_until_free

pytestmark = pytest.mark.slow

VIEWS = {
    "desktop-light": (DESKTOP, "light"),
    "desktop-dark": (DESKTOP, "dark"),
    "phone-light": (PHONE, "light"),
    "phone-dark": (PHONE, "dark"),
}


def ask(page, question: str, until: str = "#mh-live .mh-copy") -> None:
    page.fill("#mh-question textarea", question)
    page.press("#mh-question textarea", "Enter")
    page.wait_for_selector(f"#mh-live .mh-question:has-text({question!r})")
    page.wait_for_selector(until)


def settle(page) -> None:
    """Wait until nothing moves, so that screenshots are the same each time."""
    page.wait_for_function("document.getAnimations().every(a => a.playState === 'finished')")


@pytest.mark.parametrize(("viewport", "scheme"), VIEWS.values(), ids=VIEWS.keys())
def test_it_looks_right_and_never_scrolls_sideways(open_page, snapshot, request, viewport, scheme):
    page = open_page(viewport, scheme)
    view = request.node.callspec.id
    for name, question in [
        ("welcome", ""),
        ("answer", "Should I merge my adapter or carry it?"),
        ("quoted", "Can you quote what you said?"),
        ("refused", "What will the weather be?"),
    ]:
        if question:
            if name != "answer":
                page.click("#mh-new")
                page.wait_for_selector("#mh-welcome")
            ask(page, question)
            page.click("#mh-live .mh-source summary")
        settle(page)
        snapshot(page, f"{name}-{view}")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name


def test_sentences_appear_one_after_another(open_page):
    page = open_page()
    ask(page, "Should I merge, slowly?", until="#mh-live .mh-sentence")

    first = page.locator("#mh-live .mh-sentence").count()
    page.wait_for_selector("#mh-live .mh-copy")

    assert first < page.locator("#mh-live .mh-sentence").count() == 4


def test_the_page_says_that_it_is_reading_our_articles(open_page):
    page = open_page()
    page.evaluate(
        "new MutationObserver(() => { window.said = (window.said || '')"
        " + (document.querySelector('#mh-live .mh-status')?.textContent || '') })"
        ".observe(document.querySelector('#mh-live'), {subtree: true, childList: true,"
        " characterData: true})"
    )

    ask(page, "Should I merge?")

    assert "Reading our articles…" in page.evaluate("window.said")


def test_a_citation_opens_the_article_at_its_heading_in_a_new_tab(open_page):
    page = open_page()
    ask(page, "Should I merge?")

    link = page.locator("#mh-live .mh-cite a").first

    assert link.get_attribute("href") == (
        "https://example.org/blog/merge-or-carry#when-should-you-carry"
    )
    assert link.get_attribute("target") == "_blank"


def test_a_citation_without_an_address_opens_its_source_card(open_page):
    page = open_page()
    ask(page, "Should I merge?")

    page.click("#mh-live a[href='#source-1-3']")

    assert page.is_visible("#source-1-3 .mh-passage")


def test_a_marks_source_stands_beside_it_while_the_pointer_is_there(open_page):
    page = open_page()
    ask(page, "Should I merge?")
    page.hover("#mh-live .mh-cite a >> nth=0")
    page.wait_for_selector(".mh-peek")

    assert page.inner_text(".mh-peek .mh-title") == "Merge it or carry it"
    assert page.inner_text(".mh-peek .mh-meta") == "7 July 2026 · When should you carry?"
    assert page.locator(".mh-peek mark").count() > 0
    page.hover(".mh-peek .mh-passage")
    page.wait_for_timeout(400)
    assert page.is_visible(".mh-peek")
    page.mouse.move(5, 5)
    page.wait_for_selector(".mh-peek", state="detached")


def test_a_marks_source_is_there_for_the_keyboard_and_escape_puts_it_away(open_page):
    page = open_page()
    ask(page, "Should I merge?")
    page.focus("#mh-live .mh-question >> xpath=..//button >> nth=0")
    for _ in range(30):
        page.keyboard.press("Shift+Tab")
        if page.evaluate("document.activeElement.matches('.mh-cite a')"):
            break
    page.wait_for_selector(".mh-peek")
    assert page.get_attribute(".mh-peek", "aria-hidden") == "true"

    page.keyboard.press("Escape")
    assert page.locator(".mh-peek").count() == 0


def test_a_tap_on_a_mark_shows_its_source_and_does_not_leave(open_page):
    page = open_page(PHONE, has_touch=True)
    ask(page, "Should I merge, slowly?", until="#mh-live .mh-cite")
    page.tap("#mh-live .mh-cite a >> nth=0")  # while the rest is still being written
    page.wait_for_selector(".mh-peek[role=dialog]")

    assert len(page.context.pages) == 1
    box = page.locator(".mh-peek").bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= PHONE["width"]
    link = page.get_attribute(".mh-peek .mh-title", "href")
    assert link == "https://example.org/blog/merge-or-carry#when-should-you-carry"
    page.tap(".mh-masthead")
    assert page.locator(".mh-peek").count() == 0


def test_sources_show_the_passage_with_the_supporting_words_marked(open_page):
    page = open_page()
    ask(page, "Should I merge?")

    page.click("#source-1-1 summary")

    marks = page.locator("#source-1-1 mark").all_inner_texts()
    assert "Merge when an adapter has been promoted and serves" in marks


def test_a_refusal_lists_the_nearest_articles(open_page):
    page = open_page()

    ask(page, "What will the weather be?")

    assert "We have not written about that." in page.inner_text("#mh-live .mh-answer")
    assert page.locator("#mh-live .mh-source").count() == 2


def test_an_example_question_is_asked_with_one_press(open_page):
    page = open_page()

    page.click(".mh-examples button >> nth=0")
    page.wait_for_selector("#mh-live .mh-copy")

    assert "Should I merge my adapter or carry it?" in page.inner_text("#mh-live .mh-question")


def test_stop_ends_the_answer_and_the_work_behind_it(open_page, assistant):
    page = open_page()
    assistant.closed.clear()
    ask(page, "Should I merge, slowly?", until="#mh-live .mh-sentence")

    page.click("#mh-stop")
    page.wait_for_selector("#mh-live .mh-note:has-text('You stopped')")

    assert assistant.closed.wait(5)
    assert page.is_visible("#mh-ask")


@pytest.mark.parametrize("question", ["please break", "please crash"])
def test_a_failure_says_so_and_gives_the_question_back(open_page, question):
    page = open_page()

    ask(page, question, until="#mh-live .mh-note")

    assert "press Ask to try again" in page.inner_text("#mh-live .mh-note")
    assert page.input_value("#mh-question textarea") == question


def test_a_follow_up_keeps_the_answer_before_it_and_a_new_chat_clears_both(open_page, assistant):
    page = open_page()
    ask(page, "Should I merge?")
    ask(page, "And its cost?")

    assert "Should I merge?" in page.inner_text("#mh-past")
    assert [m.role for m in assistant.asked[-1][1]] == ["user", "assistant"]

    page.click("#mh-new")
    page.wait_for_selector("#mh-welcome")
    assert page.locator(".mh-turn").count() == 0


def test_a_thumb_down_with_a_reason_is_stored_with_what_the_answer_was_made_from(open_page, store):
    page = open_page()
    ask(page, "Should I merge?")
    page.click("#mh-live .mh-down summary")
    page.check("#mh-live .mh-why input[value=missing]")
    page.fill("#mh-live .mh-why textarea", "Say what it costs.")

    page.click("#mh-live .mh-why button")
    page.wait_for_selector("#mh-live .mh-thanks")

    kept = list_feedback(store)[-1]
    assert (kept.thumb, kept.reason, kept.better) == ("down", "missing", "Say what it costs.")
    assert (kept.question, kept.generation, kept.adapter) == ("Should I merge?", 7, "base")
    assert "prompt" in kept.record


def test_a_thumb_up_is_one_press_also_on_an_earlier_answer(open_page, store):
    page = open_page()
    ask(page, "Should I merge the first?")
    ask(page, "Should I merge the second?")

    page.click("#mh-past .mh-up")
    page.wait_for_selector("#mh-past .mh-thanks")

    kept = list_feedback(store)[-1]
    assert (kept.thumb, kept.question) == ("up", "Should I merge the first?")


def test_the_last_question_is_asked_again_with_one_press(open_page, assistant):
    page = open_page()
    ask(page, "Should I merge again?")
    n_asked = len(assistant.asked)

    page.click("#mh-live [data-act=retry]")
    page.wait_for_selector("#mh-live [data-state=reading]")
    page.wait_for_selector("#mh-live .mh-copy")

    assert [q for q, _ in assistant.asked[n_asked:]] == ["Should I merge again?"]
    assert page.locator(".mh-turn").count() == 1


def test_editing_puts_the_last_question_back_into_the_box(open_page):
    page = open_page()
    ask(page, "Should I merge?")
    ask(page, "And its cots?")

    page.click("#mh-live [data-act=edit]")
    page.wait_for_selector(".mh-turn >> nth=0")
    page.wait_for_function(
        "document.querySelector('#mh-question textarea').value === 'And its cots?'"
    )

    assert page.locator(".mh-turn").count() == 1
    assert "Should I merge?" in page.inner_text("#mh-live .mh-question")


def list_own_chats(page) -> list[str]:
    page.click("#mh-more [data-act=list]")
    page.wait_for_selector(".mh-chats, .mh-nochats")
    return page.locator(".mh-chat").all_inner_texts()


def test_own_chats_are_listed_opened_carried_on_and_deleted(open_page, assistant, store):
    page = open_page()
    ask(page, "Should I merge the one I keep?")
    page.reload()
    page.wait_for_selector("#mh-ask")

    assert list_own_chats(page) == ["Should I merge the one I keep?"]
    page.click(".mh-chat")
    page.wait_for_selector("#mh-live .mh-sources")
    ask(page, "And its cost?")
    assert [m.role for m in assistant.asked[-1][1]] == ["user", "assistant"]

    list_own_chats(page)
    delete = page.locator(".mh-chats [data-act=forget]")
    delete.click()
    assert delete.inner_text() == "Press again to delete"
    delete.click()
    page.wait_for_selector(".mh-nochats")
    assert page.locator(".mh-turn").count() == 0
    with store.connect() as connection:
        texts = connection.exec_driver_sql("SELECT text FROM messages").scalars().all()
    assert "Should I merge the one I keep?" not in texts


def test_another_browser_lists_no_chats_of_this_one(open_page):
    first, second = open_page(), open_page()
    ask(first, "Should I merge in secret?")

    assert list_own_chats(first) == ["Should I merge in secret?"]
    assert list_own_chats(second) == []


def test_the_privacy_note_says_how_long_questions_are_kept(open_page):
    page = open_page()
    page.click(".mh-privacy summary")

    assert "for 30 days" in page.inner_text(".mh-privacy p")


def test_a_chosen_length_reaches_the_answer_and_stays_chosen(open_page, store):
    page = open_page()
    page.click("#mh-length label:has-text('Short')")
    ask(page, "Should I merge, in short?")

    with store.connect() as connection:
        record = connection.exec_driver_sql(
            "SELECT record FROM messages ORDER BY id DESC LIMIT 1"
        ).scalar()
    assert '"length": "short"' in record
    page.reload()
    page.wait_for_selector(".mh-lengths")
    assert page.is_checked(".mh-lengths [value=short]")


def test_a_reader_who_closes_the_page_frees_the_slot_within_a_second(open_page, assistant, server):
    page = open_page()
    assistant.closed.clear()
    ask(page, "Should I merge? Tell me at length.", until="#mh-live .mh-sentence")
    assert server.state.desk.line.n_answered == 1

    page.close()

    assert time_until_free(server.state.desk.line) < 1
    assert assistant.closed.wait(1)


def test_two_visitors_do_not_see_each_others_questions(open_page, assistant):
    first, second = open_page(), open_page()
    ask(first, "Should I merge mine?")
    ask(second, "Should I merge yours?")

    assert "mine" not in second.inner_text("#mh-main")
    assert assistant.asked[-1][1] == ()


def test_a_question_too_long_stays_in_the_box_and_is_told_so(open_page):
    page = open_page()

    page.fill("#mh-question textarea", "x " * 1200)
    page.press("#mh-question textarea", "Enter")
    page.wait_for_selector(".mh-notice:has-text('2,399 characters')")

    assert len(page.input_value("#mh-question textarea")) == 2400


def test_a_question_that_is_markup_is_shown_as_text(open_page):
    page = open_page()

    ask(page, "<img src=x onerror=document.title=1> merge ${1+1} {{value}}", until=".mh-copy")

    assert page.locator("#mh-live img").count() == 0
    assert "${1+1} {{value}}" in page.inner_text("#mh-live .mh-question")


def test_copy_puts_the_answer_with_its_sources_on_the_clipboard(open_page):
    page = open_page()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    ask(page, "Should I merge?")

    page.click("#mh-live .mh-copy")
    page.wait_for_selector("#mh-live .mh-copy:has-text('Copied')")

    copied = page.evaluate("navigator.clipboard.readText()")
    assert re.search(r"\[1\] Merge it or carry it - https://example\.org/", copied)


def test_only_our_own_server_is_asked_and_nothing_is_refused_by_the_policy(
    open_page, address, requested, problems
):
    page = open_page()
    ask(page, "Should I merge?")
    page.wait_for_timeout(500)

    assert {urlsplit(url).netloc for url in requested if not url.startswith("data:")} == {
        urlsplit(address).netloc
    }
    assert problems == []


def test_the_keyboard_reaches_everything_and_focus_returns_to_the_box(open_page):
    page = open_page()
    page.focus("#mh-question textarea")
    page.keyboard.type("Should I merge?")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector("#mh-live .mh-copy")

    assert page.evaluate("document.activeElement.tagName") == "TEXTAREA"
