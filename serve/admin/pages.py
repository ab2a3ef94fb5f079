"""What each of the editors' pages shows, as values for its template; looks, and changes nothing."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping
from typing import Any

from fastapi.responses import FileResponse, Response

from assistant.advice import DAYS, give_advice, utc_today
from assistant.errors import AssistantError
from assistant.gaps import Gap, find_gaps
from assistant.generation import open_generation
from assistant.store.answers import read_answers
from assistant.store.audit import list_entries
from assistant.store.chats import find_owner
from assistant.store.feedback import Feedback, list_feedback, read_feedback
from assistant.store.reviews import list_approved, propose_answer, propose_question
from serve import words
from serve.admin.adapter_pages import adapter_card, adapters_page, loss_plot
from serve.admin.generation_pages import generation_report, generations_page
from serve.admin.sourcing import weigh_articles
from serve.admin.usage import count_usage
from serve.admin.whereabouts import find_places
from serve.admin.workplace import Admin

Query = Mapping[str, str]
_WINDOWS = (30, 90, 365)  # days that gaps and sources look back
_QUEUE = 100  # feedback shown on one page
_RISKY = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet takes a cell that begins so for a formula


def home_page(admin: Admin, query: Query) -> dict[str, Any]:
    """Return what to do now, how much waits, and the use of the last days."""
    today = utc_today()
    answers = read_answers(admin.desk.store, DAYS)
    return {
        "advice": give_advice(admin.workspace, admin.desk.store, today),
        "usage": count_usage(answers, today, DAYS),
        "days": DAYS,
        "n_new": len(list_feedback(admin.desk.store, "new")),
        "n_gaps": len(find_gaps(answers, today, DAYS)),
        "line": admin.desk.line,
        "adapter": admin.desk.assistant.promoted or "base",
        "generation": admin.desk.assistant.generation_number,
        "keeps": admin.desk.keeps,
    }


def review_page(admin: Admin, query: Query) -> dict[str, Any]:
    """Return the queue, what waits longest first; what is decided, the newest first."""
    state = query.get("state", "new")
    state = state if state in ("new", "approved", "rejected") else "new"
    items = list_feedback(admin.desk.store, state)
    if state != "new":
        items = sorted(items, key=lambda item: item.reviewed_at, reverse=True)
    return {
        "state": state,
        "items": items[:_QUEUE],
        "n_more": max(0, len(items) - _QUEUE),
        "taught": {row.feedback_id: row.answer for row in list_approved(admin.desk.store)},
        "reasons": words.REASONS,
    }


def feedback_page(admin: Admin, query: Query) -> dict[str, Any]:
    """Return one feedback with all that its answer was made from; edits in hand are kept."""
    item = read_feedback(admin.desk.store, read_number(query.get("id", "")))
    owner = find_owner(admin.desk.store, item.message_id)
    rows = list_approved(admin.desk.store)
    row = next((r for r in rows if r.feedback_id == item.id and r.visitor == owner[1]), None)
    kept = (row.question, row.answer) if row else (propose_question(item), _suggest(item))
    return {
        "item": item,
        "reasons": words.REASONS,
        "question": query.get("question", kept[0]),
        "answer": query.get("answer", kept[1]),
        "row": row,
        "places": find_places(admin.workspace, row.id) if row else [],
        "next_id": _find_next(admin, item.id),
    }


def gaps_page(admin: Admin, query: Query) -> dict[str, Any]:
    """Return the questions that readers asked in vain."""
    days = read_days(query)
    return {"gaps": _gaps(admin, days), "days": days, "windows": _WINDOWS}


def gaps_file(admin: Admin, query: Query) -> Response:
    """Return the gaps as CSV for a spreadsheet."""
    days = read_days(query)
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(
        ["question", "count", "refused", "quoted", "thumb down", "trend", "last asked",
         "also asked as", "nearest article", "its address"]
    )  # fmt: skip
    for gap in _gaps(admin, days):
        nearest = gap.nearest[0] if gap.nearest else {"title": "", "url": ""}
        others = " | ".join(q for q in gap.questions if q != gap.question)
        counts = [gap.why.get(why, 0) for why in ("refused", "quoted", "down")]
        cells: list[str | int] = [gap.question, gap.count, *counts, gap.trend, gap.last_day, others,
                 nearest["title"], nearest["url"]]  # fmt: skip
        writer.writerow([harmless(cell) for cell in cells])
    name = f"gaps-{utc_today()}.csv"
    return _download(out.getvalue().encode("utf-8-sig"), "text/csv; charset=utf-8", name)


def sources_page(admin: Admin, query: Query) -> dict[str, Any]:
    """Return every article with the answers that rest on it."""
    days, today = read_days(query), utc_today()
    articles = open_generation(admin.workspace.index_root).articles()
    carriers = weigh_articles(read_answers(admin.desk.store, days), articles, today)
    used = [c for c in carriers if c.count]
    return {
        "days": days,
        "windows": _WINDOWS,
        "used": used,
        "stale": [c for c in used if c.is_old or c.newer],
        "unused": sorted(
            (c for c in carriers if not c.count), key=lambda c: c.article.date, reverse=True
        ),
    }


def log_page(admin: Admin, query: Query) -> dict[str, Any]:
    """Return what editors did, and how long readers' text is kept."""
    return {
        "entries": list_entries(admin.desk.store),
        "store": admin.workspace.settings.store,
        "n_approved": len(list_approved(admin.desk.store)),
    }


PAGES: dict[str, Callable[[Admin, Query], dict[str, Any]]] = {
    "": home_page,
    "review": review_page,
    "feedback": feedback_page,
    "gaps": gaps_page,
    "sources": sources_page,
    "adapters": adapters_page,
    "adapter": adapter_card,
    "generations": generations_page,
    "log": log_page,
}


def _file(path_of: Callable[[Admin, Query], Any], media_type: str) -> Callable[..., Response]:
    def send(admin: Admin, query: Query) -> Response:
        path = path_of(admin, query)
        kind = "inline" if media_type.startswith("image/") else "attachment"
        return FileResponse(
            path,
            media_type=media_type,
            filename=f"{path.parent.name}-{path.name}",
            content_disposition_type=kind,
            headers={"Cache-Control": "no-store"},
        )

    return send


FILES: dict[str, Callable[[Admin, Query], Response]] = {
    "gaps.csv": gaps_file,
    "report.html": _file(generation_report, "text/html"),
    "loss.png": _file(loss_plot, "image/png"),
}


def read_number(text: str) -> int:
    """Return a number that a browser sent; AssistantError for anything else."""
    if not (text.isascii() and text.isdecimal() and len(text) <= 9):
        raise AssistantError("the address names no number; go back and follow a link")
    return int(text)


def read_days(query: Query) -> int:
    """Return how many days to look back, one of the windows."""
    asked = query.get("days", "")
    return next((days for days in _WINDOWS if str(days) == asked), _WINDOWS[0])


def harmless(cell: str | int) -> str | int:
    """Return a cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_RISKY) else cell


def _gaps(admin: Admin, days: int) -> list[Gap]:
    return find_gaps(read_answers(admin.desk.store, days), utc_today(), days)


def _suggest(item: Feedback) -> str:
    """Return the answer to begin editing with; a refusal has none."""
    refused = item.record.get("refused") and not item.better.strip()
    return "" if refused else propose_answer(item)


def _find_next(admin: Admin, number: int) -> int:
    waiting = [item.id for item in list_feedback(admin.desk.store, "new") if item.id != number]
    return next((n for n in waiting if n > number), waiting[0] if waiting else 0)


def _download(body: bytes, media_type: str, name: str) -> Response:
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "no-store",
    }
    return Response(body, media_type=media_type, headers=headers)
