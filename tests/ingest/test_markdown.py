import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.code_mask import hide_code
from ingest.frontmatter import split_front_matter
from ingest.markdown import clean_markdown, plain_words, read_headings, repair_text

BLOG = Path(__file__).parents[3] / "shared" / "data" / "18f-blog" / "articles"


@pytest.mark.parametrize(
    ("written", "cleaned"),
    [
        ('[us]({{ "/about/" | url }})', "[us](/about/)"),
        ("[us]({{ site.baseurl }}/about/)", "[us](/about/)"),
        ("[us]({{site.url}}{{site.baseurl}}/about/)", "[us](/about/)"),
        ("[it]({% post_url 2016-01-08-new-year %})", "[it](/2016/01/08/new-year)"),
        ('[it]({{< ref "bread.md" >}})', "[it](bread.md)"),
        ("Signed {{ page.author }} today", "Signed  today"),
        ('By {{ "noah" | team_link }}.', "By noah."),
        ('{{ "noah" | team_photo }}\nWords', "Words"),
        ("{% if x %}Seen{% endif %}", "Seen"),
        ("A{% comment %} not {% endcomment %}B<!-- nor this -->C", "ABC"),
        ("Write {% raw %}{{ title }}{% endraw %} here", "Write `{{ title }}` here"),
        ('{% image "assets/a.png" "A loaf" %}', "A loaf"),
        ('{% image "assets/a.png" "IMG_2.png" %}', ""),
        ('{{< figure src="a.png" caption="Two loaves" >}}', "Two loaves"),
        ("{{< note >}}Mind the oven.{{< /note >}}", "Mind the oven."),
        ("Words\n{: .lead #top}", "Words"),
        ("* TOC\n{:toc}\n\nWords", "Words"),
        ("## Crust {#crust}", "## Crust"),
        (":::tip\nFold it.\n:::", "Fold it."),
        ("import X from './x'\n\n<Note kind={1}>Rise.</Note>\n\n<X />", "Rise."),
        ("Bread[^1] rises.\n\n[^1]: Mostly.", "Bread rises.\n\nNote 1: Mostly."),
        ("See [[Sourdough|our starter]].", "See our starter."),
    ],
)
def test_template_syntax_leaves_what_a_reader_sees(written, cleaned):
    assert clean_markdown(written).strip() == cleaned


@pytest.mark.parametrize(
    ("written", "cleaned"),
    [
        ('<p>A <a href="/x">link</a> and <b>weight</b></p>', "A [link](/x) and **weight**"),
        ("<ul><li>one</li><li>two</li></ul>", "- one\n- two"),
        ("<script>alert(1)</script>\n\nWords", "Words"),
        ('<p style="display: none">secret</p>\n\nWords', "Words"),
        ('<a href="javascript:x()">press</a>', "press"),
        ("![A loaf](a.png)", "A loaf"),
        ("![a.png](a.png)\n\nWords", "Words"),
        ("[![A loaf](a.png)](/bread)", "[A loaf](/bread)"),
        ("[words][1]\n\n[1]: https://example.org", "[words](https://example.org)"),
        ("<https://example.org>", "[https://example.org](https://example.org)"),
        ("Crust\n=====\n\nWords", "# Crust\n\nWords"),
        ("Salt &amp; fat &mdash; 5 &lt;g&gt;", "Salt &amp; fat — 5 \\<g>"),
        ("Push to <branch> now", "Push to \\<branch> now"),
        (
            "<table><tr><th>a</th><th>b</th></tr><tr><td>1|2</td><td>3</td></tr></table>",
            "| a | b |\n| --- | --- |\n| 1\\|2 | 3 |",
        ),
        (
            "<figure>\n\n![A loaf](a.png)\n\n<figcaption>From *our* oven</figcaption>\n</figure>",
            "A loaf\n\nFrom *our* oven",
        ),
        ("<div>\n\n\tIndented prose.\n\n</div>", "Indented prose."),
    ],
)
def test_html_becomes_markdown(written, cleaned):
    assert clean_markdown(written) == cleaned


@pytest.mark.parametrize(
    "code",
    [
        "```liquid\n{{ page.title }}\n{% if x %}  <b>\u00a0{: .x}\n```",
        "Say `{{ x }}` and ``a ` b`` now",
        "- step\n\n  ```sh\n  echo '<p>'\n\n    indented\n  ```",
        "````\n```\n{% raw %}\n```\n````",
    ],
    ids=["fence", "inline", "in a list", "fence in a fence"],
)
def test_code_comes_through_as_written(code):
    assert clean_markdown(code) == code


def test_other_code_becomes_fenced_with_its_lines_kept():
    assert clean_markdown("Run:\n\n    a  <b>\n\n    {{ c }}\n\nDone") == (
        "Run:\n\n```\na  <b>\n\n{{ c }}\n```\n\nDone"
    )
    assert clean_markdown("<pre><code>a &lt; b\n  c</code></pre>") == "```\na < b\n  c\n```"
    assert clean_markdown("{% highlight ruby %}\nputs '{{x}}'\n{% endhighlight %}") == (
        "```ruby\nputs '{{x}}'\n```"
    )


def test_encoding_damage_and_hidden_characters_go_while_quotes_stay():
    damaged = "Itâ€™s ‘fine’\u200b \u202eyes\u00a0no\U000e0041 cafe\u0301"

    assert clean_markdown(damaged) == "It’s ‘fine’ yes no café"


def test_anchors_are_those_of_github():
    text = "# What's new?\n\n## Crust\n\n## Crust\n\n```\n# not one\n```\n\n## `oven` & *salt*"

    assert [(h.level, h.text, h.anchor) for h in read_headings(text)] == [
        (1, "What's new?", "whats-new"),
        (2, "Crust", "crust"),
        (2, "Crust", "crust-1"),
        (2, "oven & salt", "oven--salt"),
    ]


def test_plain_words_drop_marks_and_addresses():
    assert plain_words("**A** [link](https://example.org) to `x`") == "A link to x"


@settings(deadline=None)
@given(st.lists(st.sampled_from(list("ab *_`<>[](){}%#-\n~|!:&\\\t\"'") + ["{{", "{%", "    "])))
def test_any_text_is_cleaned_without_an_error_and_keeps_no_raw_tag(pieces):
    cleaned = clean_markdown("".join(pieces))

    assert not re.search(r"(?<!\\)<[ab]>", hide_code(cleaned)[0])


@pytest.mark.skipif(not BLOG.is_dir(), reason="the shared 18f-blog posts are not here")
def test_no_template_syntax_is_left_in_the_real_posts():
    left = {}
    for path in sorted(BLOG.glob("*.md"))[::5]:
        body = split_front_matter(path.read_text(encoding="utf-8"))[1]
        prose = hide_code(clean_markdown(body))[0]
        left[path.name] = re.findall(r"\{\{|\{%|\{:|!\[|(?<!\\)<[a-z/]", prose)

    assert {name: found for name, found in left.items() if found} == {}


HIDING = (
    *range(0x202A, 0x202F), *range(0x2060, 0x2070), *range(0xE0000, 0xE0080), 0xAD, 0x34F, 0x61C,
    0x115F, 0x1160, 0x180E, 0x200B, 0x200E, 0x200F, 0x3164, 0xFEFF, 0xFFA0, 0xFFF9, 0x1D173,
)  # fmt: skip


@pytest.mark.parametrize("form", ["{}", "&#{};", "`a{}b`", "```\na{}b\n```", "<p>{}</p>", "## {}"])
def test_no_character_that_hides_words_reaches_a_model(form):
    for code in HIDING:
        sign = str(code) if "&#" in form else chr(code)
        assert chr(code) not in clean_markdown(f"Dough {form.format(sign)} rests")


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("cafe\u0301", "caf\u00e9"),
        ("👨\u200d👩\u200d👧", "👨\u200d👩\u200d👧"),
        ("न\u200dम", "न\u200dम"),
        ("❤\ufe0f 1\ufe0f\u20e3", "❤\ufe0f 1\ufe0f\u20e3"),
        ("a\ufe0f\ufe01\ufe02b", "ab"),
        ("❤\ufe0f\ufe01\ufe02b", "❤\ufe0fb"),
        ("Z" + "\u0351" * 40, "Z" + "\u0351" * 4),
    ],
)
def test_scripts_and_emoji_keep_what_they_need(written, kept):
    assert repair_text(written) == kept
