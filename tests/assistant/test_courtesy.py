import pytest

from assistant.courtesy import find_courtesy, list_courtesies
from assistant.settings import BrandSettings

BRAND = BrandSettings(name="The Ferry Times", greeting="Ask about boats.")


@pytest.mark.parametrize("said", ["hello", "Hello!", "  HI there "])
def test_a_greeting_is_met_with_the_brands(said):
    assert find_courtesy(said, BRAND) == "Hello. Ask about boats."


@pytest.mark.parametrize("said", ["hello, when does the ferry leave?", "thanks for what?", ""])
def test_a_message_that_asks_something_is_no_courtesy(said):
    assert find_courtesy(said, BRAND) is None


def test_the_assistant_says_that_it_is_a_program():
    assert "a program and not a person" in (find_courtesy("Are you a person?", BRAND) or "")


def test_no_form_is_claimed_by_two_courtesies():
    said = [form.lower().strip("!?.") for one in list_courtesies(BRAND) for form in one.said]

    assert len(said) == len(set(said))
