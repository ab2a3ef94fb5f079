"""Many chats at once on the API, a stub engine writing 20 tokens a second.

    python -m benchmarks.load [--chats 10 50 200] [--no-overflow] [--swaps 100]

Chats: each asks once, streamed; the stub needs as long for its first sentence on an idle machine,
so what is above that is ours. Overflow: ten times what the line holds, of which the rest must be
turned away; then fifty more, one by one, past a line that stays full. Swaps: twenty chats ask
without a pause while the index is replaced; every generation trains another number of parameters,
so an answer made of two would show. Server and clients are two processes.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median, quantiles

import httpx
import psutil

from assistant.answer import Assistant
from assistant.following import FollowingAssistant
from assistant.records import Article, Message
from tests.fakes import (
    RANK,
    FakeEncoder,
    fixed_decision,
    make_assistant,
    make_generation,
    make_workspace,
)
from tests.serve.building import build_api_for_test, running

TOKEN_S = 1 / 20
QUESTION = "How many parameters does a rank of 16 train?"
SAID = re.compile(r"A rank of 16 trains (\d+) million parameters on the starter model")
SENTENCES = 3  # an answer repeats its one sentence, so that it lasts
BODY = {"messages": [{"role": "user", "content": QUESTION}], "stream": True, "store": False}


@dataclass
class Stub:
    """Says what the prompt's passage says, a word every twentieth of a second."""

    token_s: float = TOKEN_S
    name: str = "stub"

    def stream(
        self, messages: Sequence[Message], *, adapter: str | None, max_tokens: int
    ) -> Iterator[str]:
        found = SAID.search(messages[0].content)
        says = f"{found.group() if found else 'Nothing'} [1]. " * SENTENCES
        for word in re.findall(r"\S+\s*", says)[:max_tokens]:
            time.sleep(self.token_s)
            yield word


def article(number: int) -> Article:
    text = f"A rank of 16 trains {number} million parameters on the starter model."
    return replace(RANK, body=f"## What the rank costs\n\n{text}")


def open_stub(root: Path, parallel: int, waiting: int, token_s: float) -> Assistant:
    opened = make_assistant(
        root, articles=[article(1)], serve={"parallel": parallel, "waiting": waiting}
    )
    return replace(opened, engine=Stub(token_s))


def run_server(parallel: int, waiting: int, swaps: int, token_s: float) -> None:
    """Serve until stdin closes; with `swaps`, replace the index that often, then say so."""
    with tempfile.TemporaryDirectory() as folder:
        workspace = make_workspace(Path(folder))
        root = workspace.index_root
        opened = open_stub(root, parallel, waiting, token_s)
        follower = FollowingAssistant(opened, workspace)
        with running(build_api_for_test(follower, workspace.root)) as url:
            sys.stdout.write(f"{url}\n")
            sys.stdout.flush()
            if not sys.stdin.readline():
                return
            for number in range(2, swaps + 2):
                make_generation(
                    root, [article(number)], encoder=FakeEncoder(), decision=fixed_decision(0.9)
                )
                time.sleep(0.05)
            sys.stdout.write("done\n")
            sys.stdout.flush()
            sys.stdin.read()


class Server:
    """The server in a process of its own, its memory watched."""

    def __init__(
        self, parallel: int, waiting: int, *, swaps: int = 0, token_s: float = TOKEN_S
    ) -> None:
        command = [
            sys.executable,
            "-m",
            "benchmarks.load",
            "--serve",
            f"{parallel},{waiting},{swaps},{token_s}",
        ]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout
        self.url = self._process.stdout.readline().strip()
        self._seen = psutil.Process(self._process.pid)
        self.idle = self._seen.memory_info().rss
        self.peak = self.idle
        self.ended = threading.Event()
        threading.Thread(target=self._watch, daemon=True).start()

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        self.ended.set()
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait(30)

    def swap(self) -> None:
        """Replace the index until it was done as often as asked."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write("go\n")
        self._process.stdin.flush()
        self._process.stdout.readline()

    def _watch(self) -> None:
        while not self.ended.wait(0.1):
            self.peak = max(self.peak, self._seen.memory_info().rss)


@dataclass(frozen=True)
class Heard:
    """What one chat heard: status, seconds to its first text and to its end, text, generation."""

    status: int
    first_s: float
    whole_s: float
    text: str = ""
    generation: int = 0


async def chat(client: httpx.AsyncClient) -> Heard:
    began = time.perf_counter()
    first, text, generation = 0.0, "", 0
    async with client.stream("POST", "/v1/chat/completions", json=BODY) as reply:
        async for line in reply.aiter_lines():
            if not line.startswith("data: {"):
                continue
            event = json.loads(line.removeprefix("data: "))
            if "error" in event:
                return Heard(500, 0, time.perf_counter() - began, str(event))
            piece = event["choices"][0]["delta"].get("content", "")
            first = first or (time.perf_counter() - began if piece else 0)
            text += piece
            generation = event.get("generation", 0)
        return Heard(reply.status_code, first, time.perf_counter() - began, text, generation)


async def chat_all(url: str, count: int) -> list[Heard]:
    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(base_url=url, timeout=120, limits=limits) as client:
        await chat(client)  # the first one loads what the server loads late
        return await asyncio.gather(*(chat(client) for _ in range(count)))


async def chat_through(url: str, stop: threading.Event, chats: int) -> list[Heard]:
    heard: list[Heard] = []
    async with httpx.AsyncClient(base_url=url, timeout=60) as client:

        async def go_on() -> None:
            while not stop.is_set():
                heard.append(await chat(client))

        await asyncio.gather(*(go_on() for _ in range(chats)))
    return heard


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


def p95(values: list[float]) -> float:
    return quantiles(values, n=20)[-1] if len(values) > 1 else values[0]


def measure_chats(count: int) -> None:
    words = len("A rank of 16 trains 1 million parameters on the starter model [1]. A".split())
    own = words * TOKEN_S  # the sentence is whole when the next one begins
    with Server(count, 0) as server:
        heard = asyncio.run(chat_all(server.url, count))
        good = [h.first_s for h in heard if h.status == 200 and h.text]
        say(
            f"{count} chats: first text p50 {median(good):.2f} s, p95 {p95(good):.2f} s, of which"
            f" the stub {own:.2f} s; errors {count - len(good)}; memory"
            f" {server.idle / 2**20:.0f} -> {server.peak / 2**20:.0f} MiB"
        )


def measure_overflow() -> None:
    with Server(2, 20) as server:
        heard = asyncio.run(chat_all(server.url, 220))
    seen = Counter(h.status for h in heard)
    away = [h.whole_s for h in heard if h.status == 503]
    say(
        f"220 chats on a line of 22: {seen[200]} answered, {seen[503]} turned away,"
        f" {220 - seen[200] - seen[503]} anything else; turned away after p50"
        f" {median(away) * 1000:.0f} ms, p95 {p95(away) * 1000:.0f} ms"
    )


async def ask_a_full_line(url: str, n_admitted: int, n_more: int) -> list[Heard]:
    """Fill the line with answers that last, then ask on, one after another."""
    async with httpx.AsyncClient(base_url=url, timeout=120) as client:
        admitted = [asyncio.create_task(chat(client)) for _ in range(n_admitted)]
        while f"masthead_waiting {n_admitted - 2}.0" not in (await client.get("/metrics")).text:
            await asyncio.sleep(0.05)
        heard = [await chat(client) for _ in range(n_more)]
        for task in admitted:
            task.cancel()
        await asyncio.gather(*admitted, return_exceptions=True)
        return heard


def measure_full_line() -> None:
    with Server(2, 20, token_s=1) as server:
        heard = asyncio.run(ask_a_full_line(server.url, 22, 50))
    away = [h.whole_s for h in heard if h.status == 503]
    say(
        f"50 chats one by one past a full line: {len(away)} turned away, after p50"
        f" {median(away) * 1000:.1f} ms, p95 {p95(away) * 1000:.1f} ms, at most"
        f" {max(away) * 1000:.1f} ms"
    )


def measure_swaps(swaps: int) -> None:
    stop = threading.Event()
    with Server(20, 20, swaps=swaps, token_s=TOKEN_S / 10) as server:

        def swap() -> None:
            server.swap()
            stop.set()

        threading.Thread(target=swap).start()
        heard = asyncio.run(chat_through(server.url, stop, 20))
    failed = [h for h in heard if h.status != 200]
    said = [(h.generation, set(re.findall(r"trains (\d+) million", h.text))) for h in heard]
    mixed = [one for one in said if one[1] != {str(one[0])}]
    say(
        f"20 chats across {swaps} swaps: {len(heard)} answers from"
        f" {len({g for g, _ in said})} generations; {len(mixed)} mixed, {len(failed)} failed"
    )
    for one in (*mixed[:3], *failed[:3]):
        say(f"  {one}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chats", type=int, nargs="*", default=[10, 50, 200])
    parser.add_argument("--swaps", type=int, default=100)
    parser.add_argument("--overflow", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--serve", default="", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve:
        *counts, token_s = given.serve.split(",")
        run_server(*map(int, counts), float(token_s))
        return
    for count in given.chats:
        measure_chats(count)
    if given.overflow:
        measure_overflow()
        measure_full_line()
    if given.swaps:
        measure_swaps(given.swaps)


if __name__ == "__main__":
    main()
