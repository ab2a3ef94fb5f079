import json

import pytest

from assistant.errors import ArticleError
from ingest.ghost_body import lexical_to_html, mobiledoc_to_html
from tests.ingest.reading import WORDS, article, read_file
from tests.ingest.writers import write_ghost

CANARY = "zeppelin"


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"status": "draft"}, "draft"),
        ({"status": "scheduled"}, "scheduled"),
        ({"status": "sent"}, "email_only"),
        ({"type": "page"}, "page"),
        ({"page": 1}, "page"),
        ({"visibility": "members"}, "members_only"),
        ({"visibility": "paid"}, "members_only"),
        ({"visibility": "tiers"}, "members_only"),
    ],
)
def test_what_is_no_public_post_is_dropped_with_its_own_reason(tmp_path, fields, reason):
    hidden = {"id": "h", "slug": "hidden", "title": "x", "status": "published",
              "html": f"<p>{CANARY} {WORDS}</p>", **fields}  # fmt: skip
    content = write_ghost([article("rye")], more=[hidden])
    articles, dropped = read_file(tmp_path, "ghost", "export.json", content)

    assert list(articles) == ["rye"]
    assert {name: drop.reason for name, drop in dropped.items()} == {"hidden": reason}


def test_links_home_canonical_addresses_old_dates_and_internal_tags_are_understood(tmp_path):
    export = json.loads(write_ghost([article("rye", tags=("#guest", "Bread"))]))
    post = export["db"][0]["data"]["posts"][0]
    post |= {
        "canonical_url": "https://elsewhere.org/rye/",
        "published_at": 1709371800000,
        "html": f'<p><a href="__GHOST_URL__/oats/">Oats</a>. {WORDS}</p>',
    }
    articles, _ = read_file(tmp_path, "ghost", "export.json", json.dumps(export["db"][0]).encode())
    read = articles["rye"]

    assert (read.url, read.aliases) == ("https://elsewhere.org/rye", ("https://example.org/rye",))
    assert read.published == "2024-03-02"
    assert (read.tags, read.voice) == (("Bread",), False)
    assert read.body.startswith("[Oats](https://example.org/oats/)")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{", "is damaged .*export it from Ghost again"),
        (b"[" * 100_000, "is damaged"),
        (b"[]", "is no Ghost export"),
        (b'{"db": []}', "is no Ghost export"),
        (b'{"db": [{"data": {"posts": 3}}]}', "is no Ghost export"),
    ],
)
def test_a_file_that_is_no_export_is_refused_in_one_line(tmp_path, content, message):
    with pytest.raises(ArticleError, match=message):
        read_file(tmp_path, "ghost", "export.json", content)


def test_a_damaged_body_is_dropped_and_the_rest_is_read(tmp_path):
    bad = {"id": "b", "slug": "bad", "status": "published", "lexical": "{"}
    worse = {"id": "w", "slug": "worse", "status": "published",
             "mobiledoc": '{"sections": [[10, 7]], "cards": []}'}  # fmt: skip
    content = write_ghost([article("rye")], more=[bad, worse])
    articles, dropped = read_file(tmp_path, "ghost", "export.json", content)

    assert list(articles) == ["rye"]
    assert {name: drop.reason for name, drop in dropped.items()} == {
        "bad": "bad_body",
        "worse": "bad_body",
    }


def test_cards_of_lexical_keep_their_words():
    nodes = [
        {"type": "callout", "calloutText": "Mind <b>this</b>"},
        {"type": "toggle", "heading": "Why?", "content": "<p>Because</p>"},
        {"type": "bookmark", "url": "https://a.org", "metadata": {"title": "A & b"}},
        {"type": "image", "src": "a.jpg", "caption": "A crumb"},
        {"type": "signup", "header": "Subscribe"},
        {"type": "codeblock", "code": "a < b", "language": "c"},
        {"type": "paragraph", "children": [
            {"type": "text", "text": "x", "format": 3}, {"type": "linebreak"},
            {"type": "link", "url": "/y", "children": [{"type": "text", "text": "y"}]}]},
    ]  # fmt: skip

    assert lexical_to_html(json.dumps({"root": {"children": nodes}})).split("\n") == [
        "<p>Mind <b>this</b></p>",
        "<h4>Why?</h4>",
        '<p>Because</p><p><a href="https://a.org">A &amp; b</a></p>',
        "<p>A crumb</p>",
        '<pre><code class="language-c">a &lt; b</code></pre>',
        '<p><em><strong>x</strong></em><br><a href="/y">y</a></p>',
        "",
    ]


def test_mobiledoc_sections_markups_atoms_and_cards_are_rendered():
    document = {
        "version": "0.3.1",
        "atoms": [["soft-return", "", {}]],
        "cards": [["code", {"code": "x = 1", "language": "python"}], ["button", {}]],
        "markups": [["strong"], ["a", ["href", "https://a.org"]]],
        "sections": [
            [1, "h2", [[0, [], 0, "Head"]]],
            [1, "p", [[0, [], 0, "a "], [0, [0, 1], 1, "b"], [0, [], 1, "c"], [1, [], 0, 0]]],
            [3, "ul", [[[0, [], 0, "one"]], [[0, [], 0, "two"]]]],
            [10, 0],
            [10, 1],
        ],
    }

    assert mobiledoc_to_html(json.dumps(document)).replace("\n", "") == (
        '<h2>Head</h2><p>a <strong><a href="https://a.org">b</a>c</strong><br></p>'
        '<ul><li>one</li><li>two</li></ul><pre><code class="language-python">x = 1</code></pre>'
    )
