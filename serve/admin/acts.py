"""What an editor can do, by name and written into the log: form fields in, a place to go out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass

from assistant.errors import AssistantError
from assistant.evidence import read_evidence
from assistant.generation import roll_back_generation
from assistant.reading import label_of
from assistant.records import Answer
from assistant.store.audit import log_act
from assistant.store.chats import delete_chat, delete_visitor, find_owner
from assistant.store.feedback import read_feedback
from assistant.store.reviews import approve_feedback, reject_feedback
from assistant.text import split_sentences
from assistant.verify import check_support
from serve.admin.adapter_pages import read_test
from serve.admin.pages import read_number
from serve.admin.workplace import Admin, Visit
from serve.desk import Asked, Finished
from serve.keeping import storable

Fields = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Again:
    """Today's answer, and the sentences in hand that today's passages do not hold."""

    answer: Answer
    unsupported: tuple[str, ...]
    was_checked: bool


def act(admin: Admin, visit: Visit, fields: Fields) -> str:
    """Do what a form asks for and return the page to show next; AssistantError says why not."""
    acts: dict[str, Callable[[Admin, Visit, Fields], str]] = {
        "approve": _approve,
        "reject": _reject,
        "promote": _promote,
        "roll back adapter": _roll_back_adapter,
        "roll back index": _roll_back_index,
        "forget chat": _forget,
        "forget visitor": _forget,
        "forget old": _forget_old,
    }
    asked = fields.get("do", "")
    if asked not in acts:
        raise AssistantError("the form asks for nothing that can be done here; load the page again")
    return acts[asked](admin, visit, fields)


async def ask_again(admin: Admin, fields: Fields) -> Again:
    """Ask the question of today's index and adapter, and hold the answer in hand against it."""
    question = storable(fields.get("question", "")).strip()
    asked = Asked(question, surface="admin", keep=False)
    async with aclosing(admin.desk.answer(asked)) as events:
        async for event in events:
            if isinstance(event, Finished):
                return _hold_against(event.answer, fields.get("answer", ""))
    raise AssistantError("the answer was stopped before its end; ask again")


def _hold_against(answer: Answer, proposed: str) -> Again:
    evidence = [read_evidence(label_of(f), f.passage.text) for f in answer.retrieved]
    unsupported = [
        sentence
        for sentence in split_sentences(proposed)
        if not any(check_support(sentence, one).ok for one in evidence)
    ]
    checked = bool(evidence and proposed.strip())
    return Again(answer, tuple(unsupported) if checked else (), checked)


def _approve(admin: Admin, visit: Visit, fields: Fields) -> str:
    number = read_number(fields.get("id", ""))
    answer = storable(fields.get("answer", ""))
    question = storable(fields.get("question", ""))
    if not answer.strip() or not question.strip():
        raise AssistantError("an approved row needs its question and its answer; write both")
    approve_feedback(admin.desk.store, number, visit.editor, question=question, answer=answer)
    admin.desk.refresh_approved()
    return f"/admin/feedback?id={number}&done=approved"


def _reject(admin: Admin, visit: Visit, fields: Fields) -> str:
    number = read_number(fields.get("id", ""))
    reject_feedback(admin.desk.store, number, visit.editor)
    admin.desk.refresh_approved()
    return f"/admin/feedback?id={number}&done=rejected"


def _promote(admin: Admin, visit: Visit, fields: Fields) -> str:
    registry, name = admin.registry, fields.get("name", "")
    test = read_test(registry, name)
    fresh = test.get("against") == (registry.promoted() or "base")
    if not (fresh and test.get("not_worse")) and fields.get("anyway") != "yes":
        raise AssistantError(
            f"adapter {name} has not been tested against {registry.promoted() or 'base'}, or was"
            " not as good; run `masthead evaluate`, or tick the box to promote it all the same"
        )
    why = str(test.get("says") or "promoted without a test")
    registry.promote(name, visit.editor, why)
    log_act(admin.desk.store, visit.editor, "promoted", f"adapter {name}")
    return "/admin/adapters?done=promoted"


def _roll_back_adapter(admin: Admin, visit: Visit, fields: Fields) -> str:
    change = admin.registry.rollback(visit.editor, "rolled back on the admin page")
    about = f"adapter {change.before} to {change.after or 'base'}"
    log_act(admin.desk.store, visit.editor, "rolled back", about)
    return "/admin/adapters?done=rolled-back"


def _roll_back_index(admin: Admin, visit: Visit, fields: Fields) -> str:
    before = admin.desk.assistant.generation_number
    number = roll_back_generation(admin.workspace.index_root)
    log_act(admin.desk.store, visit.editor, "rolled back", f"generation {before} to {number}")
    return "/admin/generations?done=rolled-back"


def _forget(admin: Admin, visit: Visit, fields: Fields) -> str:
    """Delete the conversation behind a feedback, or everything of its visitor."""
    item = read_feedback(admin.desk.store, read_number(fields.get("id", "")))
    chat, visitor = find_owner(admin.desk.store, item.message_id)
    if fields["do"] == "forget visitor":
        if not visitor:  # what programs asked through the API belongs to no one visitor
            raise AssistantError("this chat came from a program; delete the chat alone")
        delete_visitor(admin.desk.store, visitor)
        log_act(admin.desk.store, visit.editor, "deleted", f"a visitor, by feedback {item.id}")
    else:
        delete_chat(admin.desk.store, chat, visitor)
        log_act(admin.desk.store, visit.editor, "deleted", f"a chat, by feedback {item.id}")
    admin.desk.refresh_approved()
    return "/admin/review?done=deleted"


def _forget_old(admin: Admin, visit: Visit, fields: Fields) -> str:
    gone = admin.desk.forget_old()
    log_act(admin.desk.store, visit.editor, "deleted", f"{gone} chats past their days")
    return "/admin/log?done=deleted"
