"""Run a parser on bytes of unknown origin in a child with limits on memory and time.

Takes a module-level function and bytes, gives what the function returns, or ParseFailed. The child
is started when first needed, serves one item after another, and is replaced once it had to die. One
child waits for the next worker of this process: starting it costs more than most pages do.
"""

from __future__ import annotations

import atexit
import json
import os
import signal
import struct
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from typing import IO, Concatenate, Literal, ParamSpec, Self, TypeVar, cast

Reason = Literal["timed_out", "too_much_memory", "crashed", "malformed"]
T = TypeVar("T")
P = ParamSpec("P")

MAX_SECONDS = 30.0
MAX_MEMORY_BYTES = 512 * 1024 * 1024
_IMPORT_BYTES = 96 * 1024 * 1024  # address space with all our parsers loaded: 83 MB measured
_MAX_REPLY_BYTES = 32 * 1024 * 1024
_KEPT_VARIABLES = ("PATH", "LANG", "LC_ALL", "TZ", "SYSTEMROOT")  # no key or token among them


class ParseFailed(Exception):
    """An item that its parser could not read within the limits; `reason` is countable."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


class LimitedWorker:
    """One child process that parses; a context manager, to be used by one thread at a time.

    At its end the child waits for the next worker with the same limit of memory.
    """

    def __init__(
        self, *, max_seconds: float = MAX_SECONDS, max_memory_bytes: int = MAX_MEMORY_BYTES
    ) -> None:
        """Set the limits of one item: seconds on the clock and of processor, bytes above start."""
        self._max_seconds = max_seconds
        self._max_memory_bytes = max_memory_bytes
        self._child: subprocess.Popen[bytes] | None = None
        self._is_used = False  # the child has read something before

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        child, self._child = self._child, None
        if child is not None:
            _keep_idle(child, self._max_memory_bytes)

    def run(
        self,
        parse: Callable[Concatenate[bytes, P], T],
        data: bytes,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Return parse(data, ...) as JSON gives it back (a tuple becomes a list).

        `parse` is a module-level function; its further arguments and its result hold only what
        JSON can. A ValueError of it means `malformed`, any other exception `crashed`.
        """
        request = {
            "module": parse.__module__,
            "name": parse.__qualname__,
            "args": args,
            "kwargs": kwargs,
            "max_seconds": self._max_seconds,
        }
        header = json.dumps(request).encode()
        try:
            reply = self._exchange(header, data)
        except ParseFailed as failed:
            if failed.reason != "too_much_memory" or not self._is_used:
                raise
            self._is_used = False
            reply = self._exchange(header, data)  # what earlier items left behind is not its fault
        return cast(T, reply["value"])

    def _exchange(self, header: bytes, data: bytes) -> Mapping[str, object]:
        """Return the child's reply; a child that did not reply in full is never asked again."""
        child, self._child = self._child or self._find_child(), None
        is_late = threading.Event()

        def stop() -> None:
            is_late.set()
            child.kill()

        timer = threading.Timer(self._max_seconds, stop)
        timer.start()
        may_serve_on = False
        try:
            reply = _ask(child, header, data)
            may_serve_on = reply.get("reason", "malformed") == "malformed"
        except EOFError:
            raise self._failure(child, is_late.is_set()) from None
        finally:
            timer.cancel()
            if may_serve_on and not is_late.is_set():
                self._child, self._is_used = child, True
            else:
                _end(child)
        if "reason" in reply:
            raise ParseFailed(cast(Reason, reply["reason"]), str(reply["detail"]))
        return reply

    def _failure(self, child: subprocess.Popen[bytes], is_late: bool) -> ParseFailed:
        """Say why a child ended without a word."""
        child.kill()  # has no effect on one that is dead; _ask gives up on a living one too
        status = child.wait()
        if is_late or status == -signal.SIGXCPU:
            return ParseFailed("timed_out", f"took more than {self._max_seconds:g} seconds")
        if status == -signal.SIGKILL:
            return ParseFailed("too_much_memory", "was stopped for the memory that it took")
        name = signal.Signals(-status).name if status < 0 else f"exit code {status}"
        return ParseFailed("crashed", f"ended the parser with {name}")

    def _find_child(self) -> subprocess.Popen[bytes]:
        waiting = _take_idle(self._max_memory_bytes)
        self._is_used = waiting is not None
        return waiting or self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        environment = {key: os.environ[key] for key in _KEPT_VARIABLES if key in os.environ}
        environment["PYTHONPATH"] = os.pathsep.join(path or os.getcwd() for path in sys.path)
        limit = str(self._max_memory_bytes + _IMPORT_BYTES)
        return subprocess.Popen(
            [sys.executable, "-P", "-B", "-m", "ingest.limited_child", limit],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
        )


_idle: dict[int, subprocess.Popen[bytes]] = {}  # by limit of memory; one each


def end_idle_children() -> None:
    """End the children that wait; the next worker starts its own."""
    while _idle:
        _end(_idle.popitem()[1])


def _keep_idle(child: subprocess.Popen[bytes], max_memory_bytes: int) -> None:
    one_more = _idle.pop(max_memory_bytes, None)
    _idle[max_memory_bytes] = child
    if one_more is not None:
        _end(one_more)
    atexit.unregister(end_idle_children)
    atexit.register(end_idle_children)


def _take_idle(max_memory_bytes: int) -> subprocess.Popen[bytes] | None:
    """Return the child that waits, if it still lives."""
    child = _idle.pop(max_memory_bytes, None)
    if child is not None and child.poll() is not None:
        _end(child)
        return None
    return child


def _end(child: subprocess.Popen[bytes]) -> None:
    child.kill()  # has no effect on one that is dead
    child.communicate()


def write_frame(stream: IO[bytes], content: bytes) -> None:
    """Write content behind its length (8 bytes, big-endian)."""
    stream.write(struct.pack(">Q", len(content)))
    stream.write(content)
    stream.flush()


def read_frame(stream: IO[bytes], max_bytes: int | None = None) -> bytes:
    """Return one frame's content; EOFError where the stream ends, or it is over max_bytes."""
    prefix = stream.read(8)
    length = struct.unpack(">Q", prefix)[0] if len(prefix) == 8 else -1
    if length < 0 or (max_bytes is not None and length > max_bytes):
        raise EOFError
    content = stream.read(length)
    if len(content) < length:
        raise EOFError
    return content


def _ask(child: subprocess.Popen[bytes], header: bytes, data: bytes) -> Mapping[str, object]:
    if child.stdin is None or child.stdout is None:
        raise EOFError
    try:
        write_frame(child.stdin, header)
        write_frame(child.stdin, data)
    except BrokenPipeError:
        raise EOFError from None
    reply: dict[str, object] = json.loads(read_frame(child.stdout, _MAX_REPLY_BYTES))
    return reply
