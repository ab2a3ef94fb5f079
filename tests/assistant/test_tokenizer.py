import json

import pytest

from assistant.base import Base, base_render, describe_base_render
from assistant.errors import ModelMissing
from assistant.records import Message
from assistant.tokenizer import ALPACA_TEMPLATE, ChatTokenizer, load_tokenizer
from tests.tiny_models import END, TEMPLATE, make_tokenizer

TURNS = [
    Message("system", "Answer from the passages."),
    Message("user", "What is a rank?"),
    Message("assistant", "A width."),
]
BASE = Base("tiny", "", "/nowhere")


@pytest.fixture
def bare():
    """A base's tokenizer that came without a chat template."""
    return make_tokenizer(template=None)


def test_a_base_without_a_template_gets_alpacas(bare):
    assert bare.inner.decode(bare.render(TURNS[:2])) == (
        "Answer from the passages.\n\n### Instruction:\nWhat is a rank?\n\n### Response:\n"
    )


def test_its_answer_ends_with_the_end_of_turn_which_is_learnt(bare):
    ids, start = bare.render_with_target(TURNS)

    assert ids[:start] == bare.render(TURNS[:2])
    assert bare.inner.decode(ids[start:]) == f"A width.{END}"
    assert ids[-1] == bare.end_of_turn


def test_the_template_is_part_of_what_an_adapter_was_trained_with(bare):
    parts = describe_base_render(BASE, bare)

    assert parts["chat_template"] == ALPACA_TEMPLATE
    assert base_render(BASE, bare) != base_render(BASE, make_tokenizer(TEMPLATE))


def test_the_template_is_saved_and_loaded_with_the_tokenizer(bare, tmp_path):
    bare.inner.save_pretrained(tmp_path)

    again = load_tokenizer(tmp_path)

    assert again.template == ALPACA_TEMPLATE
    assert again.render(TURNS[:2]) == bare.render(TURNS[:2])


def test_a_tokenizer_without_an_end_of_turn_is_refused_before_anything_is_made():
    inner = make_tokenizer().inner
    inner.eos_token = None

    with pytest.raises(ModelMissing, match="has no end-of-turn token"):
        ChatTokenizer(inner)


@pytest.mark.parametrize("missing", ["tokenizer.json", "everything"])
def test_a_base_without_a_tokenizer_is_named(tmp_path, missing):
    make_tokenizer().inner.save_pretrained(tmp_path)
    for path in tmp_path.iterdir():
        if missing in ("everything", path.name):
            path.unlink()

    with pytest.raises(ModelMissing, match=f"{tmp_path} has no tokenizer that can be loaded"):
        load_tokenizer(tmp_path)


TEMPLATES = {
    "reaches for python": "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "by a filter": "{{ messages|attr('__class__') }}",
    "by a key": "{{ messages['__class__'] }}",
    "by a test": "{{ messages|map(attribute='__class__')|list }}",
    "a global": "{{ cycler.init.globals.os.popen('id').read() }}",
    "itself": "{{ self.x }}",
    "imports": "{% import 'os' as os %}{{ os }}",
    "imports a part": "{% from 'os' import path %}",
    "includes": "{% include '/etc/passwd' %}",
    "extends": "{% extends '/etc/passwd' %}",
    "does not parse": "{% for m in messages %}",
    "unknown tag": "{% system 'id' %}",
    "divides by nothing": "{{ 1 / 0 }}",
    "adds a text to a number": "{{ 'a' + 1 }}",
    "an unknown filter": "{{ messages|popen }}",
    "raises": "{{ raise_exception('no system role') }}",
    "calls nothing": "{{ nothing() }}",
    "a text without end": "{{ 'x' * 10000000000 }}",
    "a number without end": "{{ 9 ** 9 ** 9 }}",
    "a loop without end": "{% for n in range(1000000000000) %}x{% endfor %}",
    "loops in loops": "{% for a in range(99999) %}"
    "{% for b in range(99999) %}{% endfor %}{% endfor %}",
    "a macro without end": "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    "filler text": "{{ lipsum(n=100000) }}",
}  # fmt: skip


@pytest.mark.parametrize("template", TEMPLATES.values(), ids=TEMPLATES)
def test_a_hostile_template_is_refused_in_one_line(template):
    with pytest.raises(ModelMissing, match="chat template"):
        make_tokenizer(template).render(TURNS[:2])


KNOWN = {
    "chatml": TEMPLATE,
    "alpaca": ALPACA_TEMPLATE,
    "loop controls": "{% for m in messages %}{% if loop.index0 > 1 %}{% break %}{% endif %}"
    "{{ m.content }}{% endfor %}",
    "namespace": "{% set ns = namespace(n=0) %}{% for m in messages[::-1] %}"
    "{% set ns.n = ns.n + 1 %}{% endfor %}{{ ns.n }}",
    "generation": "{% for m in messages %}{%- generation -%}{{ m.content }}{%- endgeneration -%}"
    "{% endfor %}",
}


@pytest.mark.parametrize("template", KNOWN.values(), ids=KNOWN)
def test_what_real_templates_use_passes(template):
    assert make_tokenizer(template).render(TURNS)


@pytest.mark.parametrize("name", ["config.json", "tokenizer_config.json", "generation_config.json"])
@pytest.mark.parametrize(
    "settings",
    [
        {"auto_map": {"AutoTokenizer": "evil.py"}},
        {"_attn_implementation_internal": "evil/kernels"},
        {"__class__": "x"},
        {"trust_remote_code": True},
        {"custom_pipelines": {}},
        {"custom_generate": "evil/repo"},
        [],
        None,
    ],
    ids=str,
)
def test_a_base_whose_settings_bring_code_is_refused(tmp_path, name, settings):
    make_tokenizer().inner.save_pretrained(tmp_path)
    (tmp_path / name).write_text(json.dumps(settings))

    with pytest.raises(ModelMissing, match=rf"{name} (sets|holds no settings)"):
        load_tokenizer(tmp_path)


def test_a_base_whose_settings_are_cut_is_refused(tmp_path):
    make_tokenizer().inner.save_pretrained(tmp_path)
    (tmp_path / "config.json").write_text('{"model_type": "ll')

    with pytest.raises(ModelMissing, match=r"config\.json is not JSON"):
        load_tokenizer(tmp_path)
