"""Markup that runs where it is let: in every field that the page shows, in a real browser."""

from __future__ import annotations

from dataclasses import replace

import pytest

from assistant.records import Citation
from tests.browser.conftest import DESKTOP
from tests.serve.building import build_for_test, running
from tests.serve.fake_assistant import (
    MERGE,
    MERGE_PASSAGE,
    FakeAssistant,
    frame,
    make_answer,
    make_settings,
    quoted,
    written,
)

pytestmark = pytest.mark.slow

RUN = "window.ran=(window.ran||0)+1"
PAYLOADS = [
    f"<script>{RUN}</script>",
    f"<img src=x onerror={RUN}>",
    f"<svg onload={RUN}>",
    f"<svg><script>{RUN}</script></svg>",
    f'"><img src=x onerror="{RUN}">',
    f"'><svg/onload={RUN}>",
    f"</textarea><script>{RUN}</script>",
    f"</title><svg onload={RUN}>",
    f"<details open ontoggle={RUN}>",
    f"<input autofocus onfocus={RUN}>",
    f"<body onload={RUN}>",
    f"<iframe srcdoc='<script>parent.{RUN}</script>'>",
    f"<iframe src='javascript:parent.{RUN}'>",
    f"<a href='javascript:{RUN}'>x</a>",
    f"[x](javascript:{RUN})",
    f'![x](x"onerror="{RUN})',
    f"<math><mtext><img src=x onerror={RUN}></mtext></math>",
    f"<object data='data:text/html,<script>{RUN}</script>'>",
    f"<embed src='javascript:{RUN}'>",
    f"<video><source onerror={RUN}></video>",
    f"<audio src=x onerror={RUN}>",
    f"<marquee onstart={RUN}>x</marquee>",
    "<style>@import 'https://evil.example/a.css';body{background:url(https://evil.example/b)}</style>",
    "<style>.mh-masthead{display:none!important}</style>",
    "<link rel=stylesheet href=https://evil.example/c.css>",
    "<meta http-equiv=refresh content='0;url=https://evil.example'>",
    "<base href=https://evil.example/>",
    "<form action=https://evil.example><button>x</button></form>",
    "<img src=https://evil.example/p.png>",
    "<p style='position:fixed;inset:0;background:url(https://evil.example/d)'>",
    "<!--><img src=x onerror=window.ran=1>-->",
    "<noscript><p title='</noscript><img src=x onerror=window.ran=1>'>",
    "<template><img src=x onerror=window.ran=1></template>",
    "&lt;img src=x onerror=window.ran=1&gt;",
    "<img src=x onerror=window.ran=1>",
    "<img/src/onerror=window.ran=1>",
    "<x onpointerover=window.ran=1 style=display:block>x</x>",
    "<img src=x onerror\x0c=window.ran=1>",
    "${window.ran=1}",
    "{{constructor.constructor('window.ran=1')()}}",
    "`${window.ran=1}`",
    "<%= window.ran=1 %>",
    "</script><script>window.ran=1</script>",
    "\u2028<svg onload=window.ran=1>",
    "<sCrIpT>window.ran=1</ScRiPt>",
]


AT_ONCE = 5  # side by side in one answer, each in fields of its own
ROUNDS = [PAYLOADS[start : start + AT_ONCE] for start in range(0, len(PAYLOADS), AT_ONCE)]


def hostile_answer(payloads):
    """Return an answer that carries each payload in every field of two sources and four sentences.

    One of the two has an address, the other a script for one.
    """
    cited, said = [], []
    for payload in payloads:
        article = replace(
            MERGE, title=payload, url=f"https://example.org/{payload}", published=payload
        )
        bare = replace(article, id=payload, url=f"javascript:{RUN}")
        block = f"```\n{payload}\n```"
        text = f"{payload}\n\n| {payload} |\n|---|\n\n{block}\n`{payload}`"
        passage = replace(MERGE_PASSAGE, headings=(payload,), anchor=payload, text=text)
        n = len(cited) + 1
        cited += [Citation(n, article, passage, payload), Citation(n + 1, bare, passage, payload)]
        said += [frame(payload), written(f"{payload} `{payload}`", n), quoted(payload, n + 1)]
        said.append(written(block, n))
    return make_answer(said, cited)


@pytest.fixture(scope="module")
def hostile_brand():
    base = make_settings()
    payload = PAYLOADS[4]
    named = {
        key: payload + "".join(PAYLOADS[:3])
        for key in ("name", "tagline", "greeting", "footer", "refusal")
    }
    brand = base.brand.model_copy(update={**named, "example_questions": tuple(PAYLOADS)})
    return base.model_copy(update={"brand": brand})


@pytest.fixture(scope="module")
def hostile_address(hostile_brand, tmp_path_factory):
    answers = {f"Round {n}:": hostile_answer(tried) for n, tried in enumerate(ROUNDS)}
    assistant = FakeAssistant(settings=hostile_brand, answers=answers)
    server = build_for_test(assistant, tmp_path_factory.mktemp("hostile"))
    with running(server) as url:
        yield url
    server.state.desk.store.dispose()


def test_nothing_runs_leaves_or_restyles_whatever_field_it_stands_in(browser, hostile_address):
    context = browser.new_context(viewport=DESKTOP)
    page = context.new_page()
    outward: list[str] = []
    page.on(
        "request", lambda r: r.url.startswith((hostile_address, "data:")) or outward.append(r.url)
    )
    page.goto(hostile_address)
    page.wait_for_selector(".mh-examples button")
    for n, tried in enumerate(ROUNDS):
        page.fill("#mh-question textarea", f"Round {n}: {' '.join(tried)}")
        page.click("#mh-ask")
        page.wait_for_selector("#mh-live .mh-copy")
        assert page.locator("#mh-live .mh-source").count() == 2 * len(tried)
        page.hover("#mh-live .mh-cite a >> nth=0")
        page.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
        page.click("#mh-new")
        page.wait_for_selector("#mh-welcome")
    page.click("#mh-more [data-act=list]")
    page.wait_for_selector(f".mh-chat >> nth={len(ROUNDS) - 1}")

    assert page.evaluate("window.ran") is None
    assert outward == []
    assert page.is_visible(".mh-masthead")
    assert page.url.startswith(hostile_address)
    foreign = (
        "#mh-main :is(script, img, iframe, object, embed, style, link, base, form:not(.mh-why))"
    )
    assert page.locator(foreign).count() == 0
    context.close()
