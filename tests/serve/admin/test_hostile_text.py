"""What readers, articles and settings may hold, on every page where an editor meets it.

The parser reads a page as a browser does: nothing but our own elements may come of any text.
"""

from __future__ import annotations

import logging
import re
from html.parser import HTMLParser

import pytest

from assistant.store.audit import list_entries
from assistant.store.feedback import list_feedback
from assistant.store.reviews import approve_feedback, list_approved
from assistant.store.sessions import find_session
from tests.rated import make_quick, rate
from tests.serve.admin.editors import Editor, fill_workspace, make_assistant
from tests.serve.building import build_api_for_test, running

# Own forms of each class: tags, attributes, ends of our own elements, style, links, templates.
MARKUP = [
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<svg onload=alert(1)>",
    "</textarea><script>alert(1)</script>", '"><script>alert(1)</script>',
    "' onmouseover='alert(1)", '" autofocus onfocus="alert(1)', "</title><script>alert(1)</script>",
    "</style><script>alert(1)</script>", "<style>*{background:url(//evil.example)}</style>",
    "<link rel=stylesheet href=//evil.example>",
    "<meta http-equiv=refresh content=0;//evil.example>",
    "<base href=//evil.example>", "<form action=//evil.example><button>ok</button></form>",
    "<iframe srcdoc='<script>alert(1)</script>'>", "<a href=javascript:alert(1)>x</a>",
    "[x](javascript:alert(1))", "![x](https://evil.example/?q=1)",
    "<details open ontoggle=alert(1)>",
    "{{ 7 * 7 }} {% include 'login.html.jinja' %}", "${7*7} <%= 7*7 %>", "&lt;script&gt;alert(1)",
    "<!-- <script> -->",
    "<math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "\u202e<script>alert(1)</script>", "<scr\u0000ipt>alert(1)</scr\u0000ipt>",
]  # fmt: skip
SQL = [
    "'", "''", "' OR '1'='1", "'; DROP TABLE feedback; --", "1; DELETE FROM messages",
    "' UNION SELECT hash FROM sessions --", "%' AND 1=0", "\\'; --", "0x27", "a\u0000b", "%s%s%n",
    "{0}{1}", "line\r\nmasthead: forged line", "\x1b[31mred\x1b[0m", "\u2028{}",
]  # fmt: skip
PAGES = ["", "review", "review?state=approved", "gaps", "sources", "adapters", "generations", "log"]
OURS = {
    "html", "head", "meta", "title", "style", "body", "header", "div", "b", "span", "form", "input",
    "button", "nav", "a", "main", "h1", "h2", "h3", "p", "ul", "li", "dl", "dt", "dd", "figure",
    "figcaption", "svg", "g", "rect", "line", "text", "path", "circle", "table", "thead", "tbody",
    "tr", "th", "td", "details", "summary", "meter", "section", "textarea", "label", "code", "br",
}  # fmt: skip


class Page(HTMLParser):
    """A page's elements and attributes as a browser finds them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.bad: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        if tag not in OURS:
            self.bad.append(f"<{tag}>")
        for name, value in attrs:
            leads = name in ("href", "src", "action", "formaction", "srcdoc", "style")
            if name.startswith("on") or (
                leads and not re.match(r"/admin|https://bench\.example/", value or "")
            ):
                self.bad.append(f"{name}={value}")


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """One server whose readers wrote every form into every field that they can reach."""
    root = tmp_path_factory.mktemp("hostile")
    fill_workspace(root)
    server = build_api_for_test(make_assistant(root), root)
    store = make_quick(server.state.desk.store)
    for form in [*MARKUP, *SQL]:
        form = form.replace("\0", " ")  # as the page's handlers store it
        rate(store, form, answer=form, reason=form[:32], better=form)
        rate(store, form, answer=form, mode="refused", thumb="", articles=(form,))
    for item in list_feedback(store)[::2]:
        approve_feedback(store, item.id, item.question[:60])
    with running(server) as url, Editor(base_url=url, timeout=30) as client:
        client.log_in()
        client.store, client.desk, client.root = store, server.state.desk, root
        yield client
    server.state.desk.close()
    store.dispose()


def test_no_form_becomes_markup_on_any_page(site):
    numbers = [item.id for item in list_feedback(site.store)]
    pages = [*PAGES, *(f"feedback?id={number}" for number in numbers)]

    found = {name: Page(site.get(f"/admin/{name}".rstrip("/")).text).bad for name in pages}

    assert {name: bad for name, bad in found.items() if bad} == {}


def test_the_search_finds_what_it_is_for():
    assert Page("<script>1</script>").bad == ["<script>"]
    assert Page("<p onclick=x>").bad == ["onclick=x"]
    assert Page("<a href=javascript:alert(1)>").bad == ["href=javascript:alert(1)"]


@pytest.mark.parametrize("form", [*MARKUP, *SQL], ids=repr)
def test_a_form_sent_in_every_field_changes_nothing_but_what_it_says(site, form, caplog):
    item = list_feedback(site.store)[0]
    tables = "SELECT count(*) FROM feedback", "SELECT count(*) FROM messages"
    before = _count(site.store, tables)

    with caplog.at_level(logging.DEBUG):
        told = site.get("/admin/feedback", params={"id": form, "question": form, "answer": form})
        acted = site.act("reject", id=form)
        named = site.act("promote", name=form)
        approved = site.act("approve", id=item.id, question=form, answer=f"{form} x")

    assert (told.status_code, acted.status_code, named.status_code) == (404, 422, 422)
    assert [Page(page.text).bad for page in (told, acted, named)] == [[], [], []]
    assert approved.status_code == 303
    assert _count(site.store, tables) == before
    assert (
        list_approved(site.store)[-1].answer
        == f"{form} x".replace("\0", " ").replace("\r\n", "\n").strip()
    )
    assert find_session(site.store, form) == ""
    ours = [r for r in caplog.records if r.name.startswith(("assistant", "serve"))]
    assert [r for r in ours if form in r.getMessage()] == []
    assert all("\n" not in entry.about for entry in list_entries(site.store))


def _count(store, queries):
    with store.connect() as connection:
        return [connection.exec_driver_sql(query).scalar() for query in queries]
