"""What happens when a visitor asks, stops or presses something: values in, page updates out.

What belongs to one visitor comes as arguments; the desk is shared.
"""

from __future__ import annotations

import asyncio
import logging
import math
import threading
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

import gradio as gr

from assistant.answer import MAX_QUESTION_CHARACTERS
from assistant.errors import AssistantError
from assistant.length import Length
from assistant.reader import Reader, parse_languages
from serve import words
from serve.acts import Act, forget, give_thumb, my_chats, name_visitor, open_chat, read_act
from serve.conversation import (
    MAX_TURNS,
    Progress,
    Turn,
    Turns,
    apply_event,
    fail_turn,
    history_of,
    stop_turn,
)
from serve.desk import Asked, Desk
from serve.keeping import storable
from serve.line import LineFull
from serve.rates import name_address
from serve.view import View

Update = dict[Any, Any]

log = logging.getLogger(__name__)


class Handlers:
    """The page's handlers. `private` is where only this machine can reach the server."""

    def __init__(self, view: View, desk: Desk, *, private: bool) -> None:
        self._view = view
        self._desk = desk
        self._private = private

    async def answer(
        self,
        question: str,
        turns: Turns,
        chat: str,
        length: str,
        visitor: str,
        request: gr.Request,
    ) -> AsyncGenerator[Update, None]:
        """Answer a question below the turns before it."""
        view, question = self._view, question.strip()
        if problem := find_problem(question) or self._find_haste(request):
            yield view.noticed(problem)
        elif question:
            earlier, halt = keep_turns(turns), threading.Event()
            newest = Turn(earlier[-1].number + 1 if earlier else 1, question)
            asked = Asked(
                storable(question),
                history_of(earlier),
                reader=_reader_of(length, request),
                visitor=name_visitor(visitor),
                chat=chat,
            )
            yield view.started((*earlier, newest), halt)
            async with aclosing(answer_turn(self._desk, newest, asked, halt)) as steps:
                async for newest in steps:
                    yield view.changed((*earlier, newest))
            yield view.ended((*earlier, stop_turn(newest)))

    async def act(
        self,
        turns: Turns,
        chat: str,
        length: str,
        visitor: str,
        event: gr.EventData,
        request: gr.Request,
    ) -> AsyncGenerator[Update, None]:
        """Do what was pressed: ask again, edit, a thumb, or something with one's own chats."""
        pressed = read_act(event._data)
        question, earlier = pressed.text, turns
        if pressed.do == "retry" and turns:
            question, earlier = turns[-1].question, turns[:-1]
        if pressed.do in ("retry", "ask") and question:
            asked = self.answer(question, earlier, chat, length, visitor, request)
            async with aclosing(asked) as steps:
                async for step in steps:
                    yield step
        elif pressed.do == "edit" and turns:
            yield self._view.edited(turns)
        else:
            known = name_visitor(visitor)
            yield await asyncio.to_thread(self._look_after, turns, pressed, known)

    def stop(self, halt: threading.Event | None) -> None:
        """End the answer that is being written."""
        if halt is not None:
            halt.set()

    def fail(self, turns: Turns) -> Update:
        """Show that a bug broke an answer off."""
        broken = turns and turns[-1].progress is Progress.READING
        if broken:
            return self._view.ended((*turns[:-1], fail_turn(turns[-1])))
        return self._view.noticed("")

    def _look_after(self, turns: Turns, pressed: Act, visitor: str) -> Update:
        view, desk = self._view, self._desk
        if not desk.keeps or pressed.do == "hide":
            return view.listed(None)
        if pressed.do == "thumb" and turns:
            return view.marked(give_thumb(desk, turns, pressed, visitor))
        if pressed.do == "open" and (found := open_chat(desk, pressed.chat, visitor)):
            return view.opened(found)
        gone = pressed.do == "forget" and turns and pressed.chat in ("", turns[-1].chat)
        if pressed.do == "forget":
            forget(desk, pressed.chat, visitor)
        return {**(view.emptied() if gone else {}), **view.listed(my_chats(desk, visitor))}

    def _find_haste(self, request: gr.Request) -> str:
        """Return what to tell a visitor who asks too often, or ""."""
        if self._private:
            return ""
        caller = name_address(request.client.host if request.client else "")
        per_minute = self._desk.assistant.settings.serve.per_minute
        if wait_s := self._desk.rates.take(caller, per_minute):
            self._desk.metrics.count_turned_away("rate")
            return words.TOO_FAST.format(seconds=math.ceil(wait_s))
        return ""


def _reader_of(length: str, request: gr.Request) -> Reader:
    """Return what is known of a reader; a length that is none of ours is the normal one."""
    chosen = next((known for known in Length if known.value == length), Length.NORMAL)
    return Reader(chosen, parse_languages(request.headers.get("accept-language", "")))


async def answer_turn(
    desk: Desk, turn: Turn, asked: Asked, halt: threading.Event
) -> AsyncGenerator[Turn, None]:
    """Yield the turn after each event of its answer until `halt`, or failed with why."""
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


def keep_turns(turns: Turns) -> Turns:
    """Return the turns that stay above a new question: the newest, and none that failed."""
    kept = [turn for turn in turns if turn.progress is not Progress.FAILED]
    return tuple(kept[-(MAX_TURNS - 1) :])


def find_problem(question: str) -> str:
    """Return what is wrong with a question in words for the visitor, or ""."""
    if len(question) > MAX_QUESTION_CHARACTERS:
        return words.TOO_LONG.format(length=len(question), limit=MAX_QUESTION_CHARACTERS)
    return ""
