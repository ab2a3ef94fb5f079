"""What changes while somebody reads: another adapter by the API, another index below a chat."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import httpx
import pytest

from assistant.following import FollowingAssistant
from assistant.records import Article, Message
from assistant.store.tables import messages
from tests.browser.test_page import ask, settle
from tests.fakes import (
    RANK,
    FakeEncoder,
    fixed_decision,
    make_assistant,
    make_generation,
    make_workspace,
)

pytestmark = pytest.mark.slow

QUESTION = "How many parameters does a rank train?"
NUMBERS = {1: 3, 2: 8}  # what a rank of 16 trains, by generation
SAYS = {
    "calm": (
        "On the starter model a rank of 16 trains {n} million parameters [1]. With ",
        "a rank of 32 it is {m} million parameters that train [1].",
    ),
    "brisk": (
        "A rank of 16: it trains {n} million parameters [1]. ",
        "A rank of 32: it trains {m} million parameters [1].",
    ),
}


@dataclass
class Voices:
    """Writes the numbers of its prompt's passage in an adapter's words; "calm" stops half way."""

    name: str = "voices"
    go_on: threading.Event = field(default_factory=threading.Event)

    def stream(
        self, messages: Sequence[Message], *, adapter: str | None, max_tokens: int
    ) -> Iterator[str]:
        n, m = re.findall(r"trains (\d+) million", messages[0].content)
        first, second = SAYS[adapter or ""]
        yield first.format(n=n)
        if adapter == "calm":
            self.go_on.wait(20)
        yield second.format(m=m)


def say(adapter: str, n: int) -> list[str]:
    text = "".join(SAYS[adapter]).format(n=n, m=2 * n)
    return text.replace(" [1]", "").replace(". ", ".|").split("|")


def article(n: int) -> Article:
    text = (
        f"A rank of 16 trains {n} million parameters on the starter model."
        f" A rank of 32 trains {2 * n} million parameters."
    )
    return replace(RANK, body=f"## What the rank costs\n\n{text}")


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    return make_workspace(tmp_path_factory.mktemp("followed"))


@pytest.fixture(scope="module")
def assistant(workspace):
    opened = make_assistant(
        workspace.index_root, articles=[article(NUMBERS[1])], promoted="calm", serve={"parallel": 2}
    )
    voices = replace(opened, engine=Voices(), adapters=("brisk", "calm"))
    return FollowingAssistant(voices, workspace)


@pytest.fixture(autouse=True)
def go_on(assistant):
    """Set it to let the calm voice finish what it began."""
    assistant.engine.go_on.clear()
    return assistant.engine.go_on


def sentences(page, place="#mh-live"):
    shown = page.locator(f"{place} .mh-sentence").all_inner_texts()
    return [re.sub(r"\d$", "", text) for text in shown]  # without the mark


def newest_answers(store, count):
    with store.connect() as connection:
        rows = connection.execute(messages.select().order_by(messages.c.id)).all()
    return [(r.adapter, r.generation) for r in rows if r.role == "assistant"][-count:]


def test_an_adapter_that_a_program_names_does_not_reach_the_page(
    open_page, address, store, go_on, snapshot
):
    page = open_page()
    ask(page, QUESTION, until="#mh-live .mh-sentence")
    body = {"model": "brisk", "messages": [{"role": "user", "content": QUESTION}]}
    reply = httpx.post(f"{address}/v1/chat/completions", json=body, timeout=20).json()
    assert page.get_attribute("#mh-live .mh-turn", "data-state") == "reading"
    go_on.set()
    page.wait_for_selector("#mh-live .mh-copy")
    settle(page)
    snapshot(page, "adapter-by-api")

    n = NUMBERS[reply["generation"]]
    assert reply["choices"][0]["message"]["content"] == " [1] ".join(say("brisk", n)) + " [1]"
    assert sentences(page) == say("calm", n)
    assert [adapter for adapter, _ in newest_answers(store, 2)] == ["brisk", "calm"]


def test_an_index_committed_mid_chat_answers_from_the_next_question_on(
    open_page, store, workspace, go_on, snapshot
):
    page = open_page()
    ask(page, QUESTION, until="#mh-live .mh-sentence")
    make_generation(
        workspace.index_root,
        [article(NUMBERS[2])],
        encoder=FakeEncoder(),
        decision=fixed_decision(0.9),
    )
    go_on.set()
    page.wait_for_selector("#mh-live .mh-copy")
    ask(page, f"{QUESTION[:-1]} now?")
    page.click("#mh-past .mh-source summary")
    page.click("#mh-live .mh-source summary")
    settle(page)
    snapshot(page, "index-mid-chat")

    assert (sentences(page, "#mh-past"), sentences(page)) == (
        say("calm", NUMBERS[1]),
        say("calm", NUMBERS[2]),
    )
    cited = [page.inner_text(f"{at} .mh-passage") for at in ("#mh-past", "#mh-live")]
    assert cited == [article(n).body.partition("\n\n")[2] for n in NUMBERS.values()]
    assert newest_answers(store, 2) == [("calm", 1), ("calm", 2)]
