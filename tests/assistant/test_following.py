import logging
import shutil
import threading

import pytest

from assistant.commit import list_numbers, number_name, point_current
from assistant.following import FollowingAssistant
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
)

QUESTION = "How many parameters does a rank of 16 train?"


def build(tmp_path, *articles):
    return make_generation(tmp_path, articles, decision=fixed_decision(0.9)).number


@pytest.fixture
def follower(tmp_path):
    return FollowingAssistant(make_assistant(tmp_path, articles=(RANK, TEMPLATES)), tmp_path)


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
    assert ask(follower).generation == list_numbers(tmp_path)[-1]


def test_a_generation_in_use_may_be_deleted_under_an_answer(tmp_path, follower):
    events = follower.stream(QUESTION)
    next(events)
    build(tmp_path, TEMPLATES, GALLEY)
    shutil.rmtree(tmp_path / number_name(1))

    *_, answer = events

    assert (answer.generation, "rank.md" in files(answer)) == (1, True)


def test_a_rollback_is_followed_too(tmp_path, follower):
    build(tmp_path, TEMPLATES, GALLEY)
    ask(follower)
    point_current(tmp_path, number_name(1))

    assert ask(follower).generation == 1


def test_what_cannot_be_used_is_said_once_and_the_old_one_stays(tmp_path, follower, caplog):
    make_generation(tmp_path, (GALLEY,), encoder=FakeEncoder("other@2"))

    with caplog.at_level(logging.WARNING):
        answers = [ask(follower) for _ in range(3)]

    assert [answer.generation for answer in answers] == [1, 1, 1]
    (line,) = [record.message for record in caplog.records if record.levelname == "WARNING"]
    assert line.startswith("generation 1 stays in use: ")
    assert "other@2" in line


def test_an_index_that_nothing_points_at_changes_nothing(tmp_path, follower):
    point_current(tmp_path, None)

    assert ask(follower).generation == 1


def test_many_visitors_while_generations_come_never_see_two_in_one_answer(tmp_path):
    engine = ScriptedGenerator(["A rank of 16 trains 4.9 million parameters [1]. "])
    follower = FollowingAssistant(make_assistant(tmp_path, engine=engine), tmp_path)
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
    return FollowingAssistant(make_assistant(tmp_path, articles=(RANK,)), tmp_path, config), config


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
