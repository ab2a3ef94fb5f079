"""Many questions from a file, and one answer as a terminal shows it."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path
from typing import Any, get_args

from assistant.answer import Assistant, Until
from assistant.errors import AssistantError
from assistant.lines import answer_row, citation_url, read_questions
from assistant.progress import show_progress
from assistant.records import Answer

_WIDTH = 88


def parse_until(text: str) -> Until:
    """Return the step to stop after; AssistantError names the steps."""
    for step in get_args(Until):
        if text == step:
            found: Until = step
            return found
    raise AssistantError(f"--until {text} is not a step; use {', '.join(get_args(Until))}")


def answer_file(
    assistant: Assistant, questions: Path, out: Path, *, adapter: str, until: Until
) -> dict[str, Any]:
    """Answer every question into `out`, a line as soon as it is made; return the counts."""
    lines = list(read_questions(questions))
    modes: dict[str, int] = {}
    try:
        handle = open(out, "w", encoding="utf-8")
    except OSError as error:
        raise AssistantError(
            f"{out} cannot be written ({error.strerror}); correct --out"
        ) from error
    with handle, show_progress("answering") as report:
        for number, line in enumerate(lines, 1):
            answer = assistant.answer(line.question, line.history, adapter=adapter, until=until)
            handle.write(json.dumps(answer_row(line.id, answer, until), ensure_ascii=False) + "\n")
            modes[answer.mode.value] = modes.get(answer.mode.value, 0) + 1
            report(number, len(lines))
    return {"answered": len(lines), "out": str(out), "modes": modes}


def format_answer(answer: Answer, until: Until) -> str:
    """Return an answer with its sources as text for a terminal."""
    if until != "answer":
        found = "\n".join(f"{f.score:.3f}  {f.article.title}" for f in answer.retrieved)
        decided = f"\nanswerable: {answer.answerable_score:.2f}, refused: {answer.refused}"
        return found + (decided if until == "decide" else "")
    sources = [
        f"[{c.n}] {c.article.title} ({c.article.date or 'no date'}) {citation_url(c)}".rstrip()
        for c in answer.citations
    ]
    return "\n".join([*textwrap.wrap(answer.text, _WIDTH), "", *sources])
