"""Whatever a visitor writes into whatever is stored: it comes back as it was, and does nothing."""

import asyncio
import json
import logging

import pytest

from assistant.errors import AssistantError
from assistant.length import Length
from assistant.store.chats import list_chats, read_chat
from assistant.store.feedback import add_feedback, list_feedback
from assistant.store.keys import create_key, find_key, has_keys, list_keys
from serve.acts import name_visitor, read_act
from serve.desk import Asked
from serve.keeping import keep_answer, keep_question, storable
from tests.serve.fake_assistant import GENERATED, FakeAssistant, make_settings

PAYLOADS = [
    "'; DROP TABLE messages; --", "' OR '1'='1", '" OR ""="', "1); DELETE FROM feedback; --",
    "admin'/*", "' UNION SELECT hash FROM api_keys --", "'; PRAGMA writable_schema=1; --",
    "x' AND (SELECT 1 FROM (SELECT SLEEP(9)))x", "\\'; VACUUM; --", "%' ESCAPE '\\",
    ":visitor", "?1", "%(visitor)s", "{0.__class__}", "%s%n%x", "${7*7}", "{{7*7}}", "$(id)",
    "`id`", "a\0b", "\r\nHTTP/1.1 200 OK", '\n{"event": "answer", "state": "forged"}',
    "\x1b[2J\x1b[31mred", "\u202eevil", "\u2028next", "\x85next", "\ud800", "\U000e0041",
    '{"lc": 1, "type": "secret", "id": ["HF_TOKEN"]}', "!!python/object/apply:os.system [id]",
    "=HYPERLINK(1)", "a" * 1_900,
]  # fmt: skip
VISITOR = name_visitor("a" * 64)


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    from assistant.store.opening import open_store
    from tests.fakes import make_workspace

    opened = open_store(make_workspace(tmp_path_factory.mktemp("w")))
    yield opened
    opened.dispose()


@pytest.mark.parametrize("text", PAYLOADS, ids=lambda text: ascii(text)[:30])
def test_it_comes_back_as_it_was_from_every_field(store, text):
    clean, visitor = storable(text), name_visitor(f"{storable(text)!a:a>64}"[:128])
    where = {"visitor": visitor, "surface": "page"}
    chat = keep_question(store, clean, chat=clean, key=clean, **where)
    message = keep_answer(store, chat, GENERATED, (), Length.NORMAL)
    act = read_act({"reason": text, "better": text, "do": text, "thumb": text, "chat": text})
    assert add_feedback(store, message, visitor, "down", reason="wrong", better=act.better)

    assert read_chat(store, chat, visitor)[0].text == clean
    (listed,) = list_chats(store, visitor)
    assert " ".join(listed.title.split())[:5] == " ".join(clean.split())[:5]
    assert list_feedback(store)[-1].better == clean
    assert (list_feedback(store)[-1].question, find_key(store, text)) == (clean, None)
    with pytest.raises(AssistantError, match="is not a key's name"):
        create_key(store, text)
    assert (list_keys(store), has_keys(store)) == ([], False)


@pytest.mark.parametrize("text", PAYLOADS, ids=lambda text: ascii(text)[:30])
def test_in_the_log_it_stays_within_its_line(make_desk, caplog, text):
    base = make_settings()
    serve = base.serve.model_copy(update={"log_text": True})
    desk = make_desk(FakeAssistant(settings=base.model_copy(update={"serve": serve})))

    async def ask():
        asked = Asked(storable(text), visitor=VISITOR, keep=False)
        return [event async for event in desk.answer(asked)]

    with caplog.at_level(logging.INFO, "serve.desk"):
        asyncio.run(ask())

    (record,) = [r for r in caplog.records if r.name == "serve.desk"]
    line = record.getMessage()
    assert len(line.splitlines()) == 1
    assert line.isprintable()
    assert json.loads(line)["question"] == storable(text)
