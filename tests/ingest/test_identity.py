import pytest

from ingest.identity import article_id, canonical_url, join_url, page_key


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("http://Example.ORG/Post/", "https://example.org/Post"),
        ("https://example.org:443/post", "https://example.org/post"),
        ("https://example.org:8443/post", "https://example.org:8443/post"),
        ("https://example.org", "https://example.org/"),
        ("https://example.org/post#comments", "https://example.org/post"),
        ("https://example.org/p?utm_source=x&b=2&fbclid=y&a=1", "https://example.org/p?a=1&b=2"),
        ("https://example.org/post/amp/", "https://example.org/post"),
        ("https://example.org/post?amp", "https://example.org/post"),
        ("https://example.org/café", "https://example.org/caf%C3%A9"),
        ("https://example.org/a%2Fb", "https://example.org/a%2Fb"),
        ("mailto:desk@example.org", "mailto:desk@example.org"),
        (" https://example.org:port/ ", "https://example.org:port/"),
    ],
)
def test_a_page_has_one_spelling(written, canonical):
    assert canonical_url(written) == canonical
    assert canonical_url(canonical) == canonical


def test_an_id_follows_the_page_not_the_spelling_of_its_address():
    first = article_id("http://example.org/post/?utm_medium=mail", "a.md")

    assert first == article_id("https://example.org/post", "elsewhere.md")
    assert first != article_id("https://example.org/other", "a.md")


@pytest.mark.parametrize(
    "address",
    [
        "http://example.org/post",
        "https://www.example.org/post/",
        "https://WWW.Example.org/post?utm_source=mail&fbclid=x",
        "https://amp.example.org/post",
        "https://example.org/post/amp",
        "https://example.org/post.amp.html",
        "https://example.org/post/index.html",
        "https://example.org:443/post#comments",
    ],
)
def test_one_page_has_one_key_and_one_id(address):
    assert page_key(address) == "https://example.org/post"
    assert article_id(address, "a") == article_id("https://example.org/post", "b")


@pytest.mark.parametrize(
    "other",
    [
        "https://blog.example.org/post",
        "https://example.org/post?p=2",
        "https://example.org/Post",
        "https://example.org/post.html",
        "https://example.org:8443/post",
        "https://www.org/post",
    ],
)
def test_other_pages_have_other_keys(other):
    assert page_key(other) != "https://example.org/post"


def test_a_home_page_is_one_page_with_and_without_www():
    assert page_key("http://www.example.org") == page_key("https://example.org/index.php")


def test_without_an_address_the_path_gives_the_id():
    # printf 'file:posts/a.md' | sha256sum | cut -c1-16
    assert article_id("", "posts/a.md") == "b0dc3c94727a505c"


@pytest.mark.parametrize(
    ("base_url", "path", "url"),
    [
        (
            "https://example.org/blog",
            "2024-01-02-bread",
            "https://example.org/blog/2024-01-02-bread",
        ),
        ("https://example.org/blog/", "/about/", "https://example.org/about"),
        ("", "/about/", ""),
        ("", "https://example.org/about/", "https://example.org/about"),
        ("https://example.org/blog/", "", "https://example.org/blog"),
    ],
)
def test_a_path_is_joined_to_the_base_url(base_url, path, url):
    assert join_url(base_url, path) == url
