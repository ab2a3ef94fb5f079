"""A real server on a thread and a real Chromium; tests skip with the reason where there is none."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from sqlalchemy import Engine

from tests.serve.building import build_for_test, running
from tests.serve.fake_assistant import FakeAssistant

ROOT = Path(__file__).parents[2]
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}


def find_chromium() -> str:
    found = (shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome"))
    path = next((p for p in found if p), None)
    if path is None:
        pytest.skip("no system Chromium; install the package `chromium` for the browser tests")
    return path


@pytest.fixture(scope="module")  # its event loop must not outlive these tests
def browser():
    path = find_chromium()
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=20_000)  # ms; two workers, a server and a browser share the cores
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield launched
        launched.close()


@pytest.fixture(scope="module")
def assistant() -> FakeAssistant:
    return FakeAssistant(pause_s=0.1)


@pytest.fixture(scope="module")
def server(assistant, tmp_path_factory) -> FastAPI:
    return build_for_test(assistant, tmp_path_factory.mktemp("workspace"))


@pytest.fixture(scope="module")
def address(server) -> Iterator[str]:
    with running(server) as url:
        yield url


@pytest.fixture
def store(server) -> Engine:
    return server.state.desk.store


@pytest.fixture
def requested() -> list[str]:
    """Every address that the page asked for."""
    return []


@pytest.fixture
def problems() -> list[str]:
    """Every error that the page reported, a refused script or style among them."""
    return []


@pytest.fixture(scope="module")
def readers(browser):
    """Browsers by what they look like; kept, because Gradio's scripts take a second to load."""
    contexts = {}
    yield contexts
    for context in contexts.values():
        context.close()


@pytest.fixture
def open_page(browser, readers, address, requested, problems):
    """Return what opens the page as somebody new: twice in a test, as two people."""
    opened, strangers = {}, []

    def find_context(look):
        if look not in opened:
            if look not in readers:
                readers[look] = browser.new_context(**dict(look[:-1]), viewport=dict(look[-1]))
            return readers[look]
        strangers.append(browser.new_context(**dict(look[:-1]), viewport=dict(look[-1])))
        return strangers[-1]

    def open_one(viewport=DESKTOP, scheme="light", **more):
        settings = {"color_scheme": scheme, **more}
        look = (*sorted(settings.items()), tuple(viewport.items()))
        page = find_context(look).new_page()
        opened.setdefault(look, page)
        page.on("request", lambda request: requested.append(request.url))
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda m: problems.append(m.text) if m.type == "error" else None)
        page.goto(address)
        page.wait_for_selector("#mh-ask")
        return page

    yield open_one
    for context in strangers:
        context.close()
    for page in opened.values():
        if not page.is_closed():
            page.evaluate("localStorage.clear()")
            page.close()


@pytest.fixture
def snapshot():
    folder = ROOT / "artefacts"
    folder.mkdir(exist_ok=True)
    return lambda page, name: page.screenshot(path=folder / f"page-{name}.png")
