"""The child of LimitedWorker: reads a function's name and bytes, writes what it returns as JSON.

Standard output carries the frames alone; what a parser prints goes nowhere. It writes no file.
"""

from __future__ import annotations

import importlib
import json
import os
import resource
import signal
import sys
import time
from types import TracebackType
from typing import IO

from ingest.limited import Reason, read_frame, write_frame


def main() -> None:
    """Serve requests until standard input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides when this ends
    requests, replies = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    max_bytes = int(sys.argv[1])
    resource.setrlimit(resource.RLIMIT_AS, (max_bytes, max_bytes))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

    def report(kind: type[BaseException], error: BaseException, _: TracebackType | None) -> None:
        _fail(replies, "crashed", error)

    sys.excepthook = report  # the child dies of it, and says of what
    while True:
        try:
            header, content = read_frame(requests), read_frame(requests)
        except EOFError:
            return
        except MemoryError as error:
            _fail(replies, "too_much_memory", error)
            return
        _serve(replies, header, content)


def _serve(replies: IO[bytes], header: bytes, content: bytes) -> None:
    request = json.loads(header)
    used, hard = time.process_time(), resource.getrlimit(resource.RLIMIT_CPU)[1]
    resource.setrlimit(resource.RLIMIT_CPU, (int(used + request["max_seconds"]) + 1, hard))
    parse = getattr(importlib.import_module(request["module"]), request["name"])
    try:
        value = parse(content, *request["args"], **request["kwargs"])
        write_frame(replies, json.dumps({"value": value}).encode())
    except ValueError as error:
        _fail(replies, "malformed", error)
    except MemoryError as error:
        _fail(replies, "too_much_memory", error)


def _fail(replies: IO[bytes], reason: Reason, error: BaseException) -> None:
    words = " ".join(str(error).split())[:300]
    kind = type(error).__name__
    detail = words if reason == "malformed" and words else f"{kind}: {words}" if words else kind
    write_frame(replies, json.dumps({"reason": reason, "detail": detail}).encode())


if __name__ == "__main__":
    main()
