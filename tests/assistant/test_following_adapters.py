"""The adapter in service changes while answers are being written."""

from __future__ import annotations

import threading
import time
from dataclasses import replace

import pytest

from assistant.commit import point_current, read_current
from assistant.errors import IndexMismatch
from assistant.following import FollowingAssistant
from assistant.following_adapters import FollowingAdapters
from tests.fakes import ScriptedGenerator, make_assistant

QUESTION = "How many parameters does a rank of 16 train?"


class Workshop:
    """Opens assistants as `serve` does, with the promoted adapter loaded beside `also`."""

    def __init__(self, root, also=()):
        self.root, self.also = root, also
        self.engines: list[ScriptedGenerator] = []
        self.gate = threading.Event()
        self.gate.set()
        self.fault = ""

    def open(self):
        self.gate.wait(10)
        if self.fault:
            raise IndexMismatch(self.fault)
        name = read_current(self.root / "adapters")
        engine = ScriptedGenerator(["It trains 4.9 million parameters. [1]"])
        self.engines.append(engine)
        made = make_assistant(self.root / f"index{len(self.engines)}", engine=engine, promoted=name)
        loaded = tuple(n for n in (name, *self.also) if n)
        index = self.root / f"index{len(self.engines)}"
        return FollowingAssistant(replace(made, adapters=loaded), index)

    def promote(self, name):
        (self.root / "adapters").mkdir(exist_ok=True)
        point_current(self.root / "adapters", name)


@pytest.fixture
def shop(tmp_path):
    return Workshop(tmp_path)


def wait_for(assistant, name):
    until = time.monotonic() + 10
    while assistant.promoted != name and time.monotonic() < until:
        time.sleep(0.01)
    return assistant.promoted == name


def ask(assistant):
    *_, answer = assistant.stream(QUESTION)
    return answer.adapter


def test_a_promoted_adapter_answers_once_it_is_loaded_and_the_base_again_at_once(shop):
    served = FollowingAdapters(shop.open, shop.root / "adapters")
    assert ask(served) == "base"

    shop.promote("one")
    assert wait_for(served, "one")
    assert ask(served) == "one"
    assert shop.engines[-1].adapters == ["one"]

    shop.promote(None)
    assert ask(served) == "base"
    assert len(shop.engines) == 2


def test_a_loaded_adapter_takes_over_without_loading_anything(tmp_path):
    shop = Workshop(tmp_path, also=("two",))
    served = FollowingAdapters(shop.open, shop.root / "adapters")

    shop.promote("two")

    assert ask(served) == "two"
    assert len(shop.engines) == 1


def test_while_one_loads_the_one_before_answers(shop):
    served = FollowingAdapters(shop.open, shop.root / "adapters")
    shop.gate.clear()
    shop.promote("one")

    assert [ask(served) for _ in range(3)] == ["base"] * 3

    shop.gate.set()
    assert wait_for(served, "one")


def test_an_answer_that_began_keeps_its_voice(shop):
    shop.promote("one")
    served = FollowingAdapters(shop.open, shop.root / "adapters")
    begun = served.with_engine(served.engine)
    shop.promote("two")
    assert wait_for(served, "two")

    *_, answer = begun.stream(QUESTION)

    assert answer.adapter == "one"
    assert (shop.engines[0].adapters, shop.engines[1].adapters) == (["one"], [])


def test_an_adapter_that_does_not_fit_leaves_the_one_in_use_and_says_so(shop, caplog):
    served = FollowingAdapters(shop.open, shop.root / "adapters")
    shop.fault = "adapter one was trained with another base"
    shop.promote("one")
    served.promoted  # noqa: B018  # looks
    until = time.monotonic() + 10
    while not caplog.messages and time.monotonic() < until:
        time.sleep(0.01)

    assert ask(served) == "base"
    assert caplog.messages == [f"adapter base stays in use: {shop.fault}"]
