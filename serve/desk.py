"""The desk that the page and the API share: a question waits, is written down, answered, counted.

Takes Asked, gives events; holds the line, the store and the counters. What readers write reaches
the log only where `serve.log_text` says so.
"""

from __future__ import annotations

import asyncio
import json
import logging
import secrets
import threading
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from assistant.approved_files import refresh_approved
from assistant.errors import AssistantError
from assistant.reader import ANYONE, Reader
from assistant.records import Answer, Message, Sentence, Shown, Stage
from assistant.store.chats import State, delete_older
from assistant.store.reviews import delete_old_approved
from serve.answer_log import log_line
from serve.heard import HeardEngine, Stopped
from serve.keeping import keep_answer, keep_fragment, keep_question
from serve.line import Line, Ticket
from serve.metrics import Metrics
from serve.rates import Rates
from serve.served import Served

_LOOK_S = 0.05  # how long a stop may go unnoticed
_TIDY_S = 3_600  # between two looks for conversations that are past their days

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with all that decides its answer. `visitor` is a hash; `chat` may be new."""

    question: str
    history: Sequence[Message] = ()
    surface: str = "page"
    adapter: str = "promoted"
    reader: Reader = ANYONE
    most_tokens: int | None = None
    visitor: str = ""
    chat: str = ""
    key: str = ""
    keep: bool = True
    id: str = field(default_factory=lambda: secrets.token_hex(8))


@dataclass(frozen=True, slots=True)
class InLine:
    """Waiting; `place` 1 is next."""

    place: int


@dataclass(frozen=True, slots=True)
class Finished:
    """The whole answer, and where it was written down: "" and 0 where it was not."""

    answer: Answer
    chat: str
    message: int
    prompt_tokens: int
    written_tokens: int


DeskEvent = InLine | Stage | Shown | Finished


class Desk:
    """One server's desk; `answer` is called on its event loop.

    `root` is the workspace, where files hold what editors approved.
    """

    def __init__(self, assistant: Served, store: Engine, root: Path | None = None) -> None:
        settings = assistant.settings
        self.assistant = assistant
        self.store = store
        self.line = Line(settings.serve.parallel, settings.serve.waiting)
        self.metrics = Metrics(self.line)
        self.rates = Rates()
        self._keep_days = settings.store.keep_days
        self._log_text = settings.serve.log_text
        self._writers = ThreadPoolExecutor(settings.serve.parallel, thread_name_prefix="answer")
        self._halts: set[threading.Event] = set()
        self._root = root
        self._keep_approved_days = settings.store.keep_approved_days
        self._tidied = float("-inf")

    @property
    def keeps(self) -> bool:
        """Whether what readers write is stored at all."""
        return self._keep_days > 0

    async def answer(
        self, asked: Asked, halt: threading.Event | None = None
    ) -> AsyncGenerator[DeskEvent, None]:
        """Yield places in line, stages, sentences, and last the whole answer.

        Ends early within 0.05 s of `halt`; closing it, as a caller who leaves does, halts too.
        LineFull where too many wait. A slot is free again once the engine has really stopped.
        """
        halt = halt or threading.Event()
        ticket, joined = self.line.join(), time.monotonic()
        self._halts.add(halt)
        writing: asyncio.Future[None] | None = None
        try:
            async for place in self.line.wait(ticket, halt):
                yield InLine(place)
            if halt.is_set():
                return
            loop = asyncio.get_running_loop()
            events: asyncio.Queue[DeskEvent] = asyncio.Queue()

            def send(event: DeskEvent) -> None:
                loop.call_soon_threadsafe(events.put_nowait, event)

            waited_ms = round((time.monotonic() - joined) * 1000, 2)
            writing = loop.run_in_executor(self._writers, self._write, asked, halt, send, waited_ms)
            writing.add_done_callback(partial(self._retire, ticket))
            while not (writing.done() and events.empty()) and not halt.is_set():
                if (event := await _next_event(events, writing)) is not None:
                    yield event
            if writing.done() and (error := writing.exception()) is not None:
                raise _expected(error, asked)
        finally:
            halt.set()
            self._halts.discard(halt)
            if writing is None:
                self.line.leave(ticket)

    def close(self) -> None:
        """Stop every answer that is being written."""
        for halt in list(self._halts):
            halt.set()
        self._writers.shutdown(wait=False, cancel_futures=True)

    def forget_old(self) -> int:
        """Delete what is past its days; return how many conversations that were."""
        gone = delete_older(self.store, self._keep_days)
        delete_old_approved(self.store, self._keep_approved_days)
        self.refresh_approved()
        return gone

    def refresh_approved(self) -> None:
        """Make the files of approved rows say what the database says, after any deletion."""
        if self._root is not None:
            refresh_approved(self.store, self._root)

    def _retire(self, ticket: Ticket, writing: asyncio.Future[None]) -> None:
        """Free the slot; an error that nobody waits for any more is not asyncio's to report."""
        self.line.leave(ticket)
        if not writing.cancelled():
            writing.exception()

    def _write(
        self,
        asked: Asked,
        halt: threading.Event,
        send: Callable[[DeskEvent], None],
        waited_ms: float,
    ) -> None:
        """Answer on a thread of its own, and write down whatever came of it."""
        self._tidy()
        keep = asked.keep and self.keeps
        chat = self._keep_question(asked) if keep else ""
        assistant = self.assistant.newest()
        heard = HeardEngine(
            assistant.engine, assistant.tokenizer, halt, most_tokens=asked.most_tokens
        )
        shown: list[Sentence] = []
        answer: Answer | None = None
        state: State = "failed"
        try:
            events = assistant.with_engine(heard, asked.reader).stream(
                asked.question, asked.history, adapter=asked.adapter
            )
            with closing(events):  # type: ignore[type-var]
                for event in events:
                    if halt.is_set():
                        raise Stopped
                    if isinstance(event, Answer):
                        answer = event
                        break
                    if isinstance(event, Shown):
                        shown.append(event.sentence)
                    send(event)
            state = "whole"
        except Stopped:
            state = "stopped"
        finally:
            message = 0
            if answer is not None and keep:
                length = asked.reader.length
                message = keep_answer(
                    self.store, chat, answer, heard.prompt, length, waited_ms=waited_ms
                )
            elif keep:
                message = keep_fragment(self.store, chat, shown, state)
            tokens = heard.count_tokens()
            self._account(asked, answer, state, tokens)
        if answer is not None:
            send(Finished(answer, chat, message, *tokens))

    def _keep_question(self, asked: Asked) -> str:
        return keep_question(
            self.store,
            asked.question,
            chat=asked.chat,
            visitor=asked.visitor,
            surface=asked.surface,
            key=asked.key,
        )

    def _account(
        self, asked: Asked, answer: Answer | None, state: State, tokens: tuple[int, int]
    ) -> None:
        if answer is None:
            self.metrics.count_unfinished(asked.surface, state)
        else:
            self.metrics.count_answer(answer, asked.surface, tokens)
        line = log_line(asked.id, asked.surface, asked.key, state, answer, tokens)
        if self._log_text:
            line |= {"question": asked.question, "answer": answer.text if answer else ""}
        log.info("%s", json.dumps(line))

    def _tidy(self) -> None:
        """Once an hour, delete the conversations that are past their days."""
        now = time.monotonic()
        if self.keeps and now - self._tidied > _TIDY_S:
            self._tidied = now
            try:
                self.forget_old()
            except OperationalError as error:
                log.error("old conversations were not deleted: %s", type(error.orig).__name__)


def _expected(error: BaseException, asked: Asked) -> AssistantError:
    """Return an error that a surface can show; a bug goes to the log with its traceback."""
    if isinstance(error, AssistantError):
        return error
    log.error("answer %s broke off", asked.id, exc_info=error)
    return AssistantError(f"answer {asked.id} broke off; the log has its traceback")


async def _next_event(
    events: asyncio.Queue[DeskEvent], writing: asyncio.Future[None]
) -> DeskEvent | None:
    """Return the next event; None after 0.05 s, or where the writing ended, without one."""
    coming = asyncio.ensure_future(events.get())
    waited: set[asyncio.Future[Any]] = {coming, writing}
    try:
        await asyncio.wait(waited, timeout=_LOOK_S, return_when=asyncio.FIRST_COMPLETED)
        return coming.result() if coming.done() else None
    finally:
        coming.cancel()
