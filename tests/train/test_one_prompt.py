"""The same conversation has the same token ids in pairs, in training and in serving."""

import dataclasses
import threading
from collections import Counter
from itertools import cycle, islice

from assistant.length import Length
from assistant.reader import Reader
from assistant.records import Message, PairKind
from assistant.retrieve import choose_for_prompt
from ingest.pairs.refusal import write_refusal
from ingest.pairs.rows import Origin, Tools, make_pair, render_prompt
from ingest.pairs.wordings import write_wordings
from serve.heard import HeardEngine
from tests.fakes import ARTICLES, FakeEncoder, ScriptedGenerator, make_assistant
from train.examples import encode_pairs

SUBJECTS = ("the rank", "a template", "thirty answers", "Größe und Rang", "the press in Lisbon")
FORMS = (
    "What do you say about {0}?",
    "tell me about {0}",
    "Hi, how much does {0} cost?",
    "I have read your archive and found nothing on {0}. Have you written about it?" * 6,
    "And what about {0}?",
)
REPLY = "Raising the rank makes training slower. [1]"
EARLIER = (Message("user", "What does a rank cost?"), Message("assistant", REPLY))
LONG = (*EARLIER, Message("user", "And then? " * 60), Message("assistant", f"{REPLY} " * 8))
ROOMS = (680, 760, 6_000)  # tokens of a prompt: passages cut, some cut, whole


def conversations():
    """Return 50 (history, question): five forms, five subjects, two of three histories each."""
    asked = [form.format(subject) for form in FORMS for subject in SUBJECTS]
    histories = cycle(((), EARLIER, LONG))
    return [(history, q) for q in asked for history in islice(histories, 2)]


def serve(assistant, question, history, length):
    """Return the prompt that the server's engine is handed, and what was retrieved."""
    heard = HeardEngine(assistant.engine, assistant.tokenizer, threading.Event())
    answer = assistant.with_engine(heard, Reader(length)).answer(question, history)
    return heard.prompt, answer.retrieved


def test_fifty_conversations_render_alike_token_by_token(tmp_path, tokenizer):
    assistant = make_assistant(tmp_path, engine=ScriptedGenerator([REPLY]))
    assistant = dataclasses.replace(assistant, tokenizer=tokenizer)
    wordings = write_wordings(assistant.settings.brand)
    seen = Counter()
    for number, (history, question) in enumerate(conversations()):
        wording, length = wordings[number % len(wordings)], list(Length)[number % 3]
        room = ROOMS[number // 2 % 3]
        brand = assistant.settings.brand.model_copy(update={"system_prompt": wording.system})
        retrieval = assistant.settings.retrieval.model_copy(update={"prompt_tokens": room})
        settings = assistant.settings.model_copy(update={"brand": brand, "retrieval": retrieval})
        served, found = serve(
            dataclasses.replace(assistant, settings=settings), question, history, length
        )
        tools = Tools(settings, assistant.generation, ARTICLES, FakeEncoder(), tokenizer, "render")
        items = choose_for_prompt(found, retrieval)
        prompt = render_prompt(tools, wording, items, history, question, length)
        refuses = number % 5 == 0
        kind = PairKind.REFUSAL if refuses else PairKind.ANSWER
        target = write_refusal(prompt) if refuses else REPLY
        pair = make_pair(tools, prompt, target, Origin(kind, "qa", None, "x", "t"))
        ((example,), _) = encode_pairs([pair], tokenizer, 10_000)

        assert list(example.ids[: example.start]) == tokenizer.render(served)
        assert tokenizer.inner.decode(example.ids[example.start :]).startswith(target)
        is_cut = not all(item.passage.text in served[0].content for item in items)
        seen.update([wording.hash, length, f"{len(served) - 2} turns", kind, f"cut: {is_cut}"])
    assert len([name for name in seen if name in {w.hash for w in wordings}]) == 5
    assert all(seen[length] > 10 for length in Length)
    assert seen[PairKind.REFUSAL] == 10
    assert min(seen["0 turns"], seen["2 turns"], seen["cut: True"], seen["cut: False"]) >= 10
