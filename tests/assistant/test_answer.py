from dataclasses import replace

import pytest

from assistant.compose import QUOTE_LEAD_IN
from assistant.errors import AssistantError
from assistant.records import Answer, Message, Mode, Origin, Shown, Stage
from tests.fakes import RANK, ScriptedGenerator, make_assistant, make_generation

QUESTION = "How many parameters does a rank of 16 train?"
SAID = "On the starter model a rank of 16 trains 4.9 million parameters."
WRONG = "A rank of 16 trains 48 million parameters."


def test_a_supported_sentence_is_shown_with_its_citation(tmp_path):
    answer = make_assistant(tmp_path, [f"{SAID[:-1]} [1]."]).answer(QUESTION)

    (sentence,) = answer.sentences
    assert (sentence.text, sentence.origin) == (SAID, Origin.GENERATED)
    assert [answer.citations[n - 1].article.id for n in sentence.citations] == ["rank"]
    assert answer.text == f"{SAID} [1]"
    assert (answer.mode, answer.refused) == (Mode.GENERATED, False)


def test_an_unsupported_sentence_is_dropped_and_the_articles_own_words_shown(tmp_path):
    answer = make_assistant(tmp_path, [f"{WRONG} [1]"]).answer(QUESTION)

    assert [dropped.text for dropped in answer.dropped_sentences] == [WRONG]
    lead_in, *quotes = answer.sentences
    assert (lead_in.text, lead_in.frame) == (QUOTE_LEAD_IN, True)
    assert "A rank of 16 trains 4.9 million parameters on the starter model." in [
        quote.text for quote in quotes
    ]
    assert answer.mode is Mode.QUOTED
    assert WRONG not in answer.text


def test_what_holds_stays_when_the_next_sentence_does_not(tmp_path):
    answer = make_assistant(tmp_path, [f"{SAID} [1] ", f"{WRONG} [1]"]).answer(QUESTION)

    assert [sentence.text for sentence in answer.sentences] == [SAID]
    assert len(answer.dropped_sentences) == 1


def test_a_number_of_no_passage_is_replaced_by_the_right_one(tmp_path):
    answer = make_assistant(tmp_path, [f"{SAID} [9]"]).answer(QUESTION)

    assert answer.sentences[0].citations == (1,)
    assert answer.citations[0].passage.id == "rank#0"
    assert "[9]" not in answer.text


def test_every_shown_sentence_is_supported_and_every_number_leads_somewhere(tmp_path):
    pieces = [f"{SAID} [2] ", "![x](https://evil.example/a) ", f"{WRONG} ", "Never merge [7]."]
    answer = make_assistant(tmp_path, pieces).answer(QUESTION)

    numbers = {citation.n for citation in answer.citations}
    assert all(sentence.supported for sentence in answer.sentences)
    assert all(set(sentence.citations) <= numbers for sentence in answer.sentences)
    assert "evil" not in answer.text


def test_repetition_stops_the_model(tmp_path):
    engine = ScriptedGenerator([f"{SAID} "] * 50)

    answer = make_assistant(tmp_path, engine=engine).answer(QUESTION)

    assert [sentence.text for sentence in answer.sentences] == [SAID]
    assert engine.yielded < 10
    assert engine.closed


def test_a_reader_who_leaves_stops_the_model(tmp_path):
    engine = ScriptedGenerator([f"{SAID} ", "A merged adapter does not slow the answers at all. "])
    events = make_assistant(tmp_path, engine=engine).stream(QUESTION)
    while not isinstance(next(events), Shown):
        pass

    events.close()

    assert engine.closed


def test_a_refusal_asks_no_model_and_names_the_nearest_articles(tmp_path):
    engine = ScriptedGenerator([SAID])
    answer = make_assistant(tmp_path, engine=engine, answerable=0.1).answer(QUESTION)

    assert (answer.refused, answer.mode) == (True, Mode.REFUSED)
    assert answer.sentences[0].text == "We have not written about that."
    assert "“Pick your rank”" in answer.sentences[1].text
    assert {"rank", "templates", "galley"} == {c.article.id for c in answer.citations}
    assert engine.prompts == []


def test_the_editors_refusal_is_the_one_that_is_said(tmp_path):
    brand = {"name": "The Bench", "refusal": "Not from our bench."}

    answer = make_assistant(tmp_path, answerable=0.1, brand=brand).answer(QUESTION)

    assert answer.text.startswith("Not from our bench.")


@pytest.mark.parametrize("until", ["retrieve", "decide"])
def test_stopping_early_writes_nothing_and_asks_no_model(tmp_path, until):
    engine = ScriptedGenerator([SAID])

    answer = make_assistant(tmp_path, engine=engine).answer(QUESTION, until=until)

    assert answer.retrieved[0].article.id == "rank"
    assert (answer.sentences, answer.citations, answer.text) == ((), (), "")
    assert engine.prompts == []


@pytest.mark.parametrize("answerable", [0.1, 0.9])
def test_the_decision_is_the_same_whether_an_answer_follows_or_not(tmp_path, answerable):
    assistant = make_assistant(tmp_path, [SAID], answerable=answerable)

    decided = assistant.answer(QUESTION, until="decide")

    assert decided.refused == assistant.answer(QUESTION).refused == (answerable < 0.5)
    assert decided.answerable_score == pytest.approx(answerable)


def test_events_come_in_the_order_of_the_work(tmp_path):
    events = list(make_assistant(tmp_path, [SAID]).stream(QUESTION))

    stages = [event.name for event in events if isinstance(event, Stage)]
    assert stages == ["rewrite", "retrieve", "decide", "generate"]
    assert isinstance(events[-2], Shown)
    assert isinstance(events[-1], Answer)


def test_shown_sentences_are_the_answers_sentences(tmp_path):
    events = list(make_assistant(tmp_path, [f"{SAID} ", WRONG]).stream(QUESTION))

    shown = [event for event in events if isinstance(event, Shown)]
    assert tuple(s.sentence for s in shown) == events[-1].sentences
    assert tuple(c for s in shown for c in s.new_citations) == events[-1].citations


def test_a_follow_up_is_searched_with_its_subject_and_asked_as_it_was_typed(tmp_path):
    engine = ScriptedGenerator([SAID])
    history = [Message("user", QUESTION), Message("assistant", SAID)]

    answer = make_assistant(tmp_path, engine=engine).answer("And why?", history)

    assert "parameters" in answer.standalone_question
    assert answer.retrieved[0].article.id == "rank"
    assert engine.prompts[0][-1].content == "And why?"
    assert engine.prompts[0][1:-1] == tuple(history)


@pytest.mark.parametrize(
    ("asked", "promoted", "used", "named"),
    [
        ("promoted", "2026-11-01", "2026-11-01", "2026-11-01"),
        ("promoted", None, None, "base"),
        ("base", "2026-11-01", None, "base"),
        ("2026-10-01", "2026-11-01", "2026-10-01", "2026-10-01"),
    ],
)
def test_the_adapter_asked_for_speaks(tmp_path, asked, promoted, used, named):
    engine = ScriptedGenerator([SAID])
    assistant = make_assistant(tmp_path, engine=engine, promoted=promoted)

    answer = assistant.answer(QUESTION, adapter=asked)

    assert engine.adapters == [used]
    assert answer.adapter == named


@pytest.mark.parametrize(
    ("question", "says"),
    [("  ", "the question is empty"), ("a" * 2001, "2001 characters, more than 2000; shorten")],
)
def test_a_question_that_cannot_be_asked_is_refused(tmp_path, question, says):
    with pytest.raises(AssistantError, match=says):
        make_assistant(tmp_path).answer(question)


def test_an_answer_names_what_made_it(tmp_path):
    make_generation(tmp_path)
    assistant = make_assistant(tmp_path, [SAID])

    answer = assistant.answer(QUESTION)

    assert (answer.generation, answer.engine, answer.render) == (2, "scripted", "render")
    assert answer.wording == assistant.wording.hash


def test_passages_without_a_sentence_to_quote_end_in_a_refusal(tmp_path):
    code = replace(RANK, body="```python\nconfig = LoraConfig(rank=16, parameters=4)\n```")

    answer = make_assistant(tmp_path, [WRONG], articles=[code]).answer(QUESTION)

    assert (answer.refused, answer.mode) == (True, Mode.REFUSED)
    assert [sentence.citations for sentence in answer.sentences] == [(), (1,)]
