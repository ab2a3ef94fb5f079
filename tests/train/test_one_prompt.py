"""The same conversation has the same token ids in pairs, in training and in serving."""

import dataclasses

from assistant.prompt import make_wording
from assistant.records import Message, PairKind
from assistant.retrieve import choose_for_prompt
from ingest.pairs.rows import Origin, Tools, make_pair, render_prompt
from tests.fakes import ARTICLES, FakeEncoder, ScriptedGenerator, make_assistant
from train.examples import encode_pairs

SUBJECTS = ("the rank", "a template", "thirty answers", "the flag", "an adapter on a Friday")
FORMS = (
    "What do you say about {0}?",
    "tell me about {0}",
    "Hi, how much does {0} cost?",
    "I have read your archive and found nothing on {0}. Have you written about it?",
    "And what about {0}?",
)
REPLY = "Raising the rank makes training slower. [1]"


def conversations():
    """Return 50: five forms, five subjects, with an earlier turn and without."""
    asked = [form.format(subject) for form in FORMS for subject in SUBJECTS]
    earlier = (Message("user", "What does a rank cost?"), Message("assistant", REPLY))
    return [(history, question) for history in ((), earlier) for question in asked]


def test_fifty_conversations_render_alike_token_by_token(tmp_path, tokenizer):
    engine = ScriptedGenerator([REPLY])
    sections = {"retrieval": {"prompt_tokens": 2_000}}
    assistant = make_assistant(tmp_path, engine=engine, **sections)
    assistant = dataclasses.replace(assistant, tokenizer=tokenizer)
    tools = Tools(
        assistant.settings, assistant.generation, ARTICLES, FakeEncoder(), tokenizer, "render"
    )
    wording = make_wording(assistant.settings.brand)
    compared = 0
    for history, question in conversations():
        engine.prompts.clear()
        served = assistant.answer(question, history)
        if not engine.prompts:
            continue  # answered from the brand's own records, without the model
        items = choose_for_prompt(served.retrieved, assistant.settings.retrieval)
        prompt = render_prompt(tools, wording, items, history, question)
        pair = make_pair(tools, prompt, REPLY, Origin(PairKind.ANSWER, "qa", None, "x", "t"))
        ((example,), _) = encode_pairs([pair], tokenizer, 10_000)

        assert list(example.ids[: example.start]) == tokenizer.render(engine.prompts[0])
        compared += 1
    assert compared == 50
