"""An editor's word on feedback: approved as a pair, with the text as edited, or rejected.

Approved rows are the only way from readers to training. They stay when their conversation is past
its days, and go when its reader deletes it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, Engine, RowMapping, delete, insert, select, update

from assistant.errors import AssistantError
from assistant.store.audit import add_entry
from assistant.store.chats import find_owner
from assistant.store.feedback import Feedback, read_feedback
from assistant.store.opening import forget_deleted
from assistant.store.tables import approved, feedback, utc_text

MAX_TEXT = 4_000  # characters of an approved question or answer
_MARK = re.compile(r"\s*\[\d+\]")


@dataclass(frozen=True, slots=True)
class Approved:
    """A row for training; `gold` names articles that a reader confirmed."""

    id: int
    feedback_id: int
    visitor: str
    question: str
    answer: str
    gold: tuple[str, ...]
    reviewer: str
    approved_at: str


def propose_question(item: Feedback) -> str:
    """Return the question as it stands alone: a follow-up needs what came before it."""
    return str(item.record.get("standalone_question") or item.question)


def propose_answer(item: Feedback) -> str:
    """Return the reader's better answer, else what was said without our set phrases and marks."""
    if item.better.strip():
        return item.better.strip()
    said = [s["text"] for s in item.record.get("sentences", []) if not s.get("frame")]
    return _MARK.sub("", " ".join(said)).strip()


def approve_feedback(
    engine: Engine, number: int, who: str, *, question: str = "", answer: str = ""
) -> Approved:
    """Approve feedback as a row for training, in place of an earlier approval; return the row.

    AssistantError where nobody vouches, or where a thumb down brings no better answer.
    """
    item = read_feedback(engine, number)
    asked = _clean(question) or propose_question(item)
    if not _clean(answer) and item.thumb == "down" and not item.better.strip():
        raise AssistantError(
            f"feedback {number} is a thumb down without a better answer; write the answer that the"
            " assistant should learn, or reject it"
        )
    said = _clean(answer) or propose_answer(item)
    if not who.strip() or not said or max(len(asked), len(said)) > MAX_TEXT:
        raise AssistantError(
            f"feedback {number} needs a reviewer and a question and an answer of 1 to {MAX_TEXT}"
            " characters; correct what is missing"
        )
    chat, visitor = find_owner(engine, item.message_id)
    with engine.begin() as connection:
        known = (approved.c.feedback_id == number, approved.c.conversation_id == chat)
        connection.execute(delete(approved).where(*known))
        row = {
            "feedback_id": number,
            "conversation_id": chat,
            "visitor": visitor,
            "question": asked,
            "answer": said,
            "gold": _gold(item),
            "reviewer": who.strip(),
            "approved_at": utc_text(),
        }
        added = connection.execute(insert(approved).values(row).returning(approved))
        made = _approved(added.mappings().one())
        _decide(connection, number, "approved", who)
    return made


def reject_feedback(engine: Engine, number: int, who: str) -> None:
    """Reject feedback; a row that was approved from it goes."""
    chat, _ = find_owner(engine, read_feedback(engine, number).message_id)
    with engine.begin() as connection:
        known = (approved.c.feedback_id == number, approved.c.conversation_id == chat)
        connection.execute(delete(approved).where(*known))
        _decide(connection, number, "rejected", who)
    forget_deleted(engine)


def list_approved(engine: Engine) -> list[Approved]:
    """Return every approved row, oldest first."""
    with engine.connect() as connection:
        rows = connection.execute(select(approved).order_by(approved.c.id)).mappings()
        return [_approved(row) for row in rows]


def delete_old_approved(engine: Engine, keep_days: int) -> int:
    """Delete rows approved more than `keep_days` ago; return how many."""
    limit = utc_text(datetime.now(UTC) - timedelta(days=keep_days))
    with engine.begin() as connection:
        gone = connection.execute(delete(approved).where(approved.c.approved_at < limit))
    if gone.rowcount:
        forget_deleted(engine)
    return int(gone.rowcount)


def _clean(text: str) -> str:
    return text.replace("\0", " ").replace("\r\n", "\n").strip()


def _gold(item: Feedback) -> list[str]:
    """Return the articles cited by an answer that a reader called helpful."""
    if item.thumb != "up" or item.record.get("refused"):
        return []
    return list(dict.fromkeys(c["article"] for c in item.record.get("citations", [])))


def _decide(connection: Connection, number: int, state: str, who: str) -> None:
    decided = {"state": state, "reviewer": who.strip(), "reviewed_at": utc_text()}
    connection.execute(update(feedback).where(feedback.c.id == number).values(decided))
    add_entry(connection, who.strip(), state, f"feedback {number}")


def _approved(row: RowMapping) -> Approved:
    values = {name: row[name] for name in Approved.__dataclass_fields__}
    return Approved(**{**values, "gold": tuple(values["gold"])})
