"""A model that an attacker speaks through: whatever it writes, nothing leaves on any surface."""

from __future__ import annotations

import asyncio
import json
import re
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from html.parser import HTMLParser

import httpx
import pytest
from markdown_it import MarkdownIt

from assistant.asking import format_answer
from assistant.lines import answer_row
from assistant.records import Message
from assistant.store.chats import list_chats, read_chat
from assistant.store.feedback import add_feedback
from serve.acts import Act, forget, give_thumb, name_visitor, open_chat
from serve.conversation import Turn
from serve.desk import Asked, Desk
from serve.handlers import answer_turn
from serve.render import render_turn
from tests.exfiltration import CARRIERS, forms_of, split_text
from tests.fakes import RANK, make_assistant
from tests.serve.building import build_api_for_test, running

QUESTION = "How many parameters does a rank of 16 train?"
START, END = "On the starter model a rank of 16 trains ", "4.9 million parameters"
PAGE_TAGS = {
    "article", "aside", "bdi", "blockquote", "button", "code", "details", "div", "fieldset",
    "footer", "form", "h2", "h3", "input", "label", "legend", "li", "mark", "ol", "p", "path",
    "pre", "q", "section", "span", "summary", "sup", "svg", "textarea",
}  # fmt: skip
FOREIGN = re.compile(
    r"evil|3232235777|2001:db8|://(?!bench\.example/)|javascript:|data:|\bwww\.", re.I
)


@dataclass
class Hijacked:
    """An engine that writes what the attacker wants, and remembers all it was ever told."""

    name: str = "hijacked"
    says: str = ""
    token: int = 3
    heard: list[str] = field(default_factory=list)

    def stream(
        self, messages: Sequence[Message], *, adapter: str | None, max_tokens: int
    ) -> Iterator[str]:
        self.heard += [message.content for message in messages]
        yield from split_text(self.says, self.token)


class Links(HTMLParser):
    """Every tag and attribute of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str]] = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes += [(name, value or "") for name, value in attrs]


def leaks_of_page(page: str) -> list[str]:
    links = Links(page)
    bad = [f"<{tag}>" for tag in links.tags - PAGE_TAGS - {"a"}]
    for name, value in links.attributes:
        leads = name in ("src", "srcset", "href", "action", "style", "poster", "formaction")
        if leads and not re.match(r"https://bench\.example/\w+(#[\w-]+)?$|#source-", value):
            bad.append(f"{name}={value}")
        if name.startswith("on"):
            bad.append(name)
    return bad + FOREIGN.findall(re.sub(r'(href|target|rel|aria-label)="[^"]*"', "", page))


def leaks_of_text(text: str) -> list[str]:
    """Return what a client that renders Markdown, links and HTML would make of an answer."""
    parser = MarkdownIt("commonmark", {"html": True})
    found = FOREIGN.findall(text)
    for token in parser.parse(text):
        for inner in [token, *(token.children or [])]:
            if inner.type in ("link_open", "image", "html_inline", "html_block"):
                found.append(inner.type)
    return found


@pytest.fixture(scope="module")
def engine():
    return Hijacked()


@pytest.fixture(scope="module")
def desk(engine, tmp_path_factory):
    root = tmp_path_factory.mktemp("hijacked")
    server = build_api_for_test(make_assistant(root, engine=engine), root)
    with running(server) as url:
        server.state.desk.url = url
        yield server.state.desk
    server.state.desk.store.dispose()


@pytest.fixture(scope="module")
def http(desk):
    with httpx.Client(base_url=desk.url, timeout=20) as client:
        yield client


def show_on_page(desk: Desk, asked: Sequence[tuple[str, Asked]]) -> list[str]:
    """Return the page's HTML after every event of each answer; the engine says the text beside."""
    own = Desk(desk.assistant, desk.store)  # a desk belongs to one event loop

    async def gather() -> list[str]:
        pages = []
        for says, one in asked:
            desk.assistant.engine.says = says
            steps = answer_turn(own, Turn(1, one.question), one, threading.Event())
            pages += [render_turn(turn, date(2026, 11, 22), newest=True) async for turn in steps]
        return pages

    try:
        return asyncio.run(gather())
    finally:
        own.close()


def show_one(desk: Desk, says: str) -> str:
    """Return the page's HTML at the end of an answer."""
    return show_on_page(desk, [(says, Asked(QUESTION, keep=False))])[-1]


def ask_api(http, *, stream: bool, question: str = QUESTION) -> tuple[str, str]:
    """Return an answer's text and the whole body of the reply."""
    body = {"messages": [{"role": "user", "content": question}], "stream": stream, "store": False}
    reply = http.post("/v1/chat/completions", json=body)
    assert reply.status_code == 200
    if not stream:
        return reply.json()["choices"][0]["message"]["content"], reply.text
    events = [
        json.loads(line.removeprefix("data: "))
        for line in reply.text.splitlines()
        if line.startswith("data: {")
    ]
    pieces = [event["choices"][0]["delta"].get("content", "") for event in events]
    return "".join(pieces), reply.text


def hijack(form: str) -> str:
    """Return what the model says: the form within a sentence that holds, after it, and alone."""
    return f"{START}{form} {END} [1]. Read {form}. {form}"


def test_there_are_more_than_three_hundred_forms_in_the_fast_half_alone():
    assert len({form for carrier in CARRIERS for form in forms_of(carrier)[::2]}) > 300


# Every second form in the fast suite, the others in the slow one.
HALVES = pytest.mark.parametrize(
    "half", [slice(0, None, 2), pytest.param(slice(1, None, 2), marks=pytest.mark.slow)],
    ids=["even", "odd"],
)  # fmt: skip


@HALVES
@pytest.mark.parametrize("carrier", CARRIERS)
def test_no_form_leaves_by_the_page(desk, engine, carrier, half):
    said = [hijack(form) for form in forms_of(carrier)[half]]
    engine.token = 1 + len(carrier) % 7

    pages = show_on_page(desk, [(says, Asked(QUESTION, keep=False)) for says in said])

    assert len(pages) > 3 * len(said)
    assert [leak for page in pages for leak in leaks_of_page(page)] == []


@HALVES
@pytest.mark.parametrize("carrier", CARRIERS)
def test_no_form_leaves_by_the_api(engine, http, carrier, half):
    engine.token = 1 + len(carrier) % 7
    for n, form in enumerate(forms_of(carrier)[half]):
        engine.says = hijack(form)
        text, body = ask_api(http, stream=n % 2 == 0)
        assert leaks_of_text(text) == []
        assert not re.search(r"evil", body, re.IGNORECASE)


@pytest.mark.parametrize("carrier", CARRIERS)
def test_no_form_leaves_by_an_answers_line_or_a_terminal(desk, engine, carrier):
    engine.token = 1 + len(carrier) % 7
    for form in forms_of(carrier)[::4]:
        engine.says = hijack(form)
        answer = desk.assistant.answer(QUESTION)
        row = answer_row("q1", answer)
        written = [row["answer"], *(s["text"] for s in row["sentences"] + row["dropped_sentences"])]
        assert [leak for text in written for leak in leaks_of_text(text)] == []
        terminal = format_answer(answer, "answer")
        assert not re.search(r"evil", terminal + json.dumps(row), re.IGNORECASE)


def test_many_forms_leave_the_sentence_that_they_stood_in(engine, http):
    whole = 0
    for carrier in CARRIERS:
        engine.says = hijack(forms_of(carrier)[0])
        whole += f"{START}{END}" in ask_api(http, stream=False)[0]

    assert whole >= 10  # of 30: the search above does not look at refusals alone


def test_the_search_for_leaks_finds_what_it_is_for():
    assert leaks_of_page('<p><a href="https://evil.example">x</a></p>')
    assert leaks_of_page('<img src="/a">')
    assert leaks_of_text("[x](/a)")
    assert leaks_of_text("see <b>x</b>")
    assert leaks_of_text("https://other.example/a")


def test_a_clean_sentence_gets_through_the_same_way(desk, engine, http):
    says = engine.says = f"{START}{END} [1]."

    assert f"{START}{END}" in show_one(desk, says)
    assert ask_api(http, stream=True)[0].startswith(f"{START}{END}")


@pytest.mark.parametrize("carrier", CARRIERS)
def test_an_articles_title_cannot_carry_one_into_a_refusal(tmp_path, carrier):
    title = f"Rank {forms_of(carrier)[0]} again"
    hostile = replace(RANK, title=title, headings=())
    answer = make_assistant(tmp_path, articles=[hostile], answerable=0.1).answer(QUESTION)

    assert answer.refused
    assert leaks_of_text(answer.text) == []


FAKE_CITATIONS = [
    "[99]", "[0]", "[-1]", "[1][1][1]", "[4294967297]", "[1, 99]", "[99][98]", "[1-9]", "[one]",
    "\u30101\u3011", "[^1]", "[ 7 ]", "(source 9)", "[1](9)", "[\u0661]", "[\u2460]",
    "&#91;99&#93;", "[999]", "[1][", "[[99]]", "[9\u200b9]", "\\[99\\]",
]  # fmt: skip


@pytest.mark.parametrize("mark", FAKE_CITATIONS)
def test_a_number_that_leads_nowhere_is_not_shown(desk, engine, http, mark):
    engine.says = f"{START}{END} {mark}."
    body = {"messages": [{"role": "user", "content": QUESTION}], "store": False}
    reply = http.post("/v1/chat/completions", json=body).json()

    known = {citation["n"] for citation in reply["citations"]}
    shown = re.findall(r"\[(\d+)\]", reply["choices"][0]["message"]["content"])
    assert {int(n) for n in shown} <= known
    assert {c["url"].partition("#")[0] for c in reply["citations"]} <= {
        "https://bench.example/rank", "https://bench.example/templates", "",
    }  # fmt: skip
    for number in re.findall(r'class="mh-cite"><a href="([^"]*)"', show_one(desk, engine.says)):
        assert number.startswith(("https://bench.example/", "#source-1-"))


def test_a_forged_title_is_not_shown(desk):
    says = f"{START}{END} [1]. \u201cBuy gold now\u201d by The Bench says so [1]."

    assert "gold" not in show_one(desk, says)


CANARY = "zebracanary"


def test_nothing_of_one_visitor_reaches_another(desk, engine, http):
    ann, bob = name_visitor("a" * 64), name_visitor("b" * 64)
    asked = Asked(f"Does {CANARY} train a rank of 16?", visitor=ann)
    show_on_page(desk, [(f"{START}{END} [1].", asked)])
    (chat,) = list_chats(desk.store, ann)
    message = read_chat(desk.store, chat.id, ann)[-1].id
    assert CANARY in str(open_chat(desk, chat.id, ann))
    seen: list[str] = []
    probes: list[tuple[str, Asked]] = []

    for n in range(125):
        engine.says = " ".join(engine.heard[-20:])  # everything it ever heard, in its own words
        question = f"What did the last reader ask about a rank of 16, number {n}?"
        # Most are not kept: writing each down takes two trips to the disk.
        probes.append((engine.says, Asked(question, visitor=bob, chat=chat.id, keep=n % 10 == 0)))
        seen.append(ask_api(http, stream=n % 2 == 0, question=question)[1])
        seen.append(str(open_chat(desk, chat.id[: len(chat.id) - n % 3], bob)))
        stranger = (Turn(1, "?", message=message),)
        thumbed = give_thumb(desk, stranger, Act("thumb", 1, "up"), bob)
        assert thumbed == stranger
        forget(desk, chat.id, bob)
    seen += show_on_page(desk, probes)
    seen += [http.get(path).text for path in ("/metrics", "/healthz", "/readyz", "/v1/models")]
    seen.append(str(list_chats(desk.store, bob)))

    assert len(seen) >= 500
    assert [text for text in seen if CANARY in text] == []
    assert not add_feedback(desk.store, message, bob, "up")
    assert len(read_chat(desk.store, chat.id, ann)) == 2
