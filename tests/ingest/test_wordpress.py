import io
import zipfile

import pytest

from assistant.errors import ArticleError, SourceIncomplete
from ingest.wordpress_body import post_to_html
from tests.ingest.reading import WORDS, article, read_file, stream_file
from tests.ingest.writers import write_wxr, wxr_item

CANARY = "zeppelin"  # stands in whatever must not be read


def meta(key, value):
    return (
        f"<wp:postmeta><wp:meta_key>{key}</wp:meta_key><wp:meta_value><![CDATA[{value}]]>"
        "</wp:meta_value></wp:postmeta>"
    )


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"status": "draft"}, "draft"),
        ({"status": "auto-draft"}, "draft"),
        ({"status": "pending"}, "draft"),
        ({"status": "future"}, "scheduled"),
        ({"status": "private"}, "private"),
        ({"status": "trash"}, "trash"),
        ({"status": "something-a-plugin-made"}, "draft"),
        ({"password": "open sesame"}, "password_protected"),
        ({"more": meta("_jetpack_newsletter_access", "paid_subscribers")}, "members_only"),
        ({"kind": "page"}, "page"),
        ({"kind": "attachment", "status": "inherit"}, "attachment"),
        ({"kind": "nav_menu_item"}, "menu_item"),
        ({"kind": "revision", "status": "inherit"}, "revision"),
        ({"kind": "wp_block"}, "other_type"),
        ({"kind": "product"}, "other_type"),
    ],
)
def test_what_is_no_public_post_is_dropped_with_its_own_reason(tmp_path, fields, reason):
    hidden = wxr_item(article("hidden", body=f"{CANARY} {WORDS}"), {}, 99, **fields)
    articles, dropped = read_file(
        tmp_path, "wordpress", "export.xml", write_wxr([article("rye")], hidden)
    )

    assert list(articles) == ["rye"]
    assert {name: drop.reason for name, drop in dropped.items()} == {"hidden": reason}


def test_comments_are_never_read(tmp_path):
    comment = (
        f"<wp:comment><wp:comment_author>{CANARY}</wp:comment_author><wp:comment_content>"
        f"<![CDATA[{CANARY} {WORDS}]]></wp:comment_content></wp:comment>"
    )
    post = wxr_item(article("rye"), {}, 10, more=comment * 3)
    articles, dropped = read_file(tmp_path, "wordpress", "export.xml", write_wxr([], post))

    assert list(articles) == ["rye"]
    assert CANARY not in repr((articles, dropped))


def test_the_fields_of_a_post_come_from_where_wordpress_and_its_plugins_put_them(tmp_path):
    more = (
        meta("_yoast_wpseo_canonical", "https://elsewhere.org/rye/")
        + meta("_wp_old_slug", "first")
        + meta("_wp_old_slug", "second")
        + meta("subtitle", "Dark &amp; dense")
        + '<category domain="category" nicename="guest-post"><![CDATA[Guest post]]></category>'
        + '<category domain="category" nicename="x"><![CDATA[Uncategorized]]></category>'
        + '<category domain="language" nicename="de_AT"><![CDATA[Deutsch]]></category>'
    )
    post = wxr_item(article("rye", title="Rye & spelt"), {}, 10, more=more)
    articles, _ = read_file(tmp_path, "wordpress", "export.xml", write_wxr([], post))
    read = articles["rye"]

    assert read.url == "https://elsewhere.org/rye"
    assert read.aliases == (
        "https://example.org/?p=10",
        "https://example.org/rye",
        "https://example.org/first",
        "https://example.org/second",
    )
    assert (read.title, read.subtitle) == ("Rye & spelt", "Dark & dense")
    assert (read.tags, read.language, read.voice) == (("Guest post",), "de", False)


def test_control_characters_that_xml_forbids_do_not_end_the_reading(tmp_path):
    content = write_wxr([article("rye"), article("oats")]).replace(b"Dough", b"Do\x0bu\x08gh")
    articles, _ = read_file(tmp_path, "wordpress", "export.xml", content)

    assert list(articles) == ["rye", "oats"]
    assert articles["rye"].body.startswith("Dough")


@pytest.mark.parametrize("cut", [0.5, 0.75, 0.98])
def test_an_export_that_breaks_off_gives_what_came_before_and_says_where(tmp_path, cut):
    whole = write_wxr([article(f"post-{n}") for n in range(20)])
    read = []
    found = stream_file(tmp_path, "wordpress", "export.xml", whole[: int(cut * len(whole))])
    with pytest.raises(SourceIncomplete, match=r"breaks off in line \d+ .*export it again"):
        read.extend(found)

    assert [post.file for post in read] == [f"post-{n}" for n in range(len(read))]
    assert len(read) >= int(cut * 20) - 1


def test_the_several_files_of_wordpress_com_are_read_from_their_zip(tmp_path):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("site.2024.001.xml", write_wxr([article("rye")]))
        archive.writestr("site.2024.002.xml", write_wxr([article("oats")]))
    articles, _ = read_file(tmp_path, "wordpress", "export.zip", content.getvalue())

    assert list(articles) == ["rye", "oats"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty; export it again"),
        (b"<rss><channel><item></item></channel></rss>", None),
        (b"<rss><channel><title>A feed</title></channel></rss>", "is no WordPress export"),
        (b"<html><body>Log in</body></html>", "is no WordPress export"),
    ],
)
def test_a_file_that_is_no_export_is_refused_in_one_line(tmp_path, content, message):
    if message is None:
        assert read_file(tmp_path, "wordpress", "export.xml", content)[0] == {}
        return
    with pytest.raises(ArticleError, match=message):
        read_file(tmp_path, "wordpress", "export.xml", content)


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ("One\ntwo\n\nthree", "<p>One<br>\ntwo</p>\n\n<p>three</p>"),
        ("<!-- wp:paragraph -->\n<p>One</p>\n<!-- /wp:paragraph -->", "\n<p>One</p>\n"),
        ("He said [sic] [1] so.", "<p>He said [sic] [1] so.</p>"),
        ("[vc_row a='b'][vc_col]in[/vc_col][/vc_row]", "<p>in</p>"),
        ("[gallery ids='1,2']word", "<p>word</p>"),
        ("[embed]https://video.example/x[/embed]word", "<p>word</p>"),
        ("see[ref]The note.[/ref] it", "<p>see (The note.) it</p>"),
        ("write [[gallery]] so", "<p>write [gallery] so</p>"),
        ('[php]if ($a < 1) echo "[x]";[/php]',
         '<pre><code class="language-php">if ($a &lt; 1) echo "[x]";</code></pre>'),
        ('[code lang="js"]a &amp;&amp; b[/code]',
         '<pre><code class="language-js">a &amp;&amp; b</code></pre>'),
        ("<pre>[caption]\n\nstays[/caption]</pre>", "<pre>[caption]\n\nstays[/caption]</pre>"),
        ("a <code>[b c='d']</code>", "<p>a <code>[b c='d']</code></p>"),
        ("never [caption closed", "<p>never [caption closed</p>"),
    ],
)  # fmt: skip
def test_a_stored_body_becomes_what_readers_see(stored, shown):
    assert post_to_html(stored) == shown


@pytest.mark.parametrize("attribute", [False, True])
def test_a_caption_stays_with_its_picture(tmp_path, attribute):
    stored = (
        '[caption caption="Crumb &amp; crust"]<img src="a.jpg" alt="">[/caption]'
        if attribute
        else '[caption id="x"]<a href="b"><img src="a.jpg" alt=""></a> Crumb &amp; crust[/caption]'
    )
    post = wxr_item(article("rye"), {}, 10).replace("<p>Dough", f"{stored}\n<p>Dough")
    articles, _ = read_file(tmp_path, "wordpress", "export.xml", write_wxr([], post))

    assert articles["rye"].body.startswith("Crumb & crust\n\nDough")
