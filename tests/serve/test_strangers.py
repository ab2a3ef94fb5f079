"""A second reader with the first one's ids, in every form, at everything that takes an id."""

import pytest

from assistant.length import Length
from assistant.store.chats import list_chats, read_chat
from assistant.store.feedback import list_feedback
from serve.acts import Act, forget, give_thumb, my_chats, name_visitor, open_chat, read_act
from serve.conversation import Turn
from serve.keeping import keep_answer, keep_question
from tests.serve.fake_assistant import GENERATED, FakeAssistant

ANN, BOB = name_visitor("a" * 64), name_visitor("b" * 64)
FORMS = {
    "as it is": "{}", "upper case": "{u}", "a space before": " {}", "a space after": "{} ",
    "NUL after": "{}\0", "first half": "{h}", "any": "%", "wildcard": "{h}%", "list": "{0},{0}",
    "SQL or": "' OR '1'='1", "SQL after": "{}' --", "SQL union": "x' UNION SELECT '{}", "empty": "",
    "another visitor": ANN, "path": "../{}", "quoted": '"{}"', "JSON": '{{"id": "{}"}}',
}  # fmt: skip


@pytest.fixture
def chat(make_desk):
    desk = make_desk(FakeAssistant())
    chat = keep_question(desk.store, "Ann asks?", chat="", visitor=ANN, surface="page")
    message = keep_answer(desk.store, chat, GENERATED, (), Length.NORMAL)
    return desk, chat, message


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_a_strangers_id_opens_lists_continues_rates_and_deletes_nothing(chat, form):
    desk, own, message = chat
    tried = read_act({"chat": form.format(own, u=own.upper(), h=own[:8])}).chat

    assert open_chat(desk, tried, BOB) == ()
    assert my_chats(desk, BOB) == []
    began = keep_question(desk.store, "Bob asks?", chat=tried, visitor=BOB, surface="page")
    assert began != own
    for number in (message, message + 1, 0, -1):
        thumbed = give_thumb(desk, (Turn(1, "?", message=number),), Act("thumb", 1, "down"), BOB)
        assert thumbed[0].thumb == ""
    forget(desk, tried, BOB)
    forget(desk, "", BOB)

    assert [m.text for m in read_chat(desk.store, own, ANN)] == ["Ann asks?", GENERATED.text]
    assert len(list_chats(desk.store, ANN)) == 1
    assert list_feedback(desk.store) == []


def test_a_conversations_id_has_128_random_bits_and_more(make_desk):
    store = make_desk(FakeAssistant()).store
    ids = [keep_question(store, "?", chat="", visitor=BOB, surface="page") for _ in range(40)]

    assert len(set(ids)) == 40
    assert min(map(len, ids)) >= 22  # of 64 letters: 132 bits
    assert len({one[:3] for one in ids}) > 30
