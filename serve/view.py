"""The page's components, and the updates that put them into each of their states.

Gradio is imported with this module; whoever needs the page imports it when the page is built.
"""

from __future__ import annotations

import threading
from datetime import date
from typing import Any

import gradio as gr

from assistant.config import BrandSettings
from serve import words
from serve.conversation import Progress, Turn
from serve.render import render_greeting, render_notice, render_turn, render_turns

_KEEP_S = 3_600  # a visitor's conversation is forgotten an hour after it was last touched

Turns = tuple[Turn, ...]


class View:
    """The components that change, and the updates that put them into each state."""

    def __init__(self, brand: BrandSettings) -> None:
        self.turns = gr.State((), time_to_live=_KEEP_S)
        self.halt = gr.State(None, time_to_live=_KEEP_S)  # set it to end the answer being written
        with gr.Column(elem_id="mh-main"):
            with gr.Column(elem_id="mh-welcome") as self.welcome:
                gr.HTML(render_greeting(brand), apply_default_css=False)
                with gr.Row(elem_id="mh-examples"):
                    self.examples = [
                        gr.Button(text, elem_classes="mh-chip", min_width=0)
                        for text in brand.example_questions
                    ]
            self.past = gr.HTML("", elem_id="mh-past", apply_default_css=False)
            self.live = gr.HTML(_log(""), elem_id="mh-live", apply_default_css=False)
        with gr.Column(elem_id="mh-composer"):
            self.notice = gr.HTML("", elem_id="mh-notice", apply_default_css=False)
            with gr.Row(elem_id="mh-bar"):
                self.box = gr.Textbox(
                    label=words.QUESTION_LABEL,
                    placeholder=words.QUESTION_HINT,
                    lines=1,
                    max_lines=6,
                    autofocus=True,
                    container=False,
                    scale=1,
                    elem_id="mh-question",
                )
                self.ask = gr.Button(words.ASK, elem_id="mh-ask", min_width=0, scale=0)
                self.stop = gr.Button(
                    words.STOP, elem_id="mh-stop", min_width=0, scale=0, visible=False
                )
            self.new = gr.Button(
                words.NEW_CHAT, elem_id="mh-new", min_width=0, scale=0, visible=False
            )

    @property
    def outputs(self) -> list[Any]:
        """Everything that a handler may change."""
        return [
            self.turns,
            self.halt,
            self.welcome,
            self.past,
            self.live,
            self.notice,
            self.box,
            self.ask,
            self.stop,
            self.new,
        ]

    def started(self, turns: Turns, halt: threading.Event) -> dict[Any, Any]:
        """Show a question that is being answered; the turns before it move up for good."""
        return {
            **self.changed(turns),
            **self._buttons(busy=True),
            self.past: render_turns(turns[:-1], date.today()),
            self.welcome: gr.Column(visible=False),
            self.halt: halt,
            self.notice: "",
            self.box: "",
        }

    def changed(self, turns: Turns) -> dict[Any, Any]:
        """Show what the newest turn has become."""
        return {self.turns: turns, self.live: _log(render_turn(turns[-1], date.today()))}

    def ended(self, turns: Turns) -> dict[Any, Any]:
        """Show the newest turn as it stays; a failed question goes back into the box."""
        again = {self.box: turns[-1].question} if turns[-1].progress is Progress.FAILED else {}
        return {**self.changed(turns), **self._buttons(busy=False), **again}

    def emptied(self) -> dict[Any, Any]:
        """Show the page as a new visitor sees it."""
        return {
            self.turns: (),
            self.past: "",
            self.live: _log(""),
            self.notice: "",
            self.box: "",
            self.welcome: gr.Column(visible=True),
            **self._buttons(busy=False),
            self.new: gr.Button(visible=False),
        }

    def noticed(self, text: str) -> dict[Any, Any]:
        """Show a notice and leave the question where it is."""
        return {self.notice: render_notice(text)}

    def _buttons(self, *, busy: bool) -> dict[Any, Any]:
        return {
            self.ask: gr.Button(visible=not busy),
            self.stop: gr.Button(visible=busy),
            self.new: gr.Button(visible=not busy),
        }


def _log(inner: str) -> str:
    """Wrap the newest turn in a live region; it must exist before anything is added to it."""
    return (
        f'<div role="log" aria-live="polite" aria-label="{words.CONVERSATION_LABEL}">{inner}</div>'
    )
