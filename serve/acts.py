"""What a reader does besides asking: thumbs, opening and deleting their own chats.

Takes what a browser sent, which may be anything, and the reader's own turns; the store decides
what is theirs.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import get_args

from assistant.store.chats import Chat, delete_chat, delete_visitor, list_chats, read_chat
from assistant.store.feedback import Thumb, add_feedback
from assistant.store.keys import hash_secret
from serve import words
from serve.conversation import MAX_TURNS, Turn, Turns, finish_turn, stop_turn
from serve.desk import Desk
from serve.keeping import answer_from, storable

_SECRET = range(32, 129)  # characters of a browser's own secret


@dataclass(frozen=True, slots=True)
class Act:
    """What was pressed: `turn` a number in the conversation, `chat` an id, `text` a question."""

    do: str = ""
    turn: int = 0
    thumb: str = ""
    reason: str = ""
    better: str = ""
    chat: str = ""
    text: str = ""


def read_act(sent: object) -> Act:
    """Return what a browser sent as an Act; what does not fit is left empty."""
    raw = sent if isinstance(sent, Mapping) else {}
    texts = {
        name: storable(value) if isinstance(value := raw.get(name), str) else ""
        for name in ("do", "thumb", "reason", "better", "chat", "text")
    }
    number = raw.get("turn")
    return Act(**texts, turn=number if isinstance(number, int) else 0)


def name_visitor(browser_secret: object) -> str:
    """Return the hash a browser is known by; one that keeps no secret is new each time."""
    if isinstance(browser_secret, str) and len(browser_secret) in _SECRET:
        return hash_secret(browser_secret)
    return hash_secret(secrets.token_urlsafe(32))


def give_thumb(desk: Desk, turns: Turns, act: Act, visitor: str) -> Turns:
    """Return the turns with a thumb on one of them, once it is stored; else as they were."""
    turn = next((t for t in turns if t.number == act.turn and t.message), None)
    if turn is None:
        return turns
    for thumb in get_args(Thumb):
        if thumb != act.thumb:
            continue
        reason = act.reason if act.reason in words.REASONS else ""
        better = act.better.strip()
        if add_feedback(desk.store, turn.message, visitor, thumb, reason=reason, better=better):
            desk.metrics.count_thumb(thumb)
            marked = replace(turn, thumb=thumb)
            return tuple(marked if t is turn else t for t in turns)
    return turns


def open_chat(desk: Desk, chat: str, visitor: str) -> Turns:
    """Return a visitor's stored conversation as turns; none where it is not theirs."""
    turns: list[Turn] = []
    for message in read_chat(desk.store, chat, visitor):
        if message.role == "user":
            turns.append(Turn(len(turns) + 1, message.text, chat=chat))
        elif turns and message.record:
            turns[-1] = finish_turn(turns[-1], answer_from(message.record), message.id)
    return tuple(stop_turn(turn) for turn in turns[-MAX_TURNS:])


def my_chats(desk: Desk, visitor: str) -> list[Chat]:
    """Return a visitor's conversations, newest first."""
    return list_chats(desk.store, visitor)


def forget(desk: Desk, chat: str, visitor: str) -> None:
    """Delete one of a visitor's conversations, or all of them where `chat` is ""."""
    if chat:
        delete_chat(desk.store, chat, visitor)
    else:
        delete_visitor(desk.store, visitor)
    desk.refresh_approved()
