"""The chat page: questions in, an assistant's events out as HTML.

What belongs to one visitor is gr.State and arguments; the assistant is shared and read-only.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Iterator
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
from serve.relay import relay_until
from serve.render import render_footer, render_header
from serve.served import Served
from serve.view import Turns, View

_QUEUE = 20  # questions waiting; one more is refused politely
_SESSIONS = 1_000  # conversations kept at once; the oldest go first

log = logging.getLogger(__name__)


def build_page(assistant: Served, *, logo_url: str = "") -> gr.Blocks:
    """Build the page in the brand's name; `logo_url` is an address on our own server."""
    brand = assistant.settings.brand
    with gr.Blocks(title=brand.name, analytics_enabled=False, fill_width=True) as page:
        gr.HTML(render_header(brand, logo_url), elem_id="mh-header", apply_default_css=False)
        view = View(brand)
        gr.HTML(render_footer(brand), elem_id="mh-foot", apply_default_css=False)
        _connect(view, assistant)
    # Gradio would count its events with pandas after each one: 1.5 s on the first, for no reader.
    os.environ["GRADIO_ANALYTICS_CACHE_FREQUENCY"] = str(10**9)
    os.environ["GRADIO_ANALYTICS_MAX_EVENTS"] = "1"
    page.queue(api_open=False, max_size=_QUEUE)
    page.state_session_capacity = _SESSIONS
    return page


def _connect(view: View, assistant: Served) -> None:
    def ask(question: str, turns: Turns) -> Iterator[dict[Any, Any]]:
        question = question.strip()
        if problem := find_problem(question):
            yield view.noticed(problem)
        elif question:
            earlier, halt = keep_turns(turns), threading.Event()
            number = earlier[-1].number + 1 if earlier else 1
            turns = (*earlier, Turn(number, question))
            yield view.started(turns, halt)
            for newest in answer_turn(assistant, turns, halt):
                turns = (*earlier, newest)
                yield view.changed(turns)
            yield view.ended((*earlier, stop_turn(turns[-1])))

    def stop(halt: threading.Event | None) -> None:
        if halt is not None:
            halt.set()

    def fail(turns: Turns) -> dict[Any, Any]:
        broken = turns and turns[-1].progress is Progress.READING
        return view.ended((*turns[:-1], fail_turn(turns[-1]))) if broken else view.noticed("")

    private = {"api_visibility": "private", "show_progress": "hidden"}
    limits = {
        "concurrency_limit": assistant.settings.serve.parallel,
        "concurrency_id": "answers",
        "trigger_mode": "once",
    }
    asked = [
        gr.on(triggers, ask, [source, view.turns], view.outputs, **private, **limits)
        for triggers, source in [
            ([view.box.submit, view.ask.click], view.box),
            *(([example.click], example) for example in view.examples),
        ]
    ]
    for event in asked:
        event.failure(fail, [view.turns], view.outputs, **private)
    view.stop.click(stop, [view.halt], None, **private)
    view.new.click(view.emptied, None, view.outputs, **private)


def answer_turn(assistant: Served, turns: Turns, halt: threading.Event) -> Iterator[Turn]:
    """Yield the newest turn after each event of its answer until `halt`, or failed with why."""
    *earlier, turn = turns
    try:
        events = assistant.stream(turn.question, history_of(earlier))
        for event in relay_until(halt, events):
            turn = apply_event(turn, event)
            yield turn
    except AssistantError as error:
        log.warning("an answer failed: %s", error)
        yield fail_turn(turn)


def keep_turns(turns: Turns) -> Turns:
    """Return the turns that stay above a new question: the newest, and none that failed."""
    kept = [turn for turn in turns if turn.progress is not Progress.FAILED]
    return tuple(kept[-(MAX_TURNS - 1) :])


def find_problem(question: str) -> str:
    """Return what is wrong with a question in words for the visitor, or ""."""
    if len(question) > MAX_QUESTION_CHARACTERS:
        return words.TOO_LONG.format(length=len(question), limit=MAX_QUESTION_CHARACTERS)
    return ""
