"""The chat page: a brand in, Gradio's Blocks out, every component wired to its handler."""

from __future__ import annotations

import importlib
import os

import gradio as gr

from serve.desk import Desk
from serve.handlers import Handlers
from serve.render import render_footer, render_header
from serve.view import View

_EVENTS = 1_000  # of all pages together, presses of buttons included
_SESSIONS = 1_000  # conversations kept at once; the oldest go first
# The last input is the browser's own secret, which page.js keeps.
_WITH_SECRET = "(...given) => [...given.slice(0, -1), window.mastheadSecret()]"


def build_page(desk: Desk, *, private: bool, logo_url: str = "") -> gr.Blocks:
    """Build the page in the brand's name; `logo_url` is an address on our own server.

    `private` is where only this machine can reach the server, whose questions are not counted.
    """
    settings = desk.assistant.settings
    brand = settings.brand
    with gr.Blocks(title=brand.name, analytics_enabled=False, fill_width=True) as page:
        gr.HTML(render_header(brand, logo_url), elem_id="mh-header", apply_default_css=False)
        view = View(brand, settings.store.keep_days)
        gr.HTML(render_footer(brand), elem_id="mh-foot", apply_default_css=False)
        _connect(view, Handlers(view, desk, private=private))
    # Gradio would count its events with pandas after each one: 1.5 s on the first, for no reader.
    os.environ["GRADIO_ANALYTICS_CACHE_FREQUENCY"] = str(10**9)
    os.environ["GRADIO_ANALYTICS_MAX_EVENTS"] = "1"
    # Gradio asks matplotlib for its backend at the first event; unset, that loads all of pyplot:
    # another 1.7 s for the first reader.
    os.environ["MPLBACKEND"] = "agg"
    importlib.import_module("matplotlib")
    # The line is the desk's own; Gradio's only bounds what may come to it.
    page.queue(api_open=False, max_size=_EVENTS, default_concurrency_limit=None)
    page.state_session_capacity = _SESSIONS
    return page


def _connect(view: View, handlers: Handlers) -> None:
    quiet = {"api_visibility": "private", "show_progress": "hidden"}
    once = {"concurrency_limit": None, "trigger_mode": "once", "js": _WITH_SECRET}
    mine = [view.turns, view.chat, view.length, view.visitor]
    asked = [
        gr.on(triggers, handlers.answer, [source, *mine], view.outputs, **once, **quiet)
        for triggers, source in [
            ([view.box.submit, view.ask.click], view.box),
            *(([example.click], example) for example in view.examples),
        ]
    ]
    pressed = [view.live.submit, view.past.submit, view.more.submit]
    asked.append(gr.on(pressed, handlers.act, mine, view.outputs, **once, **quiet))
    for event in asked:
        event.failure(handlers.fail, [view.turns], view.outputs, **quiet)
    view.stop.click(handlers.stop, [view.halt], None, **quiet)
    view.new.click(view.emptied, None, view.outputs, **quiet)
