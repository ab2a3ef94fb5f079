"""Questions asked, answered and rated, as a server would have stored them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, event, func, select, update

from assistant.store.chats import add_answer, add_question
from assistant.store.feedback import add_feedback
from assistant.store.tables import conversations, feedback, messages, utc_text

ANN_PASSWORD = "a bench, a lamp, a press"
# What `masthead password` prints for it; made once, since making one takes a quarter of a second.
ANN_HASH = "scrypt:14:8:5:8Hxc1GXNVGjT8UlL1015_w:C1ww59VUmQQ9NdVRZoqwUZnrPyb5dTBQJhlxdrX4fZs"


@dataclass(frozen=True)
class Rated:
    """Where a rated answer is stored; `feedback` 0 without a thumb."""

    chat: str
    visitor: str
    message: int
    feedback: int


def make_quick(store: Engine) -> Engine:
    """Let a test's database skip the disk: hundreds of rows would wait for it one by one."""

    def hurry(connection: object, _record: object) -> None:
        connection.execute("PRAGMA synchronous=OFF")

    event.listen(store, "connect", hurry)
    store.dispose()  # so that every connection is a new one
    return store


def make_record(
    question: str,
    answer: str,
    mode: str = "generated",
    articles: tuple[str, ...] = ("rank",),
    dropped: int = 0,
) -> dict[str, object]:
    """Return what is stored with an answer whose one sentence cites the articles."""
    origin = {"refused": "frame", "quoted": "quoted"}.get(mode, "generated")
    numbers = list(range(1, len(articles) + 1))
    return {
        "question": question,
        "standalone_question": question,
        "mode": mode,
        "refused": mode == "refused",
        "answer": answer,
        "sentences": [
            {
                "text": answer,
                "citations": numbers,
                "supported": True,
                "frame": origin == "frame",
                "origin": origin,
            }
        ],
        "dropped_sentences": [{"text": "x", "reason": "unsupported"}] * dropped,
        "citations": [
            {"n": n, "article": name, "file": f"{name}.md", "url": "", "title": f"On {name}"}
            for n, name in zip(numbers, articles, strict=True)
        ],
        "retrieved": [
            {"article": name, "file": f"{name}.md", "url": "", "title": f"On {name}"}
            for name in articles
        ],
        "sources": [
            {
                "n": n,
                "article": {"id": name, "title": f"On {name}", "url": ""},
                "passage": {"id": f"{name}#0", "text": answer, "headings": [], "anchor": ""},
            }
            for n, name in zip(numbers, articles, strict=True)
        ],
        "prompt": [{"role": "system", "content": "S"}],
        "timings_ms": {"first_text": 300.0, "total": 900.0},
    }


def rate(
    store: Engine,
    question: str = "What does a rank of 16 train?",
    *,
    answer: str = "A rank of 16 trains 4.9 million parameters.",
    thumb: str = "down",
    reason: str = "missing",
    better: str = "",
    visitor: str = "visitor-1",
    days_ago: int = 0,
    **record: object,
) -> Rated:
    """Store one question with its answer and, where `thumb` is not "", its thumb."""
    chat = add_question(store, question, chat="", visitor=visitor, surface="page")
    message = add_answer(
        store, chat, answer, state="whole", record=make_record(question, answer, **record),
        adapter="base", generation=1,
    )  # fmt: skip
    number = 0
    if thumb:
        add_feedback(store, message, visitor, thumb, reason=reason, better=better)
        with store.connect() as connection:
            number = connection.execute(select(func.max(feedback.c.id))).scalar_one()
    if days_ago:
        then = utc_text(datetime.now(UTC) - timedelta(days=days_ago))
        with store.begin() as connection:
            connection.execute(
                update(conversations)
                .where(conversations.c.id == chat)
                .values(started_at=then, touched_at=then)
            )
            connection.execute(
                update(messages).where(messages.c.conversation_id == chat).values(at=then)
            )
            connection.execute(
                update(feedback).where(feedback.c.message_id == message).values(at=then)
            )
    return Rated(chat, visitor, message, number)
