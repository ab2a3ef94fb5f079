"""The page's components, and the updates that put them into each of their states.

Gradio is imported with this module; whoever needs the page imports it when the page is built.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import date
from typing import Any

import gradio as gr

from assistant.store.chats import Chat
from serve import words
from serve.conversation import Progress, Turns
from serve.render import render_notice, render_turn, render_turns
from serve.tools_html import render_lengths, render_more

_KEEP_S = 3_600  # a visitor's conversation is forgotten an hour after it was last touched
# page.js turns a press on anything with data-act into this event; the server hears of it here.
_HEAR = "element.addEventListener('mh-act', (event) => trigger('submit', event.detail));"


class View:
    """The components that change, and the updates that put them into each state."""

    def __init__(self, keep_days: int) -> None:
        self.keep_days = keep_days
        self.chat = gr.State("", time_to_live=_KEEP_S)  # the stored conversation being held
        self.length = gr.Textbox(visible=False)  # page.js fills in what is chosen
        self.visitor = gr.Textbox(visible=False)  # and the browser's secret
        self.turns = gr.State((), time_to_live=_KEEP_S)
        self.halt = gr.State(None, time_to_live=_KEEP_S)  # set it to end the answer being written
        with gr.Column(elem_id="mh-main"):
            with gr.Column(elem_id="mh-welcome") as self.welcome:
                self.greeting = gr.HTML("", apply_default_css=False, js_on_load=_HEAR)
            self.past = gr.HTML("", elem_id="mh-past", apply_default_css=False, js_on_load=_HEAR)
            self.live = gr.HTML(
                _log(""), elem_id="mh-live", apply_default_css=False, js_on_load=_HEAR
            )
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
            with gr.Row(elem_id="mh-under"):
                gr.HTML(render_lengths(), elem_id="mh-length", apply_default_css=False)
                self.new = gr.Button(
                    words.NEW_CHAT, elem_id="mh-new", min_width=0, scale=0, visible=False
                )
                self.more = gr.HTML(
                    render_more(keep_days),
                    elem_id="mh-more",
                    apply_default_css=False,
                    js_on_load=_HEAR,
                )

    @property
    def pressable(self) -> list[gr.HTML]:
        """What holds elements with data-act."""
        return [self.greeting, self.past, self.live, self.more]

    @property
    def outputs(self) -> list[Any]:
        """Everything that a handler may change."""
        return [
            self.turns,
            self.chat,
            self.halt,
            self.welcome,
            self.past,
            self.live,
            self.notice,
            self.box,
            self.ask,
            self.stop,
            self.new,
            self.more,
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
        return {self.turns: turns, self.live: _show_newest(turns)}

    def marked(self, turns: Turns) -> dict[Any, Any]:
        """Show every turn again, after a thumb on one of them."""
        return {**self.changed(turns), self.past: render_turns(turns[:-1], date.today())}

    def ended(self, turns: Turns) -> dict[Any, Any]:
        """Show the newest turn as it stays; a failed question goes back into the box."""
        again = {self.box: turns[-1].question} if turns[-1].progress is Progress.FAILED else {}
        held = {self.chat: turns[-1].chat} if turns[-1].chat else {}
        return {**self.changed(turns), **self._buttons(busy=False), **again, **held}

    def edited(self, turns: Turns) -> dict[Any, Any]:
        """Take the newest turn away and put its question into the box."""
        shown = self.opened(turns[:-1]) if turns[:-1] else self.emptied()
        return {**shown, self.box: turns[-1].question}

    def opened(self, turns: Turns) -> dict[Any, Any]:
        """Show an earlier conversation, to be carried on."""
        return {
            **self.marked(turns),
            **self._buttons(busy=False),
            self.chat: turns[-1].chat,
            self.welcome: gr.Column(visible=False),
            self.notice: "",
            self.more: render_more(self.keep_days),
        }

    def listed(self, chats: Sequence[Chat] | None) -> dict[Any, Any]:
        """Show the reader's own chats below the box, or put them away."""
        return {self.more: render_more(self.keep_days, chats)}

    def emptied(self) -> dict[Any, Any]:
        """Show the page as a new visitor sees it."""
        return {
            self.turns: (),
            self.chat: "",
            self.past: "",
            self.live: _log(""),
            self.notice: "",
            self.box: "",
            self.welcome: gr.Column(visible=True),
            self.more: render_more(self.keep_days),
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


def _show_newest(turns: Turns) -> str:
    return _log(render_turn(turns[-1], date.today(), newest=True))


def _log(inner: str) -> str:
    """Wrap the newest turn in a live region; it must exist before anything is added to it."""
    return (
        f'<div role="log" aria-live="polite" aria-label="{words.CONVERSATION_LABEL}">{inner}</div>'
    )
