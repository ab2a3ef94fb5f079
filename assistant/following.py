"""An assistant that follows its workspace: the index, the adapter in service and the brand.

An answer keeps the generation, adapter and wording that it began with. What cannot be opened or
read is said once, and what is in use stays.
"""

from __future__ import annotations

import gc
import logging
import threading
import weakref
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from assistant.answer import Assistant, Event
from assistant.commit import number_name, read_current
from assistant.config import CONFIG_NAME, Workspace, load_workspace
from assistant.errors import AssistantError, ConfigError, IndexMismatch
from assistant.generation import open_generation
from assistant.opening import Voices
from assistant.reader import ANYONE, Reader
from assistant.records import Message
from assistant.seams import Generator, Tokenizer
from assistant.settings import Settings

log = logging.getLogger(__name__)


class FollowingAssistant:
    """Shared by all visitors; each question asks for the newest assistant once.

    A promotion starts the new engine in the background, beside the old one; the old one is freed
    when its last answer ends. `open_voices` starts it; without one the adapters stay as they are.
    """

    def __init__(
        self,
        assistant: Assistant,
        workspace: Workspace,
        open_voices: Callable[[], Voices] | None = None,
    ) -> None:
        assistant.generation.load()  # its folder may be gone by the first question
        self._assistant = assistant
        self._index_root = workspace.index_root
        self._adapters_root = workspace.adapters_root
        self._open_voices = open_voices
        self._seen = number_name(assistant.generation_number)
        self._seen_adapter = assistant.promoted
        self._config = workspace.root / CONFIG_NAME
        self._stamp = _stamp_of(self._config)
        self._opening = threading.Lock()
        self._starting: threading.Thread | None = None

    @property
    def settings(self) -> Settings:
        """The workspace's settings: the brand as it is written now, the rest as it was opened."""
        self._follow_brand()
        return self._assistant.settings

    @property
    def generation_number(self) -> int:
        """The generation that the next question is answered from."""
        return self.newest().generation_number

    @property
    def promoted(self) -> str | None:
        """The adapter that answers are made with, None for the base."""
        return self._assistant.promoted

    @property
    def engine(self) -> Generator:
        """What writes; it changes with the adapter in service."""
        return self._assistant.engine

    @property
    def adapters(self) -> tuple[str, ...]:
        """The adapters that are loaded and can be asked for by name."""
        return self._assistant.adapters

    @property
    def tokenizer(self) -> Tokenizer:
        """The base model's tokenizer."""
        return self._assistant.tokenizer

    def with_engine(self, engine: Generator, reader: Reader = ANYONE) -> Assistant:
        """Return an assistant on the newest generation that writes with another engine."""
        return self.newest().with_engine(engine, reader)

    def stream(
        self, question: str, history: Sequence[Message] = (), *, adapter: str = "promoted"
    ) -> Iterator[Event]:
        """Yield stages, sentences and last the whole answer, all from one generation."""
        yield from self.newest().stream(question, history, adapter=adapter)

    def newest(self) -> Assistant:
        """Return an assistant as the workspace is now; whole, for one answer."""
        self._follow_brand()
        self._follow_index()
        self._follow_promotion()
        return self._assistant

    def _follow_index(self) -> None:
        name = read_current(self._index_root)
        if name is None or name == self._seen or not self._opening.acquire(blocking=False):
            return  # a second visitor need not wait while the first one opens it
        try:
            identity = self._assistant.encoder.identity
            generation = open_generation(self._index_root, identity).load()
            self._assistant = replace(self._assistant, generation=generation)
            log.info("answering from generation %d now", generation.number)
        except IndexMismatch as error:
            number = self._assistant.generation_number
            log.warning("generation %d stays in use: %s", number, error)
        finally:
            self._seen = name
            self._opening.release()

    def _follow_promotion(self) -> None:
        if self._open_voices is None or self._starting is not None:
            return
        name = read_current(self._adapters_root)
        if name == self._seen_adapter or not self._opening.acquire(blocking=False):
            return
        try:
            if self._starting is None:
                self._starting = threading.Thread(
                    target=self._change_voices, args=(name, self._open_voices), daemon=True
                )
                self._starting.start()
        finally:
            self._opening.release()

    def _change_voices(self, name: str | None, open_voices: Callable[[], Voices]) -> None:
        """Start the engine of another adapter and answer with it from the next question on."""
        seen = name
        try:
            voices = open_voices()
            seen = voices.promoted  # newer than `name` where somebody promoted meanwhile
            with self._opening:
                before = self._assistant
                self._assistant = replace(
                    before,
                    engine=voices.engine,
                    promoted=voices.promoted,
                    adapters=voices.adapters,
                )
            # Models of transformers hold on to themselves in circles, which only this unties.
            weakref.finalize(before.engine, gc.collect)
            log.info("answering with %s now", voices.promoted or "base")
        except AssistantError as error:
            log.warning("%s stays in use: %s", self._assistant.promoted or "base", error)
        finally:
            self._seen_adapter = seen
            self._starting = None

    def _follow_brand(self) -> None:
        """Take the brand from masthead.yaml where the file has changed."""
        stamp = _stamp_of(self._config)
        if stamp == self._stamp or not self._opening.acquire(blocking=False):
            return
        try:
            settings = load_workspace(self._config.parent).settings
            mine = self._assistant.settings
            if settings.model_copy(update={"brand": mine.brand}) != mine:
                log.warning(
                    "masthead.yaml changed in more than its brand; restart to apply the rest"
                )
            branded = mine.model_copy(update={"brand": settings.brand})
            self._assistant = replace(self._assistant, settings=branded)
        except ConfigError as error:
            log.warning("the brand in use stays: %s", error)
        finally:
            self._stamp = stamp
            self._opening.release()


def _stamp_of(path: Path) -> tuple[int, int] | None:
    """Return what tells one state of a file from the next, None where there is no file."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_mtime_ns, found.st_size
