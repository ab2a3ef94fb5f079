"""The chat page: a brand in, Gradio's Blocks out, every component wired to its handler."""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable
from typing import Any

import gradio as gr

from serve.brand_files import Dress
from serve.desk import Desk
from serve.handlers import Handlers
from serve.render import render_footer, render_greeting, render_header
from serve.view import View

_EVENTS = 1_000  # of all pages together, presses of buttons included
_SESSIONS = 1_000  # conversations kept at once; the oldest go first
_QUIET: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
# The last two inputs are the length chosen and the browser's own secret, which page.js keeps.
_WITH_CHOICES = (
    "(...given) => [...given.slice(0, -2), window.mastheadLength(), window.mastheadSecret()]"
)


def build_page(desk: Desk, look: Callable[[], Dress], *, private: bool) -> gr.Blocks:
    """Build the page; each visit shows the brand as `look` gives it then.

    `private` is where only this machine can reach the server, whose questions are not counted.
    """
    dress = look()
    keep_days = desk.assistant.settings.store.keep_days
    with gr.Blocks(title=dress.brand.name, analytics_enabled=False, fill_width=True) as page:
        header = gr.HTML(elem_id="mh-header", apply_default_css=False)
        view = View(keep_days)
        foot = gr.HTML(elem_id="mh-foot", apply_default_css=False)
        _connect(view, Handlers(view, desk, private=private))
        branded = [header, view.greeting, foot]
        for part, value in zip(branded, _render_brand(dress), strict=True):
            part.value = value
        page.load(lambda: _render_brand(look()), None, branded, **_QUIET)
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


def _render_brand(dress: Dress) -> tuple[str, str, str]:
    brand = dress.brand
    return render_header(brand, dress.logo_url), render_greeting(brand), render_footer(brand)


def _connect(view: View, handlers: Handlers) -> None:
    once = {"concurrency_limit": None, "trigger_mode": "once", "js": _WITH_CHOICES}
    mine = [view.turns, view.chat, view.length, view.visitor]
    asked = [
        gr.on(
            [view.box.submit, view.ask.click], handlers.answer, [view.box, *mine], view.outputs,
            **once, **_QUIET,
        ),
        gr.on(
            [part.submit for part in view.pressable], handlers.act, mine, view.outputs,
            **once, **_QUIET,
        ),
    ]  # fmt: skip
    for event in asked:
        event.failure(handlers.fail, [view.turns], view.outputs, **_QUIET)
    view.stop.click(handlers.stop, [view.halt], None, **_QUIET)
    view.new.click(view.emptied, None, view.outputs, **_QUIET)
