from dataclasses import replace

import pytest

from assistant.length import Length
from assistant.reader import Reader, hint_for, parse_languages
from assistant.records import Answer
from tests.fakes import RANK, TEMPLATES, ScriptedGenerator, make_assistant

FRENCH = Reader(languages=("fr", "en"))
QUESTION = "How many parameters does a rank of 16 train?"


@pytest.mark.parametrize(
    ("header", "languages"),
    [
        ("fr-CH, fr;q=0.9, en;q=0.8, *;q=0.5", ("fr", "en")),
        ("en;q=0.2, de", ("de", "en")),
        ("", ()),
        ("de;q=0, fr;q=x, en;level=1, 5, ${x}", ()),
        (",".join(f"{a}{b}" for a in "abcd" for b in "abcd"), 8),
        ("x" * 10_000, 1),
    ],
)
def test_a_header_gives_codes_best_first(header, languages):
    found = parse_languages(header)

    assert (found if isinstance(languages, tuple) else len(found)) == languages


@pytest.mark.parametrize(
    ("reader", "written", "hint"),
    [
        (Reader(), ["en", "fr"], ""),
        (FRENCH, ["en", "en"], ""),
        (FRENCH, ["fr", "fr"], ""),
        (FRENCH, ["en", "fr-CA"], " Now answer in French."),
        (FRENCH, ["en", "de"], " Now answer in English."),
        (Reader(languages=("xx",)), ["en", "xx"], ""),
        (Reader(Length.SHORT, ("fr",)), ["fr", "en"],
         " Now use one or two sentences. Now answer in French."),
    ],
)  # fmt: skip
def test_a_language_is_passed_on_where_the_passages_are_in_several(reader, written, hint):
    assert hint_for(reader, written) == hint


def ask(assistant, reader):
    engine = ScriptedGenerator(["x"])
    *_, answer = assistant.with_engine(engine, reader).stream(QUESTION)
    assert isinstance(answer, Answer)
    return answer, engine


@pytest.fixture(scope="module")
def bilingual(tmp_path_factory):
    articles = (RANK, replace(TEMPLATES, language="fr"))
    return make_assistant(tmp_path_factory.mktemp("bilingual"), articles=articles)


def test_a_reader_is_in_the_prompt_and_in_the_wordings_name(bilingual):
    anyone, plain = ask(bilingual, Reader())
    french, told = ask(bilingual, FRENCH)

    assert told.prompts[0][0].content == f"{plain.prompts[0][0].content} Now answer in French."
    assert french.wording != anyone.wording == bilingual.wording.hash


@pytest.mark.parametrize(
    ("length", "tokens"), [(Length.SHORT, 60), (Length.NORMAL, 100), (Length.DETAILED, 150)]
)
def test_a_length_sets_how_much_may_be_written(tmp_path, length, tokens):
    assistant = make_assistant(tmp_path, retrieval={"answer_tokens": 100})

    assert ask(assistant, Reader(length))[1].most_tokens == [tokens]


def test_at_its_normal_length_a_prompt_is_the_brands_own(bilingual):
    answer, engine = ask(bilingual, Reader(Length.NORMAL, ("de",)))

    assert answer.wording == bilingual.wording.hash
    assert "Now " not in engine.prompts[0][0].content
