import pytest

from assistant.errors import Busy
from assistant.length import Length
from assistant.store.chats import add_question
from assistant.store.feedback import list_feedback
from serve.acts import Act, give_thumb, name_visitor, open_chat, read_act
from serve.conversation import Progress, Turn, finish_turn
from serve.keeping import answer_from, keep_answer, keep_question, record_of
from tests.serve.fake_assistant import GENERATED, REFUSED, FakeAssistant

ANN = name_visitor("a" * 64)


@pytest.mark.parametrize(
    "sent",
    [None, 5, "x", [], {"do": 5, "turn": "1"}, {"turn": None, "chat": ["x"]}, {"evil": "x"}],
    ids=repr,
)
def test_what_is_no_act_is_an_empty_one(sent):
    assert read_act(sent) == Act()


def test_an_act_is_read():
    sent = {"do": "thumb", "turn": 2, "thumb": "down", "reason": "wrong", "better": "b"}

    assert read_act(sent) == Act("thumb", 2, "down", "wrong", "b")


def test_a_browser_is_known_by_a_hash_and_one_without_a_secret_by_nothing():
    assert name_visitor("a" * 64) == ANN
    assert "aaaa" not in ANN
    strangers = {name_visitor(secret) for secret in ("", "short", None, "x" * 500, ["a" * 64], "")}
    assert len(strangers) == 6


@pytest.mark.parametrize("answer", [GENERATED, REFUSED], ids=["answered", "refused"])
def test_a_stored_answer_is_read_back_as_it_was_shown(answer):
    again = answer_from(record_of(answer, (), Length.NORMAL))

    assert again == answer


@pytest.fixture
def desk(make_desk):
    return make_desk(FakeAssistant())


def store_turn(desk, question="Merge?", chat=""):
    chat = add_question(desk.store, question, chat=chat, visitor=ANN, surface="page")
    message = keep_answer(desk.store, chat, GENERATED, (), Length.NORMAL)
    return finish_turn(Turn(1, question, chat=chat), GENERATED, message)


def test_a_chat_is_opened_with_its_answers_and_what_was_stopped(desk):
    chat = store_turn(desk).chat
    add_question(desk.store, "And?", chat=chat, visitor=ANN, surface="page")

    first, second = open_chat(desk, chat, ANN)

    assert (first.question, first.progress, first.number) == ("Merge?", Progress.ANSWERED, 1)
    assert first.citations == GENERATED.citations
    assert (second.question, second.progress, second.number) == ("And?", Progress.STOPPED, 2)


def test_a_thumb_is_marked_once_it_is_stored(desk):
    turn = store_turn(desk)

    sent = {"turn": 1, "thumb": "down", "reason": "wrong", "better": "  x\0y\ud800 "}
    (marked,) = give_thumb(desk, (turn,), read_act(sent), ANN)

    (kept,) = list_feedback(desk.store)
    assert (marked.thumb, kept.reason, kept.better) == ("down", "wrong", "x y?")


@pytest.mark.parametrize(
    "act", [Act("thumb", 2, "up"), Act("thumb", 1, "sideways"), Act("thumb", 1, "")], ids=str
)
def test_a_thumb_on_nothing_changes_nothing(desk, act):
    turns = (store_turn(desk),)

    assert give_thumb(desk, turns, act, ANN) == turns
    assert list_feedback(desk.store) == []


def test_a_reason_that_is_not_on_the_page_is_left_out(desk):
    give_thumb(desk, (store_turn(desk),), Act("thumb", 1, "down", "<script>"), ANN)

    assert list_feedback(desk.store)[0].reason == ""


def test_a_database_that_cannot_take_an_answer_does_not_take_it_from_the_reader(desk, caplog):
    chat = store_turn(desk).chat
    with desk.store.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE messages RENAME TO gone")

    assert keep_answer(desk.store, chat, GENERATED, (), Length.NORMAL) == 0
    assert "an answer could not be written down: OperationalError" in caplog.text
    with pytest.raises(Busy, match="could not be written down just now; ask again"):
        keep_question(desk.store, "Q", chat="", visitor=ANN, surface="page")
