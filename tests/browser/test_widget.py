"""One script tag on a plain page of another origin, and what a site that is not listed gets."""

from __future__ import annotations

from contextlib import ExitStack

import pytest
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Route

from tests.browser.conftest import DESKTOP, PHONE
from tests.serve.admin.editors import make_assistant
from tests.serve.building import build_for_test, running

pytestmark = pytest.mark.slow

PAGE = """<!doctype html><html lang="en"><title>A page of theirs</title>
<link rel="stylesheet" href="/theirs.css"><h1>Theirs</h1><p>Their text.</p>
<button>Theirs</button><script src="{home}/embed.js" async></script>"""
STYLES = "button { background: lime !important; border-radius: 0; } iframe { display: none; }"


def make_site(home: list[str]) -> Starlette:
    """Return a plain page with styles of its own and the policy that docs/editors.md advises."""

    def page(_request):
        policy = f"default-src 'none'; style-src 'self'; script-src {home[0]}; frame-src {home[0]}"
        return HTMLResponse(PAGE.format(home=home[0]), headers={"Content-Security-Policy": policy})

    def styles(_request):
        return HTMLResponse(STYLES, media_type="text/css")

    return Starlette(routes=[Route("/", page), Route("/theirs.css", styles)])


@pytest.fixture(scope="module")
def sites(tmp_path_factory):
    """The addresses of a site that is listed, of one that is not, and of the assistant."""
    home: list[str] = [""]
    root = tmp_path_factory.mktemp("workspace")
    with ExitStack() as stack:
        listed, other = (
            stack.enter_context(running(make_site(home))).replace("127.0.0.1", "localhost")
            for _ in range(2)
        )
        server = build_for_test(make_assistant(root, widget={"sites": [listed]}), root)
        home[0] = stack.enter_context(running(server))
        yield listed, other, home[0]
        server.state.desk.close()
        server.state.desk.store.dispose()


@pytest.fixture
def open_site(browser):
    contexts = []

    def open_one(url, viewport=DESKTOP):
        context = browser.new_context(viewport=viewport)
        contexts.append(context)
        page = context.new_page()
        page.problems = []
        page.on("console", lambda m: page.problems.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: page.problems.append(str(error)))
        page.goto(url)
        return page

    yield open_one
    for context in contexts:
        context.close()


def press(page):
    """Press the widget's button as a person does: its shadow root is closed to everybody's code."""
    page.wait_for_selector("masthead-widget", state="attached")
    size = page.viewport_size
    page.mouse.click(size["width"] - 60, size["height"] - 44)


def find_frame(page, home):
    for _ in range(100):
        if found := [f for f in page.frames if f.url == f"{home}/widget"]:
            found[0].wait_for_selector("#mh-ask")
            return found[0]
        page.wait_for_timeout(100)
    raise AssertionError(f"no frame among {[f.url for f in page.frames]}: {page.problems}")


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_a_listed_site_shows_the_chat_with_its_citations(
    open_site, sites, snapshot, request, viewport
):
    page = open_site(sites[0], viewport)
    snapshot(page, f"widget-closed-{request.node.callspec.id}")
    press(page)
    frame = find_frame(page, sites[2])
    frame.fill("#mh-question textarea", "Should I merge?")
    frame.press("#mh-question textarea", "Enter")
    frame.wait_for_selector("#mh-live .mh-copy")

    assert frame.locator("#mh-live .mh-source").count() == 3
    link = frame.locator("#mh-live .mh-cite a").first
    assert link.get_attribute("href").startswith("https://example.org/blog/merge-or-carry")
    assert link.get_attribute("target") == "_blank"
    frame.wait_for_function("document.getAnimations().every(a => a.playState === 'finished')")
    snapshot(page, f"widget-open-{request.node.callspec.id}")
    # The box would like the focus, and a browser does not give it to a frame: no fault.
    assert [p for p in page.problems if "autofocus" not in p] == []


def test_the_site_stays_as_it_was_but_for_one_element(open_site, sites):
    page = open_site(sites[0])
    press(page)

    added = page.evaluate("[...document.body.children].map(e => e.localName)")
    assert added == ["h1", "p", "button", "script", "masthead-widget"]
    assert page.evaluate("document.querySelector('masthead-widget').shadowRoot") is None
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate("Object.keys(window).filter(k => k.startsWith('masthead'))") == [
        "mastheadWidget"
    ]


def test_a_site_that_is_not_listed_gets_no_page(open_site, sites):
    page = open_site(sites[1])
    press(page)
    page.wait_for_timeout(500)

    assert any("frame-ancestors" in problem for problem in page.problems)
    assert all("#mh-ask" not in f.content() for f in page.frames if f is not page.main_frame)


def test_the_widget_closes_again_and_keeps_the_chat(open_site, sites):
    page = open_site(sites[0])
    press(page)
    frame = find_frame(page, sites[2])
    frame.fill("#mh-question textarea", "half a question")

    page.mouse.click(1280 - 20 - 45, 900 - 20 - 680 + 20)
    press(page)

    assert frame.input_value("#mh-question textarea") == "half a question"
