import gc
import logging
import shutil
import threading
import weakref

import pytest

from assistant.commit import list_numbers, number_name, point_current
from assistant.errors import ModelMissing
from assistant.following import FollowingAssistant
from assistant.opening import Voices
from assistant.records import Answer, Shown
from tests.fakes import (
    GALLEY,
    RANK,
    TEMPLATES,
    FakeEncoder,
    ScriptedGenerator,
    fixed_decision,
    make_assistant,
    make_generation,
    make_workspace,
)

QUESTION = "How many parameters does a rank of 16 train?"


def index(root):
    return make_workspace(root).index_root


def build(tmp_path, *articles):
    return make_generation(index(tmp_path), articles, decision=fixed_decision(0.9)).number


@pytest.fixture
def follower(tmp_path):
    assistant = make_assistant(index(tmp_path), articles=(RANK, TEMPLATES))
    return FollowingAssistant(assistant, make_workspace(tmp_path))


def ask(follower, question=QUESTION):
    *_, answer = follower.stream(question)
    assert isinstance(answer, Answer)
    return answer


def files(answer):
    return {found.article.file for found in answer.retrieved}


def test_the_next_question_is_answered_from_the_new_generation(tmp_path, follower):
    before = ask(follower)
    build(tmp_path, TEMPLATES, GALLEY)
    after = ask(follower)

    assert (before.generation, after.generation) == (1, 2)
    assert "rank.md" in files(before)
    assert files(after) == {"templates.md", "galley.md"}
    assert follower.generation_number == 2


def test_an_answer_on_its_way_keeps_its_generation(tmp_path, follower):
    """Between any two events of an answer the index is swapped under it."""
    events = follower.stream(QUESTION)
    seen = []
    for event in events:
        build(tmp_path, TEMPLATES, GALLEY)
        seen.append(event)

    answer = seen[-1]
    assert answer.generation == 1
    assert "rank.md" in files(answer)
    cited = [c.article.file for e in seen if isinstance(e, Shown) for c in e.new_citations]
    assert set(cited) <= {"rank.md", "templates.md"}
    assert ask(follower).generation == list_numbers(index(tmp_path))[-1]


def test_a_generation_in_use_may_be_deleted_under_an_answer(tmp_path, follower):
    events = follower.stream(QUESTION)
    next(events)
    build(tmp_path, TEMPLATES, GALLEY)
    shutil.rmtree(index(tmp_path) / number_name(1))

    *_, answer = events

    assert (answer.generation, "rank.md" in files(answer)) == (1, True)


def test_a_rollback_is_followed_too(tmp_path, follower):
    build(tmp_path, TEMPLATES, GALLEY)
    ask(follower)
    point_current(index(tmp_path), number_name(1))

    assert ask(follower).generation == 1


def test_what_cannot_be_used_is_said_once_and_the_old_one_stays(tmp_path, follower, caplog):
    make_generation(index(tmp_path), (GALLEY,), encoder=FakeEncoder("other@2"))

    with caplog.at_level(logging.WARNING):
        answers = [ask(follower) for _ in range(3)]

    assert [answer.generation for answer in answers] == [1, 1, 1]
    (line,) = [record.message for record in caplog.records if record.levelname == "WARNING"]
    assert line.startswith("generation 1 stays in use: ")
    assert "other@2" in line


def test_an_index_that_nothing_points_at_changes_nothing(tmp_path, follower):
    point_current(index(tmp_path), None)

    assert ask(follower).generation == 1


def test_many_visitors_while_generations_come_never_see_two_in_one_answer(tmp_path):
    engine = ScriptedGenerator(["A rank of 16 trains 4.9 million parameters [1]. "])
    assistant = make_assistant(index(tmp_path), engine=engine)
    follower = FollowingAssistant(assistant, make_workspace(tmp_path))
    generations = {1: {"rank.md", "templates.md", "galley.md"}}
    mixed = []
    stop = threading.Event()

    def visit():
        while not stop.is_set():
            answer = ask(follower)
            shown = {c.article.file for c in answer.citations} | files(answer)
            if not shown <= generations[answer.generation]:
                mixed.append(answer)

    visitors = [threading.Thread(target=visit) for _ in range(3)]
    for visitor in visitors:
        visitor.start()
    for number, kept in enumerate([(RANK,), (RANK, GALLEY), (TEMPLATES,)], 2):
        generations[number] = {article.file for article in kept}
        build(tmp_path, *kept)
    stop.set()
    for visitor in visitors:
        visitor.join()

    assert mixed == []
    assert ask(follower).generation == 4


def test_settings_and_engine_are_those_of_the_assistant(tmp_path, follower):
    assert follower.settings.brand.name == "The Bench"
    assert follower.engine.name == "scripted"
    assert follower.promoted is None


BRAND = "brand:\n  name: The Bench\n  greeting: {}\nsources:\n  - folder: articles\n"


@pytest.fixture
def branded(tmp_path):
    config = tmp_path / "masthead.yaml"
    config.write_text(BRAND.format("Hello."), encoding="utf-8")
    assistant = make_assistant(index(tmp_path), articles=(RANK,))
    return FollowingAssistant(assistant, make_workspace(tmp_path)), config


def test_a_changed_brand_is_in_use_from_the_next_question_on(branded):
    follower, config = branded
    before = ask(follower).wording
    config.write_text(BRAND.format("Good day.") + "models: {}\n", encoding="utf-8")

    assert follower.settings.brand.greeting == "Good day."
    config.write_text(
        BRAND.format("Good day.\n  system_prompt: You are {name}; say {refusal}"), encoding="utf-8"
    )
    assert ask(follower).wording != before


def test_a_brand_that_cannot_be_read_leaves_the_one_in_use_and_is_said_once(branded, caplog):
    follower, config = branded
    config.write_text(BRAND.format("Good day.") + "typo: 1\n", encoding="utf-8")

    assert follower.settings.brand.greeting == follower.settings.brand.greeting
    assert follower.settings.brand.name == "The Bench"
    assert caplog.text.count("the brand in use stays") == 1


def test_what_is_not_the_brand_waits_for_a_restart(branded, caplog):
    follower, config = branded
    config.write_text(BRAND.format("Hi.") + "serve: {parallel: 9}\n", encoding="utf-8")

    assert follower.settings.brand.greeting == "Hi."
    assert follower.settings.serve.parallel == 2
    assert "restart to apply the rest" in caplog.text


class Voice(ScriptedGenerator):
    """Says the name of its adapter, so that an answer shows who wrote it."""

    def __init__(self, adapter):
        super().__init__([f"A rank of 16 trains 4.9 million parameters, says {adapter} [1]. "])
        self.name = str(adapter)


@pytest.fixture
def promote(tmp_path):
    root = make_workspace(tmp_path).adapters_root
    root.mkdir()
    return lambda name: point_current(root, name)


def follow_adapters(tmp_path, open_voices):
    assistant = make_assistant(index(tmp_path), engine=Voice(None))
    return FollowingAssistant(assistant, make_workspace(tmp_path), open_voices)


def opener(tmp_path, gate=None):
    """Return what starts the engine of the adapter that CURRENT names, once the gate is open."""
    from assistant.commit import read_current

    def open_voices():
        if gate is not None:
            gate.wait(5)
        name = read_current(make_workspace(tmp_path).adapters_root)
        return Voices(Voice(name), name, (name,) if name else ())

    return open_voices


def wait_for(follower, promoted):
    """Ask until the adapter answers; its engine is started in the background."""
    for _ in range(500):
        if ask(follower).adapter == promoted:
            return
        threading.Event().wait(0.01)
    raise AssertionError(f"{follower.promoted} answers, not {promoted}")


def test_a_promotion_is_followed_and_a_rollback_too(tmp_path, promote):
    follower = follow_adapters(tmp_path, opener(tmp_path))

    promote("a")
    wait_for(follower, "a")
    assert (follower.engine.name, follower.adapters) == ("a", ("a",))
    promote(None)
    wait_for(follower, "base")
    assert follower.engine.name == "None"


def test_questions_are_answered_by_the_old_adapter_while_the_new_one_starts(tmp_path, promote):
    gate = threading.Event()
    follower = follow_adapters(tmp_path, opener(tmp_path, gate))
    promote("a")

    assert [ask(follower).adapter for _ in range(3)] == ["base"] * 3
    gate.set()
    wait_for(follower, "a")


def test_an_answer_on_its_way_keeps_its_engine_which_is_freed_after_it(tmp_path, promote):
    follower = follow_adapters(tmp_path, opener(tmp_path))
    old = weakref.ref(follower.engine)
    events = follower.stream(QUESTION)
    next(events)
    promote("a")
    wait_for(follower, "a")

    gc.collect()
    assert old() is not None
    *_, answer = events
    assert (answer.adapter, answer.engine) == ("base", "None")
    del events
    assert old() is None


def test_an_adapter_that_cannot_be_started_is_said_once_and_the_old_one_stays(
    tmp_path, promote, caplog
):
    tried = []

    def fail():
        tried.append(1)
        raise ModelMissing("adapter a has another vocabulary")

    follower = follow_adapters(tmp_path, fail)
    promote("a")
    with caplog.at_level(logging.WARNING):
        for _ in range(50):
            assert ask(follower).adapter == "base"

    assert len(tried) == 1
    assert [r.message for r in caplog.records if r.levelname == "WARNING"] == [
        "base stays in use: adapter a has another vocabulary"
    ]


def test_many_visitors_while_adapters_come_and_go_get_each_answer_from_one(tmp_path, promote):
    follower = follow_adapters(tmp_path, opener(tmp_path))
    seen, mixed, stop = set(), [], threading.Event()

    def visit():
        while not stop.is_set():
            answer = ask(follower)
            seen.add(answer.adapter)
            wrote = "base" if answer.engine == "None" else answer.engine
            if wrote != answer.adapter:
                mixed.append(answer)

    visitors = [threading.Thread(target=visit) for _ in range(3)]
    for visitor in visitors:
        visitor.start()
    for name in ("a", "b", None, "a"):
        promote(name)
        wait_for(follower, name or "base")
    stop.set()
    for visitor in visitors:
        visitor.join()

    assert mixed == []
    assert seen == {"a", "b", "base"}
