import pytest

from ingest.frontmatter import FrontMatterError, date_of, list_of, split_front_matter, words_of


@pytest.mark.parametrize(
    "text",
    [
        "---\ntitle: Bread\n---\nBody.\n",
        "+++\ntitle = 'Bread'\n+++\nBody.\n",
        '{"title": "Bread"}\nBody.\n',
        "---\nTitle: Bread\n...\nBody.\n",
        "+++\n[params]\ntitle = 'Bread'\n+++\nBody.\n",
    ],
    ids=["yaml", "toml", "json", "yaml ended by dots", "hugo params"],
)
def test_each_kind_gives_keys_and_body(text):
    fields, body = split_front_matter(text)

    assert fields["title"] == "Bread"
    assert body.strip() == "Body."


@pytest.mark.parametrize(
    "text",
    [
        "Body.\n",
        "---\n\nA rule, then prose.\n\n---\n\nMore.\n",
        "{% raw %}\nBody.",
        "{braces} first",
    ],
    ids=["plain", "two rules", "template", "braces"],
)
def test_text_without_front_matter_stays_whole(text):
    assert split_front_matter(text) == ({}, text)


def test_empty_front_matter_gives_no_keys():
    assert split_front_matter("---\n---\nBody.\n") == ({}, "Body.\n")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("---\ntitle: [\n---\nBody", "YAML front matter is damaged"),
        ("+++\ntitle = \n+++\nBody", "TOML front matter is damaged"),
        ('{"title": \nBody', "JSON front matter is damaged"),
        ("---\ntitle: Bread\n\nBody", "never closes"),
        ("---\na: !!python/object/apply:os.system ['true']\n---\n", "YAML front matter is damaged"),
        ("---\na: " + "[" * 5000 + "]" * 5000 + "\n---\n", "nests 5000 deep"),
        ("---\na: " + "- " * 20000 + "\n---\n", "YAML front matter is damaged"),
        ("---\na: " + "x" * 70000 + "\n---\n", "70,003 characters"),
        ("---\n" + "a: {<<: [*b, *b]}\n" * 9 + "---\n", "merges keys"),
        ("---\n- a: b\n---\n", "holds list"),
    ],
    ids=["yaml", "toml", "json", "open", "object", "deep", "deep block", "long", "merge", "list"],
)
def test_damage_and_bombs_are_refused_with_the_reason(text, message):
    with pytest.raises(FrontMatterError, match=message):
        split_front_matter(text)


def test_a_tab_or_an_impossible_date_costs_no_article():
    fields, _ = split_front_matter("---\ntags:\n- bread\t\ndate: 2024-02-31\n---\n")

    assert fields["tags"] == ["bread"]
    assert date_of(fields["date"]) == ""


@pytest.mark.parametrize(
    ("value", "day"),
    [
        ("2014-03-19T10:14:29-04:00", "2014-03-19"),
        ("2014/3/9", "2014-03-09"),
        ("March 19th, 2014", "2014-03-19"),
        ("Wed, 19 Mar 2014 10:14:29 GMT", "2014-03-19"),
        ("soon", ""),
        (None, ""),
        (2014, ""),
    ],
)
def test_a_date_becomes_iso_or_nothing(value, day):
    assert date_of(value) == day


@pytest.mark.parametrize(
    ("value", "texts"),
    [
        ("Ada, Grace", ("Ada", "Grace")),
        (["Ada", "Ada", 1815], ("Ada", "1815")),
        ([{"name": "Ada", "url": "x"}], ("Ada",)),
        ({"name": "Ada"}, ("Ada",)),
        (None, ()),
    ],
)
def test_a_list_is_read_however_it_is_written(value, texts):
    assert list_of(value) == texts


def test_a_folded_value_becomes_one_line_and_a_truth_value_no_words():
    assert words_of(" two\n  lines ") == "two lines"
    assert words_of(True) == ""
