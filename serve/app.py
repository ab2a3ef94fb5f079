"""The chat page: questions in, an assistant's events out as HTML.

What belongs to one visitor is gr.State and arguments; the desk is shared.
"""

from __future__ import annotations

import logging
import math
import os
import threading
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

import gradio as gr

from assistant.answer import MAX_QUESTION_CHARACTERS
from assistant.errors import AssistantError
from serve import words
from serve.conversation import (
    MAX_TURNS,
    Progress,
    Turn,
    apply_event,
    fail_turn,
    history_of,
    stop_turn,
)
from serve.desk import Asked, Desk
from serve.line import LineFull
from serve.rates import name_address
from serve.render import render_footer, render_header
from serve.view import Turns, View

_EVENTS = 1_000  # of all pages together, presses of buttons included
_SESSIONS = 1_000  # conversations kept at once; the oldest go first

log = logging.getLogger(__name__)


def build_page(desk: Desk, *, private: bool, logo_url: str = "") -> gr.Blocks:
    """Build the page in the brand's name; `logo_url` is an address on our own server.

    `private` is where only this machine can reach the server, whose questions are not counted.
    """
    brand = desk.assistant.settings.brand
    with gr.Blocks(title=brand.name, analytics_enabled=False, fill_width=True) as page:
        gr.HTML(render_header(brand, logo_url), elem_id="mh-header", apply_default_css=False)
        view = View(brand)
        gr.HTML(render_footer(brand), elem_id="mh-foot", apply_default_css=False)
        _connect(view, desk, private)
    # Gradio would count its events with pandas after each one: 1.5 s on the first, for no reader.
    os.environ["GRADIO_ANALYTICS_CACHE_FREQUENCY"] = str(10**9)
    os.environ["GRADIO_ANALYTICS_MAX_EVENTS"] = "1"
    # The line is the desk's own; Gradio's only bounds what may come to it.
    page.queue(api_open=False, max_size=_EVENTS, default_concurrency_limit=None)
    page.state_session_capacity = _SESSIONS
    return page


def _connect(view: View, desk: Desk, private: bool) -> None:
    async def ask(
        question: str, turns: Turns, request: gr.Request
    ) -> AsyncIterator[dict[Any, Any]]:
        question = question.strip()
        if problem := find_problem(question) or _find_haste(desk, request, private):
            yield view.noticed(problem)
        elif question:
            earlier, halt = keep_turns(turns), threading.Event()
            number = earlier[-1].number + 1 if earlier else 1
            turns = (*earlier, Turn(number, question))
            yield view.started(turns, halt)
            async for newest in answer_turn(desk, turns, halt):
                turns = (*earlier, newest)
                yield view.changed(turns)
            yield view.ended((*earlier, stop_turn(turns[-1])))

    def stop(halt: threading.Event | None) -> None:
        if halt is not None:
            halt.set()

    def fail(turns: Turns) -> dict[Any, Any]:
        broken = turns and turns[-1].progress is Progress.READING
        return view.ended((*turns[:-1], fail_turn(turns[-1]))) if broken else view.noticed("")

    private_events = {"api_visibility": "private", "show_progress": "hidden"}
    asked = [
        gr.on(
            triggers,
            ask,
            [source, view.turns],
            view.outputs,
            concurrency_limit=None,
            trigger_mode="once",
            **private_events,
        )
        for triggers, source in [
            ([view.box.submit, view.ask.click], view.box),
            *(([example.click], example) for example in view.examples),
        ]
    ]
    for event in asked:
        event.failure(fail, [view.turns], view.outputs, **private_events)
    view.stop.click(stop, [view.halt], None, **private_events)
    view.new.click(view.emptied, None, view.outputs, **private_events)


async def answer_turn(desk: Desk, turns: Turns, halt: threading.Event) -> AsyncIterator[Turn]:
    """Yield the newest turn after each event of its answer until `halt`, or failed with why."""
    *earlier, turn = turns
    asked = Asked(turn.question.replace("\0", " "), history_of(earlier))
    try:
        async with aclosing(desk.answer(asked, halt)) as events:
            async for event in events:
                turn = apply_event(turn, event)
                yield turn
    except LineFull:
        yield fail_turn(turn, words.LINE_FULL)
    except AssistantError as error:
        log.warning("answer %s failed: %s", asked.id, error)
        yield fail_turn(turn)


def _find_haste(desk: Desk, request: gr.Request, private: bool) -> str:
    """Return what to tell a visitor who asks too often, or ""."""
    if private:
        return ""
    caller = name_address(request.client.host if request.client else "")
    wait_s = desk.rates.take(caller, desk.assistant.settings.serve.per_minute)
    if wait_s:
        desk.metrics.count_turned_away("rate")
    return words.TOO_FAST.format(seconds=math.ceil(wait_s)) if wait_s else ""


def keep_turns(turns: Turns) -> Turns:
    """Return the turns that stay above a new question: the newest, and none that failed."""
    kept = [turn for turn in turns if turn.progress is not Progress.FAILED]
    return tuple(kept[-(MAX_TURNS - 1) :])


def find_problem(question: str) -> str:
    """Return what is wrong with a question in words for the visitor, or ""."""
    if len(question) > MAX_QUESTION_CHARACTERS:
        return words.TOO_LONG.format(length=len(question), limit=MAX_QUESTION_CHARACTERS)
    return ""
