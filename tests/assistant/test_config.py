import re
from pathlib import Path

import pytest

from assistant.config import CONFIG_NAME, load_workspace, parse_settings
from assistant.errors import ConfigError

LEAST = {"brand": {"name": "The Bench"}, "sources": [{"folder": "articles"}]}
DEMO = Path(__file__).parents[2] / "data" / "demo"


def write_config(folder, text):
    (folder / CONFIG_NAME).write_text(text, encoding="utf-8")
    return folder


def refusal(**sections):
    with pytest.raises(ConfigError) as caught:
        parse_settings({**LEAST, **sections}, "masthead.yaml")
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_a_name_and_a_source_are_enough():
    settings = parse_settings(LEAST, "masthead.yaml")

    assert settings.brand.refusal == "We have not written about that."
    assert (settings.models.base, settings.models.encoder) == ("starter", "starter")
    assert settings.retrieval.prompt_tokens == 400
    assert (settings.serve.host, settings.serve.port) == ("127.0.0.1", 7860)


def test_the_demo_is_a_workspace():
    workspace = load_workspace(DEMO)

    assert workspace.settings.brand.name == "The Low Rank"
    assert workspace.index_root == DEMO.resolve() / "built" / "index"
    assert workspace.adapters_root == DEMO.resolve() / "adapters"


@pytest.mark.parametrize(
    ("sections", "says"),
    [
        ({"retrieval": {"pasages": 3}}, r"retrieval\.pasages is not .*did you mean passages\?"),
        ({"retreival": {}}, r"retreival is not a setting; did you mean retrieval\?"),
        ({"brand": {"name": "B", "colours": {"primry": "#000000"}}}, "did you mean primary"),
        ({"sources": [{"folder": "a", "base_ulr": "x"}]}, r"sources\.0\.base_ulr .*base_url"),
        ({"serve": {"zzz": 1}}, r"serve\.zzz is not a setting; known here: host, port"),
    ],
    ids=["key", "section", "nested key", "key of a source", "nothing near"],
)
def test_an_unknown_key_is_named_with_the_nearest_known_one(sections, says):
    assert re.search(says, refusal(**sections))


@pytest.mark.parametrize(
    ("sections", "says"),
    [
        ({"brand": {}}, r"brand\.name is missing; add it"),
        ({"brand": {"name": ""}}, r"brand\.name is '': .*correct the value"),
        ({"brand": {"name": "B", "refusal": " "}}, r"brand\.refusal: must be one sentence"),
        ({"brand": {"name": "B", "colours": {"text": "red"}}}, r"'red' is not a colour; .*#rrggbb"),
        ({"sources": []}, r"sources is \[\]"),
        ({"sources": [{"base_url": "x"}]}, r"sources\.0: needs exactly one of .*found none"),
        ({"sources": [{"folder": "a", "feed": "b"}]}, "found folder and feed"),
        (
            {"voice": {"only_authors": ["Ada"], "not_authors": ["ada"]}},
            "voice: Ada stands in only_authors and in not_authors; delete one of the two",
        ),
        ({"voice": {"not_paths": ["/**"]}}, "not_paths: a pattern that fits every article"),
        (
            {"sources": [{"folder": "articles"}, {"folder": "articles"}]},
            "sources: folder: articles stands there twice; delete one of the two",
        ),
        ({"serve": {"port": 70000}}, r"serve\.port is 70000: .*65535"),
        ({"serve": {"port": "high"}}, r"serve\.port is 'high'"),
        ({"ingest": {"keep_generations": 1}}, r"ingest\.keep_generations is 1"),
        ({"retrieval": {"passages": 1, "per_article": 2}}, "lower per_article or raise passages"),
        ({"retrieval": {"caution": "brave"}}, r"retrieval\.caution is 'brave': .*balanced"),
        ({"models": {"base": "acme/model"}}, r"models: base: acme/model .*add revision: <commit"),
        ({"models": {"encoder": "acme/e"}}, "add encoder_revision: <commit"),
        ({"models": {"revision": "abc"}}, "pinned by its hash; delete the key"),
        ({"models": {"engine": "cuda"}}, r"models\.engine is 'cuda': .*llamacpp"),
    ],
)
def test_a_wrong_value_is_named_with_what_to_do(sections, says):
    assert re.search(says, refusal(**sections))


def test_further_mistakes_are_counted():
    assert refusal(serve={"port": 0, "parallel": 0}).endswith("(and 1 more)")


def test_a_pinned_hub_model_and_a_local_folder_are_taken(tmp_path):
    models = {"base": "acme/model", "revision": "c0ffee", "encoder": str(tmp_path)}

    settings = parse_settings({**LEAST, "models": models}, "masthead.yaml")

    assert settings.models.base == "acme/model"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("brand: [", "is not YAML: "),
        ("- a\n- b\n", "holds list, not keys; start with `brand:`"),
        ("", "holds NoneType, not keys"),
        ("brand: !!python/object/apply:os.getpid []\n", "is not YAML: could not determine"),
    ],
    ids=["unclosed", "a list", "empty", "a Python object"],
)
def test_a_file_that_is_no_settings_is_refused_in_one_line(tmp_path, text, says):
    with pytest.raises(ConfigError, match=f"^[^\n]*{re.escape(says)}[^\n]*$"):
        load_workspace(write_config(tmp_path, text))


def test_bytes_that_are_no_text_are_refused(tmp_path):
    (tmp_path / CONFIG_NAME).write_bytes(b"brand: \xff\xfe")

    with pytest.raises(ConfigError, match="is not YAML: .*utf-8"):
        load_workspace(tmp_path)


def test_a_folder_without_settings_says_how_to_make_them(tmp_path):
    with pytest.raises(ConfigError, match=rf"no masthead.yaml in {tmp_path}; run `masthead init"):
        load_workspace(tmp_path)
