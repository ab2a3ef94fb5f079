"""The review page: a row and its passages side by side; keep, edit or drop.

One person's page on this machine. What is decided is written at once; nothing else changes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import gradio as gr
from fastapi import FastAPI

from assistant.errors import AssistantError
from assistant.pair_review import Decision, ReviewRow, Verdict
from assistant.text import split_sentences
from serve.events import PlainEvents
from serve.guard import Guard
from serve.mounting import mount_closed
from serve.passage_html import escape, render_passage
from serve.review_desk import ALL, Desk
from serve.server import LOOPBACK

_STYLE = """
.pr-passage {border-left: 3px solid #8884; padding: 0 .9rem; margin-bottom: 1rem}
.pr-label {font-weight: 600} .pr-detail {opacity: .8} mark {background: #f5dd7a; color: #222}
.pr-against {border-color: #b3261e}
.pr-question {font-size: 1.05rem; white-space: pre-wrap}
"""


def build_review_server(desk: Desk, brand: str, reviewer: str) -> Guard:
    """Build the page behind the guard that the reader's page has."""
    server = FastAPI(openapi_url=None)
    page = build_review_page(desk, brand, reviewer)
    mount_closed(server, page, css=_STYLE)
    return Guard(PlainEvents(server), hosts=LOOPBACK, dress=lambda text: text)


def build_review_page(desk: Desk, brand: str, reviewer: str) -> gr.Blocks:
    """Build the page for rows that lie on a desk."""
    with gr.Blocks(title=f"Review: {brand}", analytics_enabled=False, fill_width=True) as page:
        gr.Markdown(f"## {brand}: pairs to review")
        with gr.Row():
            kind = gr.Dropdown(desk.kinds, value=ALL, label="Kind")
            reason = gr.Dropdown(desk.reasons, value=ALL, label="Reason")
            undecided = gr.Checkbox(value=True, label="Only undecided rows")
            name = gr.Textbox(reviewer, label="Reviewer")
        place = gr.State(0)
        where = gr.Markdown()
        with gr.Row(equal_height=False):
            with gr.Column():
                about = gr.HTML()
                answer = gr.Textbox(label="Answer", lines=8, max_lines=20)
                with gr.Row():
                    keep = gr.Button("Keep", variant="primary")
                    edit = gr.Button("Save the edit")
                    drop = gr.Button("Drop", variant="stop")
                with gr.Row():
                    back = gr.Button("Back")
                    skip = gr.Button("Next")
            passages = gr.HTML()
        filters, shown = [kind, reason, undecided], [place, where, about, answer, passages]

        def show(at: int, *chosen: Any) -> tuple[Any, ...]:  # noqa: ANN401
            return _show(desk, at, desk.select(*chosen))

        def start(*chosen: Any) -> tuple[Any, ...]:  # noqa: ANN401
            return show(0, *chosen)

        def decide_as(verdict: Verdict) -> Callable[..., tuple[Any, ...]]:
            def act(at: int, text: str, who: str, *chosen: Any) -> tuple[Any, ...]:  # noqa: ANN401
                numbers = desk.select(*chosen)
                if not numbers:
                    return show(at, *chosen)
                try:
                    desk.decide(numbers[min(at, len(numbers) - 1)], verdict, who, text)
                except AssistantError as error:
                    raise gr.Error(str(error), print_exception=False) from error
                gone = len(desk.select(*chosen)) < len(numbers)
                return show(at if gone else at + 1, *chosen)

            return act

        page.load(start, filters, shown)
        for one in filters:
            one.change(start, filters, shown)
        back.click(lambda at, *chosen: show(at - 1, *chosen), [place, *filters], shown)
        skip.click(lambda at, *chosen: show(at + 1, *chosen), [place, *filters], shown)
        inputs = [place, answer, name, *filters]
        keep.click(decide_as("keep"), inputs, shown)
        edit.click(decide_as("edit"), inputs, shown)
        drop.click(decide_as("drop"), inputs, shown)
    page.queue(api_open=False)
    return page


def _show(desk: Desk, at: int, numbers: Sequence[int]) -> tuple[Any, ...]:
    if not numbers:
        return 0, "Nothing is left to review here.", "", "", ""
    at = max(0, min(at, len(numbers) - 1))
    row = desk.row(numbers[at])
    decision = desk.decision_of(numbers[at])
    target = row.pair.messages[-1].content
    if decision and decision.target:
        target = decision.target
    return at, f"{at + 1} of {len(numbers)}", render_about(row, decision), target, render_side(row)


def render_about(row: ReviewRow, decision: Decision | None) -> str:
    """Return what a row is and what it asks, as HTML."""
    pair = row.pair
    facts = [pair.kind.value, pair.task, row.place, row.title, f"question by {pair.question_by}"]
    lines = [f"<p>{escape(' / '.join(fact for fact in facts if fact))}</p>"]
    if row.reason:
        told = f"{row.reason}: {row.detail}"
        lines.append(f'<p class="pr-detail"><b>Dropped</b> {escape(told)}</p>')
    if decision:
        told = f"{decision.verdict} by {decision.reviewer}, {decision.date}"
        lines.append(f'<p class="pr-detail"><b>Decided</b> {escape(told)}</p>')
    turns = [m for m in pair.messages[:-1] if m.role != "system"]
    for turn in turns:
        lines.append(f'<p class="pr-question"><b>{turn.role}</b> {escape(turn.content)}</p>')
    return "".join(lines)


def render_side(row: ReviewRow) -> str:
    """Return what to hold a row against as HTML: the other side, then the passages, marked."""
    return _render_against(row.against) + _render_passages(row)


def _render_against(other: ReviewRow | None) -> str:
    if other is None:
        return ""
    *_, asked, answer = other.pair.messages
    return (
        f'<div class="pr-passage pr-against"><p class="pr-label">The other side: '
        f"{escape(other.title or other.pair.question_by)} ({escape(other.pair.date or 'undated')})"
        f'</p><p class="pr-question">{escape(asked.content)}</p><p>{escape(answer.content)}</p>'
        '<p class="pr-detail">Keep the side that holds and drop the other; keep both where both'
        " hold.</p></div>"
    )


def _render_passages(row: ReviewRow) -> str:
    if not row.passages:
        return "<p>No passage stands in this row's prompt.</p>"
    said = split_sentences(row.pair.messages[-1].content)
    return "".join(
        f'<div class="pr-passage"><p class="pr-label">[{number}] {escape(label)}</p>'
        f"{render_passage(text, said)}</div>"
        for number, (label, text) in enumerate(row.passages, 1)
    )
