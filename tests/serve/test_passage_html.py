import pytest

from serve.passage_html import escape, is_block, mark_words, render_block, render_passage


def test_everything_that_is_markup_in_html_is_escaped():
    assert escape("<img src=x onerror=\"a()\"> & 'b'") == (
        "&lt;img src=x onerror=&quot;a()&quot;&gt; &amp; &#x27;b&#x27;"
    )


def test_paragraphs_lists_and_code_become_html():
    text = "One thing. Then `two`.\n\n- an item here\n\n```python\nif a < b:\n    go()\n```\n"

    assert render_passage(text) == (
        "<p>One thing. Then <code>two</code>.</p><p>an item here</p>"
        "<pre><code>if a &lt; b:\n    go()</code></pre>"
    )


def test_a_table_becomes_a_table_and_keeps_an_escaped_bar():
    assert render_block("| a | b |\n|---|:-:|\n| x \\| y | <1 |") == (
        '<div class="mh-table"><table><thead><tr><th>a</th><th>b</th></tr></thead>'
        "<tbody><tr><td>x | y</td><td>&lt;1</td></tr></tbody></table></div>"
    )


def test_links_and_images_leave_their_words_only():
    assert render_passage("See [the page](javascript:alert(1)) here.") in (
        "<p>See the page) here.</p>",
        "<p>See the page here.</p>",
    )


def test_html_in_a_passage_is_shown_not_run():
    assert render_passage("<script>alert(1)</script> stays text.") == (
        "<p>&lt;script&gt;alert(1)&lt;/script&gt; stays text.</p>"
    )


def test_words_of_the_cited_sentence_are_marked_where_it_is_best_supported():
    text = "Merge when an adapter serves subscribers. A cat sat on the adapter."

    assert render_passage(text, ["Merge it once the adapter serves subscribers."]) == (
        "<p><mark>Merge when an adapter serves subscribers</mark>. A cat sat on the adapter.</p>"
    )


def test_a_sentence_that_shares_one_common_word_marks_nothing():
    text = "Bread needs salt."

    assert "<mark>" not in render_passage(text, ["Adapters need ranks, rows, salt and patience."])


def test_marks_go_around_whole_code_and_never_inside_it():
    assert mark_words("Call `merge_now()` today.", frozenset({"merg", "now"})) == (
        "Call <mark><code>merge_now()</code></mark> today."
    ) or "<code>merge_now()</code>" in mark_words("Call `merge_now()` today.", frozenset({"merg"}))


@pytest.mark.parametrize(
    ("text", "block"),
    [("```\na\n```", True), ("| a |\n| b |", True), ("Plain | text", False), ("`a` is", False)],
    ids=["fence", "table", "bar", "inline"],
)
def test_blocks_are_told_from_prose(text, block):
    assert is_block(text) is block


def test_a_sentence_that_is_quoted_is_marked_whole():
    shown = render_passage(
        "We asked. The rank is what it is. We went.", ["The rank is what it is."]
    )

    assert "We asked. <mark>The rank is what it is.</mark> We went." in shown
